"""Two registries on one port."""

from compliant import container

container("one")
container("two")
