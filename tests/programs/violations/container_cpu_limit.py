"""A container without a CPU limit."""

from compliant import container

container(cpus=None)
