"""A container with a device of its host."""

from compliant import container

container(devices=[{"host_path": "/dev/kmsg"}])
