"""Authentication of registries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from policy.policy import Config, ResourcePolicy
from policy.readers.containers import Container, environment, is_registry
from policy.readers.docker import is_started
from policy.readers.files import FILES, files
from policy.readers.workloads import ALL_CONTAINERS, containers
from policy.resources import Resource

_METHODS = frozenset({"htpasswd", "token"})
_METHOD = re.compile(r"[\"']?(htpasswd|token)[\"']?", re.IGNORECASE)
_PARAMETERS = ("REGISTRY_AUTH_HTPASSWD_PATH", "REGISTRY_AUTH_TOKEN_ISSUER")
_PARAMETER = re.compile(r"REGISTRY_AUTH_(?!(HTPASSWD|TOKEN)(_|$))", re.IGNORECASE)
_HAS_METHOD = re.compile(rb"(?:^|[\s{,])[\"']?auth[\"']?\s*:")
_HAS_STORAGE = re.compile(rb"(?:^|[\s{,])[\"']?storage[\"']?\s*:")


def _parse(text: str | bytes) -> Any:
    """YAML or JSON; None if it is neither."""
    import yaml

    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, UnicodeDecodeError):
        return None


def _is_method(value: Any) -> bool:
    """Whether a value of `auth` is one method that asks for a login: its name, or a map."""
    if isinstance(value, Mapping):
        return len(value) == 1 and str(next(iter(value))).lower() in _METHODS
    return isinstance(value, str) and bool(_METHOD.fullmatch(value.strip()))


def _environment_has_method(container: Container) -> bool:
    env = environment(container)
    method = env.get("REGISTRY_AUTH")
    if any(map(_PARAMETER.match, env)):
        return False  # Distribution takes any one of several methods.
    if method is None:
        return any(env.get(name) for name in _PARAMETERS)
    return _is_method(method) or _is_method(_parse(method) if "{" in method else None)


def _validate_authentication(resource: Resource, _: Config) -> Iterator[str]:
    for file in files(resource):
        content = file.content or b""
        if _HAS_METHOD.search(content) and _HAS_STORAGE.search(content):
            settings = _parse(content)
            is_registrys = isinstance(settings, Mapping) and {"auth", "storage"} <= set(settings)
            if is_registrys and not _is_method(settings["auth"]):
                yield f"Registry must have authentication in {file.file}"
    for container in containers(resource) if is_started(resource) else ():
        if container.has_unknown_variables or not is_registry(container):
            continue
        if not _environment_has_method(container):
            yield (
                f"Registry{container.place} must have authentication, because anyone could replace "
                "packs"
            )


AUTHENTICATION = ResourcePolicy(
    name="registry-authentication",
    description="Registries must require a login: their containers have REGISTRY_AUTH=htpasswd or "
    "REGISTRY_AUTH=token.",
    reason="Anyone who reaches the port could replace packs. Only the environment shows that a "
    "login is required: it must repeat what a settings file configures.",
    severity=Severity.CRITICAL,
    types=ALL_CONTAINERS | FILES,
    validate=_validate_authentication,
    settings=(),
    remediation="Remove the transformation in the program that changes it: the pack registry "
    "always requires a login",
    remediation_elsewhere="set REGISTRY_AUTH=htpasswd, REGISTRY_AUTH_HTPASSWD_REALM and "
    "REGISTRY_AUTH_HTPASSWD_PATH in the Container's envs, or in env of the container in "
    "Kubernetes, and no other REGISTRY_AUTH_ variables",
)
