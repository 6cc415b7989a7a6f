"""A container without ownership labels."""

from compliant import container

container(labels=[{"label": "owner", "value": "platform"}])
