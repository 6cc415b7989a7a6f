"""Privileges to be gained by setuid."""

from complying import container

container(security_opts=[])
