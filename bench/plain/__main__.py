"""Declares the resources of a pack registry, and does nothing else.

It checks no setting and no host, renders no htpasswd file, and verifies nothing. So it is the least
that any program of these resources takes.
"""

import pulumi
import pulumi_docker as docker
import pulumi_random as random
import pulumi_tls as tls

STACK = pulumi.get_stack()

key = tls.PrivateKey("key", algorithm="RSA", rsa_bits=4096)
certificate = tls.SelfSignedCert(
    "certificate",
    private_key_pem=key.private_key_pem,
    allowed_uses=["digital_signature", "server_auth"],
    dns_names=["localhost"],
    subject={"common_name": "localhost"},
    validity_period_hours=825 * 24,
)
password, _seed, _salt = (
    random.RandomPassword(name, length=32, special=False) for name in ("password", "seed", "salt")
)
image = docker.RemoteImage("image", name=pulumi.Config().require("image"), keep_locally=True)
data, config = (docker.Volume(name, name=f"{STACK}-{name}") for name in ("data", "config"))
writers = [
    docker.Container(
        f"{name}-writer",
        name=f"{STACK}-{name}-writer",
        image=image.image_id,
        must_run=False,
        start=False,
        uploads=[{"file": f"/files/{name}", "content": content}],
        volumes=[{"volume_name": config.name, "container_path": "/files"}],
    )
    for name, content in (("certificate", certificate.cert_pem), ("users", password.result))
]
server = docker.Container(
    "server",
    name=STACK,
    image=image.image_id,
    volumes=[{"volume_name": data.name, "container_path": "/data"}],
    opts=pulumi.ResourceOptions(depends_on=writers),
)
pulumi.export("certificate", certificate.cert_pem)
