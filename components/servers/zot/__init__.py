"""zot: its configuration file, files and routes. Source: zot's documentation and its examples."""
