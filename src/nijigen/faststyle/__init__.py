"""A picture painted like others in one pass, by a painter that was trained here. Modules are imported by name."""
