"""A container with Docker's default capabilities."""

from compliant import container

container(capabilities=None)
