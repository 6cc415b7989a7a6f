"""The removal of a registry: `python -m cli down`."""

from __future__ import annotations

import sys

import click

from cli.console import CommandError, say, stack_option
from cli.docker import engine_errors_reported, ensure_docker
from cli.old_hosts import old_hosts, told_unreachable
from cli.pulumi_cli import Pulumi, ensure_pulumi
from cli.remains import Remains, expect_nobody_elses, own, remains, remove_containers, users_of
from cli.settings import docker_host, needed_settings
from cli.stack import UNCHECKED, ensure_stack, is_up, make, outputs, recorded_containers
from common.labels import owning_stack
from components.docker.engine import DockerEngine
from components.docker.names import data_volume
from components.settings import Settings


@click.command()
@stack_option
@click.option("--purge", is_flag=True, help="Remove the packs too.")
@click.option("--yes", is_flag=True, help="Do not ask before packs are removed.")
def down(stack: str, purge: bool, yes: bool) -> None:
    """Remove the registry; its packs are kept unless told otherwise."""
    settings = needed_settings(stack)
    host = docker_host(settings)
    ensure_docker(host)
    pulumi = ensure_pulumi()
    with engine_errors_reported(
        f"Not all of the registry of {stack} could be removed", _typed(stack, purge=purge)
    ):
        _remove(pulumi, host, stack, settings, purge=purge, yes=yes)


def _typed(stack: str, *, purge: bool) -> str:
    """The command to type for a removal."""
    return make("down PURGE=1" if purge else "down", stack)


def _remove(
    pulumi: Pulumi, host: DockerEngine, stack: str, settings: Settings, *, purge: bool, yes: bool
) -> None:
    there = is_up(pulumi, stack)
    if not there:
        expect_nobody_elses(pulumi, host, stack)
    volume = _data_volume(pulumi, stack, settings) if there else _configured_volume(settings)
    elsewhere = old_hosts(pulumi, stack, settings.docker_host) if there else []
    if purge and elsewhere:
        raise CommandError(
            f"By its record the registry of {stack} is on {elsewhere[0]}, and dockerHost is {settings.docker_host or 'not set'}: PURGE=1 would look "
            f"for its packs on the wrong host. Nothing was removed. Set dockerHost to where it is, or run `{make('down', stack)}`."
        )
    if purge:
        _expect_own(host, volume, stack)
        _expect_unused(host, volume, stack)
        if not yes:
            _confirm(stack, volume)
    if there:
        ensure_stack(pulumi, stack)
    left = _remove_left_behind(pulumi, host, stack)
    if there and pulumi.run(
        "destroy", "--stack", stack, "--yes", "--skip-preview", "--refresh", UNCHECKED
    ):
        if told := told_unreachable(pulumi, stack, settings.docker_host):
            say(told)
        raise CommandError(
            f"The stack {stack} could not be removed, for the reason above; mend it and run `{make('down', stack)}` again."
        )
    if elsewhere:
        told = f"The registry is removed; packs that were in {volume or 'a volume'} of {elsewhere[0]} are kept there."
    elif there or purge:
        told = _end(host, stack, volume, there=there, purge=purge)
    else:
        told = f"The registry of the stack {stack} is not up; nothing {'else ' if left else ''}was removed."
    say(told + (keeping(f"Pulumi.{stack}.yaml") if there else ""))


def keeping(file: str) -> str:
    """What Pulumi's hint at the end of a removal, to run `pulumi stack rm`, leaves out."""
    return f" (`pulumi stack rm` deletes {file} too; `--preserve-config` keeps it)"


def _confirm(stack: str, volume: str) -> None:
    """Ask before packs are removed.

    :raises CommandError: where the answer is no, or there is nobody to ask.
    """
    try:
        if click.confirm(
            f"Remove the registry of {stack} and all packs in {volume}? They can't be brought back.",
            err=True,
        ):
            return
    except click.Abort:
        if not sys.stdin.isatty():
            told = make("down PURGE=1 YES=1", stack)
            raise CommandError(
                f"PURGE=1 asks before it removes packs, and no yes came; without a terminal, `{told}` says it beforehand."
            ) from None
        click.echo(err=True)  # Ctrl-C leaves the question's line open
    raise CommandError("Nothing was removed.")


def _remove_left_behind(pulumi: Pulumi, host: DockerEngine, stack: str) -> bool:
    """Remove the stack's containers of which Pulumi knows nothing: an interrupted update left them, and they keep its volumes in use.

    Whether there were any.
    """
    containers = remains(host, own(stack)).containers
    known = recorded_containers(pulumi, stack) if containers else set()
    left = {identifier: name for identifier, name in containers.items() if identifier not in known}
    if left:
        remove_containers(host, left)
        say(f"Removed {Remains(left, [])}, which an interrupted update had left behind")
    return bool(left)


def _end(host: DockerEngine, stack: str, volume: str, *, there: bool, purge: bool) -> str:
    """Remove the packs where that is wanted; where they are, in a sentence."""
    gone = "The registry is removed" if there else f"The registry of the stack {stack} was not up"
    if not volume:
        return f"{gone}; its packs were in no volume of the Docker host."
    if volume.startswith("/"):
        return f"{gone}; its packs are in {volume} of the Docker host, a directory of yours: remove it with `sudo rm -r {volume}`."
    if not purge and host.volume_labels(volume) is None:
        return f"{gone}; there was no volume {volume}."
    if not purge:
        again, purging = make("up", stack), make("down PURGE=1", stack)
        return f"{gone}; its packs are kept in {volume}, and the next `{again}` finds them. `{purging}` removes them too."
    removed = host.remove_volume(volume)
    return f"{gone}; {'its packs are removed' if removed else 'there was no volume ' + volume}."


def _expect_own(host: DockerEngine, volume: str, stack: str) -> None:
    """See that a volume that is to be removed is not another stack's: stacks of one container name would share it."""
    labels = host.volume_labels(volume) if volume and not volume.startswith("/") else None
    if labels and (owner := owning_stack(labels)) not in ("", f"the stack {stack}"):
        raise CommandError(f"The volume {volume} holds the packs of {owner}; nothing was removed.")


def _expect_unused(host: DockerEngine, volume: str, stack: str) -> None:
    """See that no other container has a volume that is to be removed: Docker would refuse that, and the registry would be gone by then."""
    if volume and not volume.startswith("/") and (users := users_of(host, volume, but=own(stack))):
        raise CommandError(
            f"The volume {volume} is in use by {users}, and Docker removes none that is, even by a container that has ended; nothing was removed. "
            f"Remove {users} first, then run `{_typed(stack, purge=True)}` again."
        )


def _data_volume(pulumi: Pulumi, stack: str, settings: Settings) -> str:
    """Where the packs are on the Docker host: as the last update said, else as the config has it.

    A volume that mounts another server's directory holds none, and goes with the registry.
    """
    configured = _configured_volume(settings)
    known = outputs(pulumi, stack, secrets=False).get("dataVolume") if configured else None
    return str(known) if known is not None else configured


def _configured_volume(settings: Settings) -> str:
    """Where the packs would be on the Docker host, by the settings alone; empty where another server or none has them."""
    return data_volume(settings.container_name, settings.storage) or settings.storage.path
