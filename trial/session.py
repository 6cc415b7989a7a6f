"""A trial from its start to its end: everything made ready, the program applied, the outputs shown, all removed again."""

from __future__ import annotations

import os
import signal
import sys
import threading
from concurrent.futures import Future
from typing import Any
from urllib.parse import urlsplit

from pydantic.alias_generators import to_camel

from cli import settings
from cli.console import CommandError, say, step
from cli.docker import engine_errors_reported, ensure_development_image, ensure_docker
from cli.remains import NOT_ASKED, Remains, own
from cli.stack import make
from cli.table import SECRETS, check_choice, expect_no_secret, print_outputs
from common.errors import UserError
from components.docker.addresses import reachable_address
from components.docker.connection import docker
from components.docker.engine import ACTIVE_STATES, DockerEngine
from components.docker.names import data_volume
from components.pack_registry import PackRegistry
from components.settings import Settings
from trial import program, removal, served
from trial.config import stack_config
from trial.docker_objects import expect_own_volume
from trial.engine import Engine
from trial.resources import TrialError

INTERRUPTED = 130
"""Exit code of a command that was ended by Ctrl-C."""

_IN_FULL = "try OUTPUT={name}{secrets}"


def docker_host(stack: str) -> DockerEngine:
    """The Docker host that a stack's config names, seen to answer."""
    host = settings.docker_host(settings.needed_settings(stack))
    ensure_docker(host)
    return host


def up(stack: str, only: str = "table", *, secrets: bool = False, wait: bool) -> None:
    """Bring a trial up, in the place of an earlier one, and prove it.

    :param only: what of the outputs is printed: `table`, `json`, or the name of one output.
    :param secrets: whether passwords are shown.
    :param wait: whether to wait for Ctrl-C and then remove everything.
    :raises CommandError: where it can't be done; what was made is left to look at.
    """
    check_choice(only, [to_camel(name) for name in PackRegistry.__annotations__])
    expect_no_secret(only, () if secrets else SECRETS, make(_IN_FULL, stack))
    texts = stack_config(stack)
    settings.check_settings(stack)
    needed = settings.needed_settings(stack)
    host = docker_host(stack)
    _expect_no_registry(host, stack, needed)
    ensure_development_image(needed.image, host)
    engine = Engine(removal.owner(stack))
    _interrupt_at_every_end()
    code = INTERRUPTED
    try:
        outputs = _applied(engine, stack, texts, host)
        print_outputs(
            outputs.shown(secrets=secrets),
            only,
            make(_IN_FULL, stack),
            {"caCertificate": make("try-ca", stack)},
        )
        _tell(stack, outputs.values, needed, host, secrets=secrets)
        if not wait:
            say(f"It runs on; `{make('try-down', stack)}` removes all of it.")
            return
        code = 0
        say("Ctrl-C removes all of it.")
        threading.Event().wait()
    except KeyboardInterrupt:
        _end(engine, host, stack, code)


def down(stack: str) -> None:
    """Remove all that trials of a stack have made."""
    host = docker_host(stack)
    found = _removed(host, stack)
    say(f"Removed {found}." if found else f"There is no trial of {stack}; nothing was removed.")


def _expect_no_registry(host: DockerEngine, stack: str, needed: Settings) -> None:
    """See that neither the registry that `make up` made of the stack is there, nor the packs that it left.

    :raises CommandError: where one of them is.
    """
    with engine_errors_reported(NOT_ASKED.format(stack), make("try", stack)):
        found = host.container(needed.container_name)
        volume = data_volume(needed.container_name, needed.storage)
        labels = host.volume_labels(volume) if volume else None
    if found and own(stack).owns(found.labels):
        raise CommandError(
            f"The registry of {stack} {'runs' if found.status in ACTIVE_STATES else 'is there'} already, made by `{make('up', stack)}`; "
            f"`{make('down', stack)}` removes it and keeps its packs, or try another STACK."
        )
    if labels is not None:
        try:
            expect_own_volume(volume, labels, removal.owner(stack))
        except TrialError as error:
            raise CommandError(str(error)) from None


def _applied(
    engine: Engine, stack: str, texts: dict[str, str], host: DockerEngine
) -> program.Outputs:
    """Apply the program in a thread of its own, so that this one can be interrupted at any time.

    :raises CommandError: with the program's own sentences.
    """
    done: Future[program.Outputs] = Future()

    def work() -> None:
        try:
            made = program.apply(engine, stack, texts)
            served.keep_ca_certificate(stack, host, made.values["caCertificate"])
            done.set_result(made)
        except BaseException as error:  # it is raised again below
            done.set_exception(error)

    with step(f"Applying the program of {stack} to Docker at {host.url}, without Pulumi"):
        threading.Thread(target=work, daemon=True).start()
        try:
            return done.result()
        except (UserError, docker.errors.DockerException, OSError) as error:
            engine.close()
            left = f"\nWhat was made is left to look at; `{make('try-down', stack)}` removes it, and the next trial replaces it."
            raise CommandError(f"{error}{left if engine.has_begun else ''}") from None


def _end(engine: Engine, host: DockerEngine, stack: str, code: int) -> None:
    """Remove everything after Ctrl-C, which counts no more; then leave at once, for a thread may still ask a server that is gone."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    engine.close()
    found = _removed(host, stack)
    try:
        say(f"Removed {found}." if found else "Nothing was made.")
    finally:
        sys.stdout.flush()
        os._exit(code)


def _removed(host: DockerEngine, stack: str) -> Remains:
    with engine_errors_reported(
        f"The trial of {stack} could not be removed", make("try-down", stack)
    ):
        return removal.remove(host, removal.owner(stack))


def _interrupt_at_every_end() -> None:
    """Let the end of the terminal, or of the machine, count as Ctrl-C, unless it was to be ignored."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, interrupt)


def _tell(
    stack: str, outputs: dict[str, Any], needed: Settings, host: DockerEngine, *, secrets: bool
) -> None:
    """How the registry is reached, and what a trial is not."""
    address = reachable_address(host, needed.bind_address)
    data = outputs["dataVolume"]
    packs = (
        f"its packs stay in {data} of the Docker host"
        if data.startswith("/")
        else "its packs go with it"
    )
    say(
        f"{settings.outcome(needed)} It is a trial: nothing is recorded, every trial has new passwords and a new certificate, and {packs}."
    )
    url = urlsplit(outputs["healthUrl"])
    known = url.hostname == address or (url.hostname == "localhost" and address == "127.0.0.1")
    elsewhere = (
        "" if known else f"--connect-to '::{f'[{address}]' if ':' in address else address}:' "
    )
    if outputs["caCertificate"]:
        say(
            f"To ask it: {make('try-ca', stack)} > ca.crt && curl --cacert ca.crt {elsewhere}{url.geturl()}"
        )
    else:
        say(f"To ask it: curl {elsewhere}{url.geturl()}")
    if not secrets:
        say(f"To see its passwords, make it anew with them: {make('try SECRETS=1', stack)}")
