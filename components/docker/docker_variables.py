"""The DOCKER_* variables of this machine (``common/environment_variables.py`` has the rules)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, MutableMapping

from common.environment_variables import DOCKER, Rule
from components.docker.engine import DockerEngine

SCHEMES = ("unix://", "tcp://", "ssh://")
"""Connections that both docker-py and the Docker provider support."""

TLS_VARIABLES = [variable.name for variable in DOCKER if variable.rule is Rule.TCP_ONLY]
REFUSED = [variable.name for variable in DOCKER if variable.rule is Rule.REMOVED_OR_REFUSED]


def remove_unused(engine: DockerEngine, environment: MutableMapping[str, str]) -> None:
    """Remove the TLS variables if the engine is not a tcp:// host."""
    if not engine.url.startswith("tcp://"):
        for name in TLS_VARIABLES:
            environment.pop(name, None)


def environment_problems(
    engine: DockerEngine, environment: Mapping[str, str] = os.environ
) -> Iterator[str]:
    """Check that the Docker provider uses the same engine as the checks, and an encrypted one.

    The texts don't contain DOCKER_HOST, which may have a password.
    """
    if environment.get("DOCKER_CONTEXT"):
        yield (
            "DOCKER_CONTEXT is set, and the Docker provider would use that context instead of the "
            "configured Docker host. Unset it, and set dockerHost or DOCKER_HOST instead."
        )
    for name in REFUSED:
        if environment.get(name):
            yield f"{name} is set, and the Docker provider would use it. Unset it."
    is_tcp = engine.url.startswith("tcp://")
    if not engine.url.startswith(SCHEMES):
        yield f"DOCKER_HOST: unsupported URL. Must start with one of: {', '.join(SCHEMES)}."
    elif engine.is_local and not engine.url.startswith("unix:///"):
        yield (
            "DOCKER_HOST: a unix:// URL requires an absolute path "
            '(for example, "unix:///var/run/docker.sock").'
        )
    elif is_tcp and (plain := list(_tcp_problems(engine, environment))):
        yield from plain
    elif "@" in engine.url and ":" in engine.url.partition("://")[2].rpartition("@")[0]:
        yield (
            "DOCKER_HOST: a password in the URL is not supported (sensitive value hidden). ssh "
            "uses the keys of ~/.ssh (for example, ssh://ops@registry.example.com)."
        )
    elif names := [name for name in TLS_VARIABLES if not is_tcp and environment.get(name)]:
        yield (
            f"{' and '.join(names)} has an effect only with a tcp:// host, and the Docker provider "
            "would use it. Unset it."
        )


def _tcp_problems(engine: DockerEngine, environment: Mapping[str, str]) -> Iterator[str]:
    if engine.cert_path or all(environment.get(name) for name in TLS_VARIABLES):
        return
    yield (
        "The tcp:// Docker host has no certificates. Private keys and passwords would cross the "
        "network in plain text. Set dockerCertPath, or DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH, "
        "or use an ssh:// host."
    )
