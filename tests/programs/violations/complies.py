"""A compliant program: a registry with a certificate, users and data."""

import pulumi
import pulumi_docker as docker
from compliant import ADMIN, IMAGE, READER, certificate, container, labels, users, volume

certificate()
users(ADMIN, READER)
container(
    mounts=[{"type": "volume", "source": volume().name, "target": "/data"}],
    labels=labels(pids_limit="256", keeps_data="true"),
)
docker.RemoteImage("image", name=IMAGE)
pulumi.ComponentResource("example:index:Group", "group")
