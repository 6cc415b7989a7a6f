"""A volume without ownership labels."""

from compliant import volume

volume(labels=[])
