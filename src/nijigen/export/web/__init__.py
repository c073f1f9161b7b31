"""Models for browsers: a folder that any web server can show, and a small one to look at it here."""
