"""A container in the network of its host."""

from compliant import container

container(network_mode="host")
