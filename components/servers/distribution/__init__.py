"""CNCF Distribution, and Palette's pack registry, which is built on it.

Here are the settings' translation to its configuration file and environment, and its routes.
Nothing here knows which host runs the server.
"""
