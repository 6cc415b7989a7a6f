"""A container with a writable root file system."""

from compliant import container

container(read_only=False)
