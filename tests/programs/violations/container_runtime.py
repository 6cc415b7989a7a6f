"""A container with an unknown runtime."""

from compliant import container

container(runtime="other")
