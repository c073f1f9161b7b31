"""Photographs in another look, by networks that were taught it. Modules are imported by name."""
