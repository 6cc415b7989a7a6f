"""A container that nobody owns."""

from complying import container

container(labels=[{"label": "pack-registry.pids-limit", "value": "256"}])
