"""A data volume that is deleted with the stack."""

from compliant import container, volume

container(mounts=[{"type": "volume", "source": volume().name, "target": "/data"}])
