"""The command line behind the Makefile: `python -m ops --help`."""

from __future__ import annotations

import sys

import click

from components.docker_host import DockerHost
from components.ownership import owning_stack
from ops.console import StoppedError, say, stack_option
from ops.docker import ensure_development_image, ensure_docker
from ops.policy import is_judged, policy_arguments
from ops.printing import print_outputs
from ops.program_server import served_program
from ops.pulumi_cli import NoPulumiError, Pulumi, ensure_pulumi
from ops.registration import COMMANDS
from ops.stack import UNCHECKED, ensure_stack, is_up, make, outputs, written_config

_UPDATE = (UNCHECKED,)

_IN_FULL = "outputs OUTPUT={name}"

policy_option = click.option(
    "--policy/--no-policy", default=None, help="Hold the stack against the policy pack; every stack but dev is unless told otherwise."
)


@click.group()
def cli() -> None:
    """Runs the pack registry of one environment."""


def _ready(stack: str) -> Pulumi:
    """All that an update or a preview of a stack needs."""
    config = written_config(stack)
    docker_host = str(config.get("dockerHost") or "")
    ensure_docker(docker_host)
    pulumi = ensure_pulumi()
    ensure_development_image(str(config.get("image") or ""), docker_host)
    ensure_stack(pulumi, stack)
    return pulumi


@cli.command()
@stack_option
@policy_option
def up(stack: str, policy: bool | None) -> None:
    """Bring the registry up, or in line with its settings, and prove it."""
    try:
        pulumi = _ready(stack)
    except NoPulumiError as missing:
        _try_instead(stack, missing, judged=is_judged(stack, policy))
        return
    _expect_no_trial(stack)
    say(f"Updating the stack {stack}")
    # Where there are rules, a preview comes first: what they refuse is refused before anything is touched.
    judged = policy_arguments(stack, policy) or ["--skip-preview"]
    with served_program() as served:
        failed = pulumi.run("up", "--stack", stack, "--yes", "--refresh", "--suppress-outputs", *_UPDATE, *judged, *served)
    if failed:
        raise StoppedError(f"The update of {stack} failed, for the reason above; nothing is lost, mend it and run `{make('up', stack)}` again.")
    print_outputs(outputs(pulumi, stack, secrets=False), "table", make(_IN_FULL, stack))
    say(
        f"The registry is up and verified. `{make('outputs OUTPUT=json SECRETS=1', stack)}` shows its passwords, "
        f"`{make('down', stack)}` removes it and keeps its data."
    )


def _try_instead(stack: str, missing: NoPulumiError, *, judged: bool) -> None:
    """Go on without the Pulumi CLI, so that there is a registry all the same."""
    from trial.session import up as try_up

    say(f"{missing.what}; going on with a trial: the same program, applied to Docker without Pulumi, with nothing recorded")
    if judged:
        say("The policy pack runs with the CLI alone: a trial is not held against it")
    try_up(stack, wait=False)
    say(
        "For a registry that is recorded and can be updated: install the CLI (https://www.pulumi.com/docs/install/), "
        f"remove the trial with `make try-down STACK={stack}`, and run `make up STACK={stack}` again."
    )


def _expect_no_trial(stack: str) -> None:
    """See that no trial of the stack is there: its volumes would be taken over here, and removed with it."""
    from trial.removal import owner, remains

    found = remains(DockerHost(str(written_config(stack).get("dockerHost") or "")), owner(stack))
    if found:
        raise StoppedError(
            f"A trial of {stack} is there ({found}); remove it, and the packs in it, with `make try-down STACK={stack}`, "
            f"then run `make up STACK={stack}` again."
        )


@cli.command()
@stack_option
@policy_option
def preview(stack: str, policy: bool | None) -> None:
    """Show what an update would change, and what the policy pack says to it."""
    pulumi = _ready(stack)
    # Pulumi's display of all properties runs a refusal's sentences together in the midst of them; the other one ends with the refusals.
    with served_program() as served:
        failed = pulumi.run("preview", "--stack", stack, *_UPDATE, *(policy_arguments(stack, policy) or ["--diff"]), *served)
    sys.exit(failed)


@cli.command()
@stack_option
@click.option("--purge", is_flag=True, help="Remove the packs too.")
@click.option("--yes", is_flag=True, help="Do not ask before packs are removed.")
def down(stack: str, purge: bool, yes: bool) -> None:
    """Remove the registry; its packs are kept unless told otherwise."""
    config = written_config(stack)
    host = DockerHost(str(config.get("dockerHost") or ""))
    ensure_docker(host.given)
    pulumi = ensure_pulumi()
    if not (there := is_up(pulumi, stack)) and not purge:
        say(f"The registry of the stack {stack} is not up; nothing was removed.")
        return
    volume = _data_volume(pulumi, stack, config) if there else _configured_volume(config)
    if purge:
        _expect_own(host, volume, stack)
        if not yes:
            click.confirm(f"Remove the registry of {stack} and all packs in {volume}? They can't be brought back.", abort=True, err=True)
    if there:
        ensure_stack(pulumi, stack)
        if pulumi.run("destroy", "--stack", stack, "--yes", "--skip-preview", "--refresh", *_UPDATE):
            raise StoppedError(f"The stack {stack} could not be removed, for the reason above; mend it and run `{make('down', stack)}` again.")
    gone = "The registry is removed" if there else f"The registry of the stack {stack} was not up"
    if not purge:
        again, purging = make("up", stack), make("down PURGE=1", stack)
        say(f"{gone}; its packs are kept in {volume}, and the next `{again}` finds them. `{purging}` removes them too.")
    elif volume.startswith("/"):
        say(f"{gone}; its packs are in {volume} of the Docker host, a directory of yours: remove it with `sudo rm -r {volume}`.")
    elif not volume:
        say(f"{gone}; its packs were in no volume of the Docker host.")
    else:
        removed = host.remove_volume(volume)
        say(f"{gone}; {'its packs are removed' if removed else 'there was no volume ' + volume}.")


def _expect_own(host: DockerHost, volume: str, stack: str) -> None:
    """See that a volume that is to be removed is not another stack's: stacks of one container name would share it."""
    labels = host.volume_labels(volume) if volume and not volume.startswith("/") else None
    if labels and (owner := owning_stack(labels)) not in ("", f"the stack {stack}"):
        raise StoppedError(f"The volume {volume} holds the packs of {owner}; nothing was removed.")


def _data_volume(pulumi: Pulumi, stack: str, config: dict[str, object]) -> str:
    """Where the packs are: as the last update said, else as the config has it."""
    known = outputs(pulumi, stack, secrets=False).get("dataVolume")
    return str(known) if known is not None else _configured_volume(config)


def _configured_volume(config: dict[str, object]) -> str:
    """Where the packs would be, by the config alone."""
    storage = config.get("storage")
    given = storage if isinstance(storage, dict) else {}
    return str(given.get("path") or given.get("volume") or f"{config.get('containerName') or 'spectro-registry'}-data")


@cli.command("docker")
def docker_engine() -> None:
    """See that this machine's Docker answers; install and start it where that is possible."""
    ensure_docker("")


@cli.command("outputs")
@stack_option
@click.option("--only", metavar="NAME", default="table", help="`table`, `json`, or the name of one output.", show_default=True)
@click.option("--secrets", is_flag=True, help="Show passwords.")
def show_outputs(stack: str, only: str, secrets: bool) -> None:
    """Print the outputs of the last update: all as a table or as JSON, or one of them as it is."""
    written_config(stack)
    values = outputs(ensure_pulumi(), stack, secrets=secrets)
    if not values:
        raise StoppedError(f"The stack {stack} has no outputs; bring it up with `make up STACK={stack}`.")
    print_outputs(values, only, make(_IN_FULL, stack))


for command in COMMANDS:
    cli.add_command(command)

if __name__ == "__main__":
    cli()
