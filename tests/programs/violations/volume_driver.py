"""A volume that mounts the root directory of its host with overlay."""

from compliant import volume

volume(
    driver="local",
    driver_opts={
        "type": "overlay",
        "o": "lowerdir=/,upperdir=/tmp/upper,workdir=/tmp/work",
        "device": "overlay",
    },
)
