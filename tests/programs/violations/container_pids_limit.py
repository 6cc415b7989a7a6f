"""A server with as many processes as it likes."""

from complying import container, labels

container(labels=labels())
