"""A container with the Docker socket of its host."""

from compliant import container

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
