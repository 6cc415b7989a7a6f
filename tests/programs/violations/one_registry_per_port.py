"""Two registries on one port."""

from complying import container

container("one")
container("two")
