"""A container without a process limit."""

from compliant import container, labels

container(labels=labels())
