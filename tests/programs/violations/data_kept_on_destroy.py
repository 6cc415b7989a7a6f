"""A volume of data that goes with the stack."""

from complying import container, volume

container(mounts=[{"type": "volume", "source": volume().name, "target": "/data"}])
