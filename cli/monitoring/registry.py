"""The registry that is monitored: where its metrics are, and who can read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from cli.console import CommandError, make_command
from cli.paths import REGISTRY
from cli.plain_config import readable_config
from common.stack_config import parse_config
from common.validation import SettingsError, validate
from components.kubernetes import names
from components.settings import ADMIN, Settings, StorageKind, Target

KEYS = (
    "containerName",
    "dockerCertPath",
    "dockerHost",
    "flavor",
    "kubernetes",
    "metrics",
    "ociServer",
    "storage",
    "target",
    "zot",
)
"""Settings that monitoring depends on. What is encrypted in them is not needed."""


class ServerKind(StrEnum):
    """Servers with different series."""

    DISTRIBUTION = "distribution"
    ZOT = "zot"


@dataclass(frozen=True)
class Monitored:
    """A registry with metrics."""

    stack: str
    kind: ServerKind
    target: Target
    url: str
    """URL of the metrics."""
    username: str = ""
    password: str = ""
    """Credentials for the metrics; empty if they require none."""
    ca_pem: str = ""
    """CA certificate of an https:// URL; empty if the public CAs are trusted."""
    name: str = ""
    namespace: str = ""
    claim: str = ""
    """Names of the Service, the namespace and the volume in a cluster."""

    @property
    def job(self) -> str:
        """Name of the scrape job."""
        return f"pack-registry-{self.stack}"


def read_settings(stack: str) -> Settings:
    """Read the settings that monitoring depends on.

    :raises CommandError: if one of them is invalid.
    """
    texts, _ = readable_config(stack)
    values = parse_config(Settings, texts)
    known = {key: value for key, value in values.items() if key in KEYS}
    try:
        return validate(Settings, {"hostname": "localhost", **known}, f"stack {stack}", stack=stack)
    except SettingsError as error:
        raise CommandError(str(error)) from None


def monitored_registry(stack: str, settings: Settings, outputs: Mapping[str, Any]) -> Monitored:
    """Return what is monitored.

    :param outputs: the stack's outputs, with secrets.
    :raises CommandError: if the registry has no metrics.
    """
    place = _place(settings)
    if not settings.uses_zot:
        if not settings.metrics.port:
            raise _no_metrics(stack, "metrics.port", "5001")
        url = f"http://{_host(settings)}:{settings.metrics.port}/metrics"
        return Monitored(stack, ServerKind.DISTRIBUTION, settings.target, url, **place)
    if not settings.zot.metrics:
        raise _no_metrics(stack, "zot.metrics", "true")
    username = next(iter(settings.zot.metrics_users), ADMIN)
    password = outputs["users"].get(username, "")
    if not password:
        raise CommandError(
            f"The password of {username} is unknown, because the settings have its hash. Set "
            "zot.metricsUsers to a user whose password the program generates."
        )
    endpoint = str(outputs["endpoint"])
    return Monitored(
        stack,
        ServerKind.ZOT,
        settings.target,
        f"{endpoint}/metrics",
        username=username,
        password=password,
        ca_pem=outputs["consoleRegistration"]["caCertificate"],
        **place,
    )


def _place(settings: Settings) -> dict[str, str]:
    if settings.target is not Target.KUBERNETES:
        return {}
    name, storage = settings.container_name, settings.storage
    claim = names.data_claim(name, storage) if storage.kind is StorageKind.VOLUME else ""
    return {"name": name, "namespace": settings.kubernetes.namespace, "claim": claim}


def _host(settings: Settings) -> str:
    if settings.target is Target.KUBERNETES:
        service = names.metrics_service(settings.container_name)
        return f"{service}.{settings.kubernetes.namespace}.svc"
    address = settings.metrics.address
    return f"[{address}]" if ":" in address else address


def _no_metrics(stack: str, setting: str, value: str) -> CommandError:
    return CommandError(
        f"The registry of stack {stack} has no metrics. Run `pulumi{REGISTRY.option} config set "
        f"--stack {stack} --path {setting} {value}`, then `{make_command('up', stack)}`."
    )


def address_of(url: str) -> str:
    """Return host and port of a URL."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = parts.hostname or ""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
