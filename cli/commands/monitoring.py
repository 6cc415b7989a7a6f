"""``make monitoring``: files for Prometheus and Grafana."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from backup.record import read_last
from cli.console import CommandError, count, info, make_command
from cli.monitoring.figures import Figures, Space, certificate_end, storage_space
from cli.monitoring.files import figures_file, monitoring_files, password_file, write_files
from cli.monitoring.manifests import credentials_secret
from cli.monitoring.registry import Monitored, monitored_registry, read_settings
from cli.options import file_option, stack_option
from cli.paths import STATE
from cli.pulumi.binary import require_pulumi
from cli.pulumi.stack import read_outputs
from cli.renewal import certificate_change
from cli.settings import docker_engine
from cli.stack_file import no_registry
from components.settings import Settings, Target


@click.command()
@stack_option
@file_option("Directory for the files. It is created if it is missing.", name="directory")
def monitoring(stack: str, directory: str) -> None:
    """Write files with which Prometheus and Grafana monitor the registry."""
    if not directory:
        raise CommandError(
            "FILE is not set. Set it to a directory for the files (for example, "
            "FILE=/etc/prometheus/pack-registry)."
        )
    settings = read_settings(stack)
    outputs = read_outputs(require_pulumi(), stack, secrets=True)
    if not outputs:
        raise no_registry(stack)
    registry = monitored_registry(stack, settings, outputs)
    files = monitoring_files(registry)
    files[figures_file(stack)] = _figures(stack, settings, outputs).to_text(stack)
    write_files(Path(directory), files)
    info(f"Wrote {count(len(files), 'file')} to {directory}: {', '.join(sorted(files))}")
    _explain_credentials(registry, Path(directory))


def _figures(stack: str, settings: Settings, outputs: Mapping[str, Any]) -> Figures:
    last, change = read_last(STATE, stack), certificate_change(stack, outputs)
    return Figures(
        now=time.time(),
        certificate_end=certificate_end(outputs),
        certificate_change=change.time.timestamp() if change and change.needs_action else None,
        backup=last.backup.time.timestamp() if last.backup else None,
        drill=last.drill.time.timestamp() if last.drill else None,
        space=_space(settings),
    )


def _space(settings: Settings) -> Space | None:
    """Return the space of the storage. The other figures do not need Docker."""
    if settings.target is not Target.DOCKER:
        return None
    try:
        return storage_space(settings, docker_engine(settings))
    except Exception as error:  # docker-py, sockets and ssh have no common error class
        info(f"warning: Docker does not answer, so the free space is unknown ({error})")
        return None


def _explain_credentials(registry: Monitored, directory: Path) -> None:
    """Print what is to do with a password: no file with a manifest contains it."""
    if not registry.password:
        return
    if registry.target is Target.KUBERNETES:
        password = make_command("outputs OUTPUT=users SECRETS=1", registry.stack)
        info(
            f"Create the Secret {credentials_secret(registry)} in namespace {registry.namespace} "
            f"with the keys username ({registry.username}) and password, which `{password}` shows."
        )
    else:
        file = directory / password_file(registry.stack)
        info(
            f"{file} contains the password of {registry.username}. Only its owner can read it: "
            f"`sudo chown prometheus {file}`."
        )
