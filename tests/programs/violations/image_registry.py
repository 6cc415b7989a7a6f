"""An image of a registry that nobody allowed."""

from complying import DIGEST, container

container(image=f"docker.io/library/registry:3@{DIGEST}")
