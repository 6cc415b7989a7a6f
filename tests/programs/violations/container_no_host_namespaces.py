"""A container that shares the processes of its host."""

from compliant import container

container(pid_mode="host")
