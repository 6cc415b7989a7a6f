"""A server that can change its certificate."""

from compliant import container

container(mounts=[{"type": "volume", "source": "violations-config", "target": "/certs"}])
