"""A stack's settings as its file has them, without the Pulumi CLI: checked before Docker is asked, and for what the commands do beside it.

Left out on purpose: what is encrypted, which the program alone reads and checks.
"""

from __future__ import annotations

from typing import Any

from pulumi.runtime import settings as runtime

from cli.console import CommandError, say
from cli.stack import PROJECT, written_config
from cli.stack_file import misspelt
from common.stack_config import parse_config
from common.validation import Issue, SettingsError, validate
from components.docker.engine import DockerEngine
from components.settings import Settings
from components.settings.plaintext import plaintext_secret_warnings
from components.validation import validate_settings
from trial.config import clear_config

NEEDED = (
    "bindAddress",
    "containerName",
    "dockerCertPath",
    "dockerHost",
    "image",
    "storage",
    "verify",
)
"""What the commands themselves go by."""

WITH_SECRETS = "storage"
"""The one of these in which something may be encrypted."""


def check_settings(stack: str) -> None:
    """See that a stack's settings are right, as far as they can be read; the program checks all of them again.

    Secrets that are not encrypted beside others that are, are pointed out; the program does so where none is.

    :raises CommandError: with a sentence for every fault.
    """
    values, encrypted = _readable(stack)
    origin = f"stack {stack}"
    runtime.configure(
        runtime.Settings(PROJECT, stack)
    )  # some settings are right in some stacks only
    config = written_config(stack)
    faults = [Issue((key,), sentence) for key in config if (sentence := misspelt(key, PROJECT))]
    try:
        if encrypted:  # what seems to contradict each other may not, with the rest of it
            validate(Settings, {"hostname": "localhost", **values}, origin)
        else:
            validate_settings(values, origin)
    except SettingsError as error:
        faults += error.issues
    if faults:
        raise CommandError(str(SettingsError(faults, origin, stack)))
    # Pulumi calls all of a key secret where anything in it is encrypted: the program can't tell what else of it stands in the file as it is.
    for sentence in plaintext_secret_warnings(config, encrypted, stack):
        say(f"warning: {sentence}")


def needed_settings(stack: str) -> Settings:
    """A stack's settings, of which only those are read by which the commands themselves go: a registry with other faults can be removed, too.

    :raises CommandError: where one of these is wrong or can't be read.
    """
    values, encrypted = _readable(stack)
    if hidden := sorted((encrypted & set(NEEDED)) - {WITH_SECRETS}):
        raise CommandError(
            f"Pulumi.{stack}.yaml: {hidden[0]} is encrypted, and is no secret; write it in the clear, "
            f"for example with `pulumi config set --stack {stack} {hidden[0]} VALUE`."
        )
    try:
        needed = {key: value for key, value in values.items() if key in NEEDED}
        return validate(
            Settings,
            {"hostname": "localhost", **needed},
            f"stack {stack}",
            stack=stack,
        )
    except SettingsError as error:
        raise CommandError(str(error)) from None


def docker_host(settings: Settings) -> DockerEngine:
    """The Docker host that settings name."""
    return DockerEngine(settings.docker_host, settings.docker_cert_path)


def _readable(stack: str) -> tuple[dict[str, Any], frozenset[str]]:
    texts, encrypted = clear_config(stack)
    return parse_config(Settings, texts), encrypted


def outcome(settings: Settings) -> str:
    """What an update that went well has come to."""
    return (
        "The registry is up and verified."
        if settings.verify
        else "The registry is up; it was not verified, for verify is false."
    )
