"""Declares a pack registry on the recording engine."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, cast

import pulumi

from components.pack_registry import PackRegistry
from components.pack_registry_args import PackRegistryArgs
from tests.support.certificates import Issued, issue
from tests.support.recording import Declared, Recorder, Run, run

HOSTNAME = "registry.example.com"
WRITERS = ("registry-users-writer", "registry-certificate-writer")


@functools.cache
def served() -> Issued:
    """Return the certificate of the recorder's answers. It is issued once, no test changes it."""
    return issue(HOSTNAME, [HOSTNAME])


def declare(
    *,
    name: str = "registry",
    recorder: Recorder | None = None,
    preview: bool = False,
    opts: pulumi.ResourceOptions | None = None,
    **arguments: Any,
) -> Run:
    """Declare a registry with arguments. The hostname has a default here."""
    given = arguments_of(arguments)
    return run(
        recorder or Recorder(served()),
        lambda: PackRegistry(name, given, opts).outputs,
        preview=preview,
    )


def arguments_of(arguments: Mapping[str, Any]) -> PackRegistryArgs:
    """Return the arguments, with a default hostname."""
    return cast(PackRegistryArgs, {"hostname": HOSTNAME, **arguments})


def container(run: Run) -> Declared:
    """Return the server's container."""
    return run.resources["registry-server"]


def uploads(run: Run) -> dict[str, dict[str, Any]]:
    """What the writers put into the configuration's volume, by the file's path there."""
    return {
        upload["file"]: upload
        for name in WRITERS
        if name in run.resources
        for upload in run.resources[name].inputs["uploads"]
    }


def htpasswd(run: Run, name: str = "registry") -> str:
    """Return the content of a registry's htpasswd file."""
    (text,) = [
        upload["content"] for upload in run.resources[f"{name}-users-writer"].inputs["uploads"]
    ]
    return str(text)
