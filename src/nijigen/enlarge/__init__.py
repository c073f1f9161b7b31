"""Pictures twice or four times as large, by networks of waifu2x or by Lanczos. Modules are imported by name."""
