"""A container without ownership labels."""

from compliant import container

container(labels=[{"label": "pack-registry.pids-limit", "value": "256"}])
