"""A capability that nobody allowed."""

from complying import container

container(capabilities={"adds": ["CAP_SYS_ADMIN"], "drops": ["ALL"]})
