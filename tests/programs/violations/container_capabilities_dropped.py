"""The capabilities that Docker gives by itself."""

from complying import container

container(capabilities=None)
