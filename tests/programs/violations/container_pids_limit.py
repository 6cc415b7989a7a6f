"""A container whose label claims a process limit."""

from compliant import container, labels

container(ulimits=[], labels=labels(pids_limit="256"))
