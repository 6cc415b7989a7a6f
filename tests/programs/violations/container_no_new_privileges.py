"""A container whose processes can gain privileges by setuid."""

from compliant import container

container(security_opts=[])
