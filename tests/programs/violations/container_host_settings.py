"""A container in the group of the Docker socket."""

from compliant import container

container(group_adds=["docker"])
