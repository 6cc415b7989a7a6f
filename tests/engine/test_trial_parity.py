"""The trial makes what the engine makes: the same containers, files, volumes and certificate, from the same settings."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import docker
from cryptography import x509

from tests.support.docker import inspect
from tests.support.live import Factory, Registry
from tests.support.trial import TrialRegistry

OF_THE_MOMENT = (
    "Id",
    "Created",
    "State",
    "ResolvConfPath",
    "HostnamePath",
    "HostsPath",
    "LogPath",
    "GraphDriver",
    "NetworkSettings",
)
SETTINGS: dict[str, Any] = {
    "ipAddresses": ["10.1.2.3"],
    "tls": {
        "algorithm": "ecdsa-p256",
        "validityDays": 60,
        "subject": {"country": "US", "organization": "Example Inc.", "email": "a@example.com"},
    },
    "server": {
        "addCapabilities": ["NET_BIND_SERVICE"],
        "restart": "unless-stopped",
        "logMaxFiles": 5,
    },
    "limits": {"memory": "512m", "cpus": 0.5, "pids": 100},
}


def in_order(value: Any) -> Any:
    """A value whose lists are sorted: their order means nothing to Docker."""
    if isinstance(value, dict):
        return {name: in_order(item) for name, item in value.items()}
    return (
        sorted((in_order(item) for item in value), key=json.dumps)
        if isinstance(value, list)
        else value
    )


def container(made: Registry, name: str) -> Any:
    """What Docker says of a container, but for what differs between any two of them."""
    found = {key: value for key, value in inspect(name).items() if key not in OF_THE_MOMENT}
    del found["Config"]["Hostname"]
    found["Config"]["Labels"].pop("pack-registry.certificate", None)
    text = (
        json.dumps(found)
        .replace(made.label, "STACK")
        .replace(made.stack_name, "STACK")
        .replace(str(made.port), "PORT")
    )
    return in_order(json.loads(text))


def files(made: Registry) -> dict[str, tuple[int, int, int]]:
    """Mode and owner of the files that the server is given."""
    chunks, _ = docker.from_env().api.get_archive(
        f"{made.stack_name}-config-users-writer", "/config"
    )
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
        return {member.name: (member.mode, member.uid, member.gid) for member in tar}


def volume(name: str, made: Registry) -> Any:
    found = docker.from_env().api.inspect_volume(name)
    return {
        key: json.loads(json.dumps(found[key]).replace(made.label, "STACK"))
        for key in ("Driver", "Labels", "Options", "Scope")
    }


def certificate(outputs: dict[str, Any]) -> dict[str, Any]:
    """What a certificate says, but for its key, serial number and hour."""
    read = x509.load_pem_x509_certificate(outputs["caCertificate"].encode())
    said = {
        extension.oid.dotted_string: (extension.critical, extension.value)
        for extension in read.extensions
    }
    del said[x509.SubjectKeyIdentifier.oid.dotted_string]
    validity = read.not_valid_after_utc - read.not_valid_before_utc
    algorithm = read.signature_algorithm_oid.dotted_string
    return {
        **said,
        "subject": read.subject.rfc4514_string(),
        "validity": validity,
        "algorithm": algorithm,
        "version": read.version,
    }


def test_the_trial_makes_what_the_engine_makes(registry: Factory[Registry], tmp_path: Path) -> None:
    made = registry(**SETTINGS)
    trials = Factory(tmp_path / "trial", TrialRegistry)
    (tmp_path / "trial").mkdir()
    tried = trials(**SETTINGS)
    try:
        outputs, of_trial = made.up(), tried.up()
        assert certificate(of_trial) == certificate(outputs)
        assert files(tried) == files(made)
        for suffix in ("", "-config-users-writer", "-config-certificate-writer"):
            assert container(tried, tried.stack_name + suffix) == container(
                made, made.stack_name + suffix
            )
        for suffix in ("-config", "-data"):
            assert volume(tried.stack_name + suffix, tried) == volume(
                made.stack_name + suffix, made
            )
    finally:
        trials.remove()
