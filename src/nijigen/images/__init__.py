"""Pictures in and out: bounded decoding and squaring. Modules are imported by name; nothing is loaded here."""
