"""A root file system that can be written to."""

from complying import container

container(read_only=False)
