"""A privileged container."""

from complying import container

container(privileged=True)
