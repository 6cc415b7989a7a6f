"""A log without rotation."""

from compliant import container

container(log_driver=None, log_opts=None)
