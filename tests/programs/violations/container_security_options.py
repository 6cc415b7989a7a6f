"""A container without the system call filter."""

from compliant import container

container(security_opts=["no-new-privileges:true", "seccomp=unconfined"])
