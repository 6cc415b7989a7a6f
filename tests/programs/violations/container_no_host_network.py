"""A container on its host's network."""

from complying import container

container(network_mode="host")
