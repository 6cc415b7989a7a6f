"""A container that sees its host's processes."""

from complying import container

container(pid_mode="host")
