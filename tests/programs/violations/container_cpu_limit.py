"""A server with all of its host's processors."""

from complying import container

container(cpus=None)
