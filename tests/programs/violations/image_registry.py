"""An image of a registry that is not allowed."""

from compliant import DIGEST, container

container(image=f"docker.io/library/registry:3@{DIGEST}")
