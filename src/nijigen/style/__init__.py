"""A picture painted like others, by optimisation of its pixels (1508.06576). Modules are imported by name."""
