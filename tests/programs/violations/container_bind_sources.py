"""A container with the configuration of its host."""

from compliant import container

container(mounts=[{"type": "bind", "source": "/srv/../etc", "target": "/host", "read_only": True}])
