"""A trial and the engine create the same containers, files, volumes and certificate."""

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

VOLATILE = (
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


def sort_lists(value: Any) -> Any:
    """Sort all lists in a value. Docker ignores their order."""
    if isinstance(value, dict):
        return {name: sort_lists(item) for name, item in value.items()}
    return (
        sorted((sort_lists(item) for item in value), key=json.dumps)
        if isinstance(value, list)
        else value
    )


def container(registry: Registry, name: str) -> Any:
    """Inspect a container, without the properties that differ between any two containers."""
    found = {key: value for key, value in inspect(name).items() if key not in VOLATILE}
    del found["Config"]["Hostname"]
    for label in ("certificate", "configuration"):  # both depend on the generated certificate
        found["Config"]["Labels"].pop(f"pack-registry.{label}", None)
    text = (
        json.dumps(found)
        .replace(registry.label, "STACK")
        .replace(registry.stack_name, "STACK")
        .replace(str(registry.port), "PORT")
    )
    return sort_lists(json.loads(text))


def files(registry: Registry) -> dict[str, tuple[int, int, int]]:
    """Return mode and owner of the server's files."""
    chunks, _ = docker.from_env().api.get_archive(
        f"{registry.stack_name}-config-users-writer", "/config"
    )
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
        return {member.name: (member.mode, member.uid, member.gid) for member in tar}


def volume(name: str, registry: Registry) -> Any:
    found = docker.from_env().api.inspect_volume(name)
    return {
        key: json.loads(json.dumps(found[key]).replace(registry.label, "STACK"))
        for key in ("Driver", "Labels", "Options", "Scope")
    }


def certificate(outputs: dict[str, Any]) -> dict[str, Any]:
    """Return the content of a certificate, without its key, serial number and time."""
    read = x509.load_pem_x509_certificate(outputs["caCertificate"].encode())
    content = {
        extension.oid.dotted_string: (extension.critical, extension.value)
        for extension in read.extensions
    }
    del content[x509.SubjectKeyIdentifier.oid.dotted_string]
    validity = read.not_valid_after_utc - read.not_valid_before_utc
    algorithm = read.signature_algorithm_oid.dotted_string
    return {
        **content,
        "subject": read.subject.rfc4514_string(),
        "validity": validity,
        "algorithm": algorithm,
        "version": read.version,
    }


def test_trial_matches_engine(new_registry: Factory[Registry], tmp_path: Path) -> None:
    registry = new_registry(**SETTINGS)
    new_trial = Factory(tmp_path / "trial", TrialRegistry)
    (tmp_path / "trial").mkdir()
    trial = new_trial(**SETTINGS)
    try:
        outputs, trial_outputs = registry.up(), trial.up()
        assert certificate(trial_outputs) == certificate(outputs)
        assert files(trial) == files(registry)
        for suffix in ("", "-config-users-writer", "-config-certificate-writer"):
            assert container(trial, trial.stack_name + suffix) == container(
                registry, registry.stack_name + suffix
            )
        for suffix in ("-config", "-data"):
            assert volume(trial.stack_name + suffix, trial) == volume(
                registry.stack_name + suffix, registry
            )
    finally:
        new_trial.remove()
