"""A registry without a login."""

from compliant import TLS, container

container(envs=[line for line in TLS if not line.startswith("REGISTRY_AUTH")])
