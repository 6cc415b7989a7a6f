"""A server that may write its own certificate."""

from complying import container

container(mounts=[{"type": "volume", "source": "violations-config", "target": "/certs"}])
