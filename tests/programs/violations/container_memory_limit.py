"""A container without a memory limit."""

from compliant import container

container(memory=None, memory_swap=None)
