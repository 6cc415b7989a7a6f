"""A container that commands its host."""

from complying import container

container(
    mounts=[
        {
            "type": "bind",
            "source": "/var/run/docker.sock",
            "target": "/docker.sock",
            "read_only": True,
        }
    ]
)
