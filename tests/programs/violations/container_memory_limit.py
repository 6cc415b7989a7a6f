"""A server with all of its host's memory."""

from complying import container

container(memory=None, memory_swap=None)
