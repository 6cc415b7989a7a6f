"""A container that does not restart."""

from compliant import container

container(restart="no")
