"""Registry servers: one package for each, with its configuration files, environment and routes.

The modules here describe any server. How a host runs it belongs to ``components/docker``.
"""
