"""Which picture has which labels: tables, folders, tags and mappings made one schema."""
