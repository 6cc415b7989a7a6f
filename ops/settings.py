"""A stack's settings as its file has them, without the Pulumi CLI: checked before Docker is asked, and for what the commands do beside it.

Left out on purpose: what is encrypted, which the program alone reads and checks.
"""

from __future__ import annotations

from typing import Any

from pulumi.runtime import settings as runtime

from components.docker_host import DockerHost
from components.faults import Fault, WrongSettingsError, validated, validated_as
from components.model import Settings
from components.stack_config import parsed
from ops.console import StoppedError, say
from ops.stack import PROJECT, written_config
from ops.stack_file import misspelt
from settings import in_the_clear
from trial.config import clear_config

NEEDED = ("bindAddress", "containerName", "dockerCertPath", "dockerHost", "image", "storage", "verify")
"""What the commands themselves go by."""

WITH_SECRETS = "storage"
"""The one of these in which something may be encrypted."""


def check_settings(stack: str) -> None:
    """See that a stack's settings are right, as far as they can be read; the program checks all of them again.

    Secrets that are not encrypted beside others that are, are pointed out; the program does so where none is.

    :raises StoppedError: with a sentence for every fault.
    """
    values, encrypted = _readable(stack)
    origin = f"the config of stack {stack}"
    runtime.configure(runtime.Settings(PROJECT, stack))  # some settings are right in some stacks only
    config = written_config(stack)
    faults = [Fault((key,), sentence) for key in config if (sentence := misspelt(key, PROJECT))]
    try:
        if encrypted:  # what seems to contradict each other may not, with the rest of it
            validated_as(Settings, {"hostname": "localhost", **values}, origin)
        else:
            validated(values, origin)
    except WrongSettingsError as error:
        faults += error.faults
    if faults:
        raise StoppedError(str(WrongSettingsError(faults, origin, stack)))
    # Pulumi calls all of a key secret where anything in it is encrypted: the program can't tell what else of it stands in the file as it is.
    for sentence in in_the_clear(config, encrypted, stack):
        say(f"warning: {sentence}")


def needed_settings(stack: str) -> Settings:
    """A stack's settings, of which only those are read by which the commands themselves go: a registry with other faults can be removed, too.

    :raises StoppedError: where one of these is wrong or can't be read.
    """
    values, encrypted = _readable(stack)
    if hidden := sorted((encrypted & set(NEEDED)) - {WITH_SECRETS}):
        raise StoppedError(
            f"Pulumi.{stack}.yaml: {hidden[0]} is encrypted, and is no secret; write it in the clear, "
            f"for example with `pulumi config set --stack {stack} {hidden[0]} VALUE`."
        )
    try:
        needed = {key: value for key, value in values.items() if key in NEEDED}
        return validated_as(Settings, {"hostname": "localhost", **needed}, f"the config of stack {stack}", stack=stack)
    except WrongSettingsError as error:
        raise StoppedError(str(error)) from None


def docker_host(settings: Settings) -> DockerHost:
    """The Docker host that settings name."""
    return DockerHost(settings.docker_host, settings.docker_cert_path)


def _readable(stack: str) -> tuple[dict[str, Any], frozenset[str]]:
    texts, encrypted = clear_config(stack)
    return parsed(Settings, texts), encrypted


def outcome(settings: Settings) -> str:
    """What an update that went well has come to."""
    return "The registry is up and verified." if settings.verify else "The registry is up; it was not verified, for verify is false."
