"""The commands `make try` and `make try-down`: start a trial, show its outputs, remove it."""

from __future__ import annotations

import os
import signal
import sys
import threading
from concurrent.futures import Future
from typing import Any

from cli import settings
from cli.console import CommandError, info, make_command, progress
from cli.docker.dev_image import ensure_development_image
from cli.docker.install import engine_errors_reported, ensure_docker
from cli.docker.inventory import LIST_FAILED, Inventory, list_owned, remove_owned
from cli.owners import stack_owner, trial_owner
from cli.plain_config import full_config
from cli.table import SECRETS, ensure_not_masked, print_outputs, validate_output_name
from common.errors import UserError
from components.docker.connection import docker
from components.docker.engine import ACTIVE_STATES, DockerEngine
from components.docker.names import data_volume
from components.registry_component import RegistryComponent
from components.settings import Settings
from trial import ca, program
from trial.engine import Engine
from trial.providers.docker import ensure_own_volume
from trial.resources import TrialError
from trial.summary import CA_COMMAND, Summary

INTERRUPTED = 130
"""Exit code of a command that Ctrl-C ended."""

_TERMINATION_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def docker_host(stack: str) -> DockerEngine:
    """Return the Docker host of a stack's config, after checking that it answers."""
    host = settings.docker_engine(settings.operational_settings(stack))
    ensure_docker(host)
    return host


def up(stack: str, only: str = "table", *, secrets: bool = False, wait: bool) -> None:
    """Start and verify a trial. It replaces an earlier trial of the stack.

    :param only: what to print: `table`, `json`, or the name of one output.
    :param secrets: whether to show passwords.
    :param wait: whether to wait for Ctrl-C and then remove everything.
    :raises CommandError: if it fails. Resources that were created stay, for diagnosis.
    """
    validate_output_name(only, RegistryComponent.output_names())
    show_output = f"try{'' if wait else ' DETACH=1'} OUTPUT={{name}}{{secrets}}"
    ensure_not_masked(only, () if secrets else SECRETS, make_command(show_output, stack))
    texts = full_config(stack)
    settings.check_settings(stack)
    needed = settings.operational_settings(stack)
    host = docker_host(stack)
    _ensure_no_registry(host, stack, needed)
    earlier = _complete_trial(host, stack)
    ensure_development_image(needed.image, host)
    engine = Engine(trial_owner(stack))
    _interrupt_on_termination()
    code = INTERRUPTED
    try:
        outputs = _apply(engine, stack, texts, host)
        print_outputs(
            outputs.masked(secrets=secrets),
            only,
            "",  # another trial has other values, so nothing else is shortened
            {"caCertificate": make_command(CA_COMMAND, stack)},
            secrets=secrets,
        )
        Summary(stack, host, outputs.values, earlier, stays=not wait).show(secrets=secrets)
        if not wait:
            info(f"The trial keeps running. To remove it, run `{make_command('try-down', stack)}`.")
            return
        code = 0
        info("Press Ctrl-C to remove the trial.")
        threading.Event().wait()
    except KeyboardInterrupt:
        _remove_and_exit(engine, host, stack, code)


def down(stack: str) -> None:
    """Remove everything that trials of a stack created."""
    found = _remove(docker_host(stack), stack)
    info(f"Removed {found}." if found else f"Stack {stack} has no trial. Nothing was removed.")


def _ensure_no_registry(host: DockerEngine, stack: str, needed: Settings) -> None:
    """Check that neither the stack's registry nor a data volume of another owner exists.

    :raises CommandError: if one of them exists.
    """
    with engine_errors_reported(LIST_FAILED.format(stack), make_command("try", stack)):
        found = host.container(needed.container_name)
        volume = data_volume(needed.container_name, needed.storage)
        labels = host.volume_labels(volume) if volume else None
    if found and stack_owner(stack).owns(found.labels):
        state = "is already running" if found.status in ACTIVE_STATES else "already exists"
        raise CommandError(
            f"The registry of stack {stack} {state}. `{make_command('up', stack)}` created it. "
            f"To remove it and keep its packs, run `{make_command('down', stack)}`. "
            "Or try another STACK."
        )
    if labels is not None:
        try:
            ensure_own_volume(volume, labels, trial_owner(stack))
        except TrialError as error:
            raise CommandError(str(error)) from None


def _complete_trial(host: DockerEngine, stack: str) -> Inventory | None:
    """Return what the trial has that will be replaced; None if none has started completely."""
    with engine_errors_reported(LIST_FAILED.format(stack), make_command("try", stack)):
        found = list_owned(host, trial_owner(stack))
        return found if ca.is_complete(host, found) else None


def _apply(
    engine: Engine, stack: str, texts: dict[str, str], host: DockerEngine
) -> program.Outputs:
    """Apply the program in another thread, so that Ctrl-C interrupts this one at any time.

    :raises CommandError: if the program fails; with the program's own message.
    """
    done: Future[program.Outputs] = Future()

    def run() -> None:
        try:
            outputs = program.apply(engine, stack, texts)
            ca.store_ca_certificate(stack, host, outputs.values["caCertificate"])
            done.set_result(outputs)
        except BaseException as error:  # raised again below
            done.set_exception(error)

    with progress(f"Applying the program of {stack} to Docker at {host.url}, without Pulumi"):
        threading.Thread(target=run, daemon=True).start()
        try:
            return done.result()
        except (UserError, docker.errors.DockerException, OSError) as error:
            engine.close()
            hint = (
                "\nCreated resources stay for diagnosis. The next trial replaces them. To remove "
                f"them, run `{make_command('try-down', stack)}`."
            )
            raise CommandError(f"{error}{hint if engine.has_started else ''}") from None


def _remove_and_exit(engine: Engine, host: DockerEngine, stack: str, code: int) -> None:
    """Remove everything, ignoring further signals, and exit.

    It exits without waiting for threads. One may still send requests to the removed server.
    """
    for number in _TERMINATION_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    engine.close()
    found = _remove(host, stack)
    try:
        info(f"Removed {found}." if found else "Nothing was created.")
    finally:
        sys.stdout.flush()
        os._exit(code)


def _remove(host: DockerEngine, stack: str) -> Inventory:
    with engine_errors_reported(
        f"The trial of {stack} could not be removed", make_command("try-down", stack)
    ):
        return remove_owned(host, trial_owner(stack))


def _interrupt_on_termination() -> None:
    """Treat termination of the terminal or the machine as Ctrl-C, unless the signal is ignored."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    for number in _TERMINATION_SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, interrupt)
