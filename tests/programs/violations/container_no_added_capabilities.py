"""A container with an added capability."""

from compliant import container

container(capabilities={"adds": ["CAP_SYS_ADMIN"], "drops": ["ALL"]})
