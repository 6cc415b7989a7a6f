"""Resources that comply with every policy. Each of the other programs changes one property."""

from typing import Any

import pulumi_docker as docker
import pulumi_tls as tls

DIGEST = "sha256:" + "0123456789abcdef" * 4
IMAGE = f"us-docker.pkg.dev/palette-images/palette/spectro-registry:4.7.0@{DIGEST}"
OWNERSHIP = {
    "pack-registry.project": "violations",
    "pack-registry.stack": "test",
    "pack-registry.component": "thing",
}
TLS = [
    "REGISTRY_AUTH=htpasswd",
    "REGISTRY_HTTP_TLS_CERTIFICATE=/certs/tls.crt",
    "REGISTRY_HTTP_TLS_KEY=/certs/tls.key",
]
ADMIN = "admin:$2y$05$" + "a" * 53
READER = "spectro:$2y$05$" + "b" * 53


def labels(**more: str) -> list[dict[str, str]]:
    """Ownership labels, and other labels of the pack registry."""
    named = {
        **OWNERSHIP,
        **{f"pack-registry.{name.replace('_', '-')}": value for name, value in more.items()},
    }
    return [{"label": label, "value": value} for label, value in named.items()]


def container(name: str = "server", **changes: Any) -> docker.Container:
    """The container of a server."""
    arguments: dict[str, Any] = {
        "name": f"violations-{name}",
        "image": IMAGE,
        "envs": TLS,
        "ports": [{"internal": 5000, "external": 8443, "ip": "127.0.0.1"}],
        "mounts": [
            {"type": "volume", "source": "violations-config", "target": "/certs", "read_only": True}
        ],
        "read_only": True,
        "security_opts": ["no-new-privileges:true"],
        "capabilities": {"drops": ["ALL"]},
        "restart": "always",
        "memory": 1024,
        "memory_swap": 1024,
        "cpus": "1.0",
        "log_driver": "json-file",
        "log_opts": {"max-size": "10m", "max-file": "3"},
        "user": "1000",
        "ulimits": [{"name": "nproc", "soft": 256, "hard": 256}],
        "labels": labels(),
    }
    return docker.Container(name, **{**arguments, **changes})


def writer(file: str, content: str, mode: str = "0400") -> docker.Container:
    """A container that never starts, with a file."""
    return docker.Container(
        "writer",
        name="violations-writer",
        image=IMAGE,
        start=False,
        must_run=False,
        uploads=[docker.ContainerUploadArgs(file=file, content=content, permissions=mode)],
        labels=[docker.ContainerLabelArgs(**label) for label in labels()],
    )


def users(*lines: str) -> docker.Container:
    """A file writer with an htpasswd file."""
    return writer("/config/htpasswd", "".join(f"{line}\n" for line in lines))


def volume(**changes: Any) -> docker.Volume:
    """A data volume."""
    return docker.Volume("data", **{"name": "violations-data", "labels": labels(), **changes})


def certificate(**changes: Any) -> tls.SelfSignedCert:
    """A self-signed certificate with its key."""
    key = tls.PrivateKey("key", algorithm="ECDSA", ecdsa_curve="P256")
    arguments: dict[str, Any] = {
        "private_key_pem": key.private_key_pem,
        "subject": {"common_name": "registry.example.com"},
        "dns_names": ["registry.example.com"],
        "validity_period_hours": 365 * 24,
        "allowed_uses": ["server_auth"],
    }
    return tls.SelfSignedCert("certificate", **{**arguments, **changes})
