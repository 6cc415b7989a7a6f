"""Authentication of registries."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from policy.policies.docker import environment, is_registry
from policy.policies.factories import RUNNING
from policy.policy import Config, ResourcePolicy
from policy.resources import UNKNOWN, Resource

_METHOD = re.compile(r"\s*\{?\s*[\"']?(htpasswd|token)\b", re.IGNORECASE)
_PARAMETERS = ("REGISTRY_AUTH_HTPASSWD_PATH", "REGISTRY_AUTH_TOKEN_ISSUER")


def _validate_authentication(container: Resource, _: Config) -> Iterator[str]:
    if not is_registry(container) or UNKNOWN in container.get_list("envs"):
        return
    env = environment(container)
    method = env.get("REGISTRY_AUTH")
    if method is None:
        is_set = any(env.get(name) for name in _PARAMETERS)
    else:
        is_set = bool(_METHOD.match(method))
    if not is_set:
        yield "Registry must have authentication, because anyone could replace packs"


AUTHENTICATION = ResourcePolicy(
    name="registry-authentication",
    description="Registries must require a login: their containers have REGISTRY_AUTH=htpasswd or "
    "REGISTRY_AUTH=token.",
    reason="Anyone who reaches the port could replace packs. The policy can't read a settings "
    "file: the environment must repeat what it configures.",
    severity=Severity.CRITICAL,
    **RUNNING,
    validate=_validate_authentication,
    settings=(),
    remediation="Remove the transformation in the program that changes it: the pack registry "
    "always requires a login",
    remediation_elsewhere="set REGISTRY_AUTH=htpasswd, REGISTRY_AUTH_HTPASSWD_REALM and "
    "REGISTRY_AUTH_HTPASSWD_PATH in the Container's envs",
)
