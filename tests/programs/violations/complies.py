"""A compliant program: a registry with a certificate, users and data."""

import pulumi
import pulumi_docker as docker
from compliant import ADMIN, IMAGE, READER, certificate, container, users, volume

certificate()
users(ADMIN, READER)
container(
    mounts=[
        {
            "type": "volume",
            "source": volume(opts=pulumi.ResourceOptions(protect=True)).name,
            "target": "/data",
        }
    ],
)
docker.RemoteImage("image", name=IMAGE)
pulumi.ComponentResource("example:index:Group", "group")
