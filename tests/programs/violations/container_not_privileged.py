"""A privileged container."""

from compliant import container

container(privileged=True)
