"""The pack registry as a Pulumi component: import it from ``components.pack_registry``.

Each package is one domain: settings, TLS, users, storage, servers, verification, Docker.
This package imports nothing, so that commands read settings without loading Pulumi's
providers.
"""
