"""A log that fills the disk."""

from complying import container

container(log_driver=None, log_opts=None)
