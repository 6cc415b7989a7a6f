"""zot: its settings, configuration file, files, roles and routes.

Source: zot's documentation and its examples. Nothing here knows which host runs the server, and
what both servers have in common is in the modules of ``components/servers``.
"""
