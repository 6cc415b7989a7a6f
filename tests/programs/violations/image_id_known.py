"""An image ID that no image of the stack has."""

from compliant import DIGEST, container

container(image=DIGEST)
