"""Finding faces in larger pictures and cutting them out. Modules are imported by name; nothing is loaded here."""
