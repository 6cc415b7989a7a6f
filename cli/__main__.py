"""The command line behind the Makefile: `python -m cli --help`."""

from __future__ import annotations

import sys

import click

from cli.console import CommandError, say, stack_option
from cli.docker import engine_errors_reported, ensure_development_image, ensure_docker
from cli.old_hosts import told_unreachable
from cli.policy import is_judged, policy_arguments
from cli.program_server import served_program
from cli.pulumi_cli import INSTALL, Pulumi, PulumiNotInstalledError, ensure_pulumi
from cli.registration import COMMANDS
from cli.remains import NOT_ASKED, expect_nobody_elses, remains
from cli.removal import down
from cli.settings import check_settings, docker_host, needed_settings, outcome
from cli.stack import UNCHECKED, ensure_stack, make, outputs, written_config
from cli.table import SECRET, expect_no_secret, print_outputs
from components.docker.connection import docker
from components.docker.engine import DockerEngine
from components.settings import Settings

_UPDATE = (UNCHECKED,)

_IN_FULL = "outputs OUTPUT={name}{secrets}"

policy_option = click.option(
    "--policy/--no-policy",
    default=None,
    help="Hold the stack against the policy pack; every stack but dev is unless told otherwise.",
)


@click.group()
def cli() -> None:
    """Runs the pack registry of one environment."""


def _ready(stack: str, policy: bool | None) -> tuple[Settings, DockerEngine, Pulumi, list[str]]:
    """What an update or a preview of a stack needs, its settings looked at first: a wrong one may be why nothing else works.

    The last of it is what the CLI is told of the policy pack.
    """
    check_settings(stack)
    judged = policy_arguments(stack, policy)
    settings = needed_settings(stack)
    host = docker_host(settings)
    ensure_docker(host)
    pulumi = ensure_pulumi()
    ensure_development_image(settings.image, host)
    return settings, host, pulumi, judged


@cli.command()
@stack_option
@policy_option
def up(stack: str, policy: bool | None) -> None:
    """Bring the registry up, or in line with its settings, and prove it."""
    try:
        settings, host, pulumi, judged = _ready(stack, policy)
    except PulumiNotInstalledError as missing:
        _try_instead(stack, missing, judged=is_judged(stack, policy))
        return
    with engine_errors_reported(NOT_ASKED.format(stack), make("up", stack)):
        ensure_stack(pulumi, stack, lambda: expect_nobody_elses(pulumi, host, stack))
        _expect_no_trial(host, stack)
    say(f"Updating the stack {stack}")
    # Where there are rules, a preview comes first: what they refuse is refused before anything is touched.
    with served_program() as served:
        failed = pulumi.run(
            "up",
            "--stack",
            stack,
            "--yes",
            "--refresh",
            "--suppress-outputs",
            *_UPDATE,
            *(judged or ["--skip-preview"]),
            *served,
        )
    if failed:
        _tell_unreachable(pulumi, stack, settings)
        raise CommandError(
            f"The update of {stack} failed, for the reason above; nothing is lost, mend it and run `{make('up', stack)}` again."
        )
    print_outputs(outputs(pulumi, stack, secrets=False), "table", make(_IN_FULL, stack))
    say(
        f"{outcome(settings)} `{make('outputs OUTPUT=json SECRETS=1', stack)}` shows its passwords, "
        f"`{make('down', stack)}` removes it and keeps its data."
    )


def _try_instead(stack: str, missing: PulumiNotInstalledError, *, judged: bool) -> None:
    """Go on without the Pulumi CLI, so that there is a registry all the same."""
    from trial.command import up as try_up

    say(
        f"{missing.what}; going on with a trial: the same program, applied to Docker without Pulumi, with nothing recorded"
    )
    if judged:
        say("The policy pack runs with the CLI alone: a trial is not held against it")
    try_up(stack, wait=False)
    say(
        f"For a registry that is recorded and can be updated: install the CLI with `{INSTALL}` (https://www.pulumi.com/docs/install/), "
        f"remove the trial with `make try-down STACK={stack}`, and run `make up STACK={stack}` again."
    )


def _expect_no_trial(host: DockerEngine, stack: str) -> None:
    """See that no trial of the stack is there: its volumes would be taken over here, and removed with it."""
    from trial.removal import owner

    found = remains(host, owner(stack))
    if found:
        raise CommandError(
            f"A trial of {stack} is there ({found}); remove it, and the packs in it, with `make try-down STACK={stack}`, "
            f"then run `make up STACK={stack}` again."
        )


@cli.command()
@stack_option
@policy_option
def preview(stack: str, policy: bool | None) -> None:
    """Show what an update would change, and what the policy pack says to it."""
    settings, host, pulumi, judged = _ready(stack, policy)
    with engine_errors_reported(NOT_ASKED.format(stack), make("preview", stack)):
        ensure_stack(pulumi, stack, lambda: expect_nobody_elses(pulumi, host, stack))
    # Pulumi's display of all properties runs a refusal's sentences together in the midst of them; the other one ends with the refusals.
    with served_program() as served:
        failed = pulumi.run("preview", "--stack", stack, *_UPDATE, *(judged or ["--diff"]), *served)
    if failed:
        _tell_unreachable(pulumi, stack, settings)
    sys.exit(failed)


def _tell_unreachable(pulumi: Pulumi, stack: str, settings: Settings) -> None:
    """After a failure: say so where the Docker host that the registry is to leave may be its reason."""
    if told := told_unreachable(pulumi, stack, settings.docker_host):
        say(told)


@cli.command("docker")
def docker_engine() -> None:
    """See that this machine's Docker answers; install and start it where that is possible."""
    ensure_docker(DockerEngine())


@cli.command("outputs")
@stack_option
@click.option(
    "--only",
    metavar="NAME",
    default="table",
    help="`table`, `json`, or the name of one output.",
    show_default=True,
)
@click.option("--secrets", is_flag=True, help="Show passwords.")
def show_outputs(stack: str, only: str, secrets: bool) -> None:
    """Print the outputs of the last update: all as a table or as JSON, or one of them as it is."""
    written_config(stack)
    values = outputs(ensure_pulumi(), stack, secrets=secrets)
    if not values:
        raise CommandError(
            f"The stack {stack} has no outputs; bring it up with `make up STACK={stack}`.{_of_a_trial(stack)}"
        )
    masked = [] if secrets else [name for name, value in values.items() if value == SECRET]
    expect_no_secret(only, masked, make(_IN_FULL, stack))
    print_outputs(values, only, make(_IN_FULL, stack))
    if masked and only == "table":
        say(f"`{make('outputs SECRETS=1', stack)}` shows the secrets.")


def _of_a_trial(stack: str) -> str:
    """How what a trial of a stack put out is shown, where one is there; empty where none is, or Docker can't tell."""
    from trial.removal import owner

    try:
        there = remains(docker_host(needed_settings(stack)), owner(stack)).containers
    except (CommandError, docker.errors.DockerException, OSError):
        return ""
    shown = f"`{make('try-ca', stack)}` prints its certificate, `{make('try SECRETS=1', stack)}` makes it anew and shows its passwords."
    return f" A trial of it is there: {shown}" if there else ""


for command in (down, *COMMANDS):
    cli.add_command(command)

if __name__ == "__main__":
    cli()
