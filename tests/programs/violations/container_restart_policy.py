"""A server that stays down."""

from complying import container

container(restart="no")
