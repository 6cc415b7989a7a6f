"""A data volume that is deleted with the stack. A label claims that it is not."""

from compliant import container, labels, volume

container(
    mounts=[{"type": "volume", "source": volume().name, "target": "/data"}],
    labels=labels(keeps_data="true"),
)
