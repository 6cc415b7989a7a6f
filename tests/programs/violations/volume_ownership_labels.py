"""A volume that nobody owns."""

from complying import volume

volume(labels=[])
