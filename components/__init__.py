"""The pack registry as a Pulumi component: import it from ``components.pack_registry``.

Each package is one domain: settings, TLS, users, storage, servers, verification, maintenance, or
one target: Docker, Kubernetes. Commands (``cli``) and policies (``policy``) do not belong here.
This package imports nothing, so that commands read settings without loading Pulumi's providers.
"""
