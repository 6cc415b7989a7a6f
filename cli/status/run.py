"""Runs all checks of one stack at the same time."""

from __future__ import annotations

import contextlib
import queue
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass

from cli.condition import Line, State, UnknownError, worst
from cli.console import CommandError, NoRegistryError, make_command
from cli.docker.trial_notice import trial_notice
from cli.hosts import host_of
from cli.pulumi.binary import require_pulumi
from cli.pulumi.record import read_record
from cli.settings import readable_settings
from cli.stack_file import read_config
from cli.status.background import in_background
from cli.status.checks.backups import check_backups
from cli.status.checks.certificate import check_ca, check_certificate, check_proxy
from cli.status.checks.mirrors import check_mirrors
from cli.status.checks.network import check_clock, check_dns
from cli.status.checks.packs import check_packs, check_push
from cli.status.checks.palette import check_palette
from cli.status.checks.policies import check_policies
from cli.status.checks.pulumi_record import check_record
from cli.status.checks.server import check_health, check_maintenance, check_server
from cli.status.checks.storage import check_storage
from cli.status.checks.users import check_passwords, check_users
from cli.status.registry import Registry
from common.errors import UserError, root_cause

WORKERS = 8
"""Checks at the same time. Most of them wait for an answer."""
CHECK_SECONDS = 30.0
"""Time for all checks of a stack. What has not answered then is unknown."""

RECORD_SECONDS = 60.0
"""Time for Pulumi to read the record from its backend."""

CHECKS: tuple[tuple[Callable[[Registry], Iterator[Line]], tuple[str, ...]], ...] = (
    (check_record, ("record",)),
    (check_server, ("server",)),
    (check_health, ("health",)),
    (check_push, ("push",)),
    (check_packs, ("packs", "pull")),
    (check_mirrors, ()),
    (check_users, ("users",)),
    (check_passwords, ("passwords",)),
    (check_certificate, ("certificate",)),
    (check_ca, ("ca",)),
    (check_proxy, ()),
    (check_storage, ("size", "space")),
    (check_backups, ("backup", "drill")),
    (check_maintenance, ("lock",)),
    (check_palette, ("palette",)),
    (check_dns, ("dns",)),
    (check_clock, ("clock",)),
    (check_policies, ("policies",)),
)
"""The checks in the order of the table, with the lines that each has in any case."""


@dataclass(frozen=True)
class StackStatus:
    """What is known about one stack."""

    stack: str
    endpoint: str
    """Empty if Pulumi's record can't be read."""
    target: str
    seconds: float
    lines: tuple[Line, ...]
    exists: bool = True
    """Whether Pulumi's record has a registry, as far as is known."""

    @property
    def state(self) -> State:
        """The worst state of all lines."""
        return worst(line.state for line in self.lines)


def stack_status(stack: str, exported: Future[str]) -> StackStatus:
    """Inspect a stack. What can't be read is part of the result: it hides no other stack.

    :param exported: Pulumi's record, which is being read.
    """
    began = time.monotonic()
    endpoint, target, exists = "", "", True
    try:
        registry = _registry(stack, exported)
        endpoint = str(registry.record.outputs.get("endpoint") or "")
        target = registry.settings.target.value
        with registry.closing():
            lines = tuple(run_checks(registry))
    except NoRegistryError as error:
        fix = trial_notice(stack) or error.fix
        exists, lines = False, (Line("stack", State.ERROR, error.problem.rstrip("."), fix),)
    except Exception as error:  # the other stacks are reported
        fix = f"Fix the error, then run `{make_command('status', stack)}`."
        lines = (Line("stack", State.ERROR, _reason(error), fix),)
    return StackStatus(stack, endpoint, target, round(time.monotonic() - began, 2), lines, exists)


def _registry(stack: str, exported: Future[str]) -> Registry:
    """Read the settings, and wait for the record.

    :raises CommandError: if one of them can't be read.
    """
    read_config(stack)
    settings = readable_settings(stack)
    host = host_of(settings)
    try:
        found = read_record(stack, exported.result(RECORD_SECONDS))
    except TimeoutError:
        raise CommandError(
            f"Pulumi has not returned the record of stack {stack} in {RECORD_SECONDS:.0f} s. Check "
            "that this machine reaches the backend of the state."
        ) from None
    return Registry(stack, settings, found, require_pulumi(), host.inspection(found), time.time())


def run_checks(registry: Registry, seconds: float = CHECK_SECONDS) -> Iterator[Line]:
    """Run the checks, and yield their lines in the order of the table."""
    results: dict[int, list[Line]] = {}
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in range(len(CHECKS)):
        waiting.put(number)

    def work() -> None:
        while True:
            try:
                number = waiting.get_nowait()
            except queue.Empty:
                return
            results[number] = list(_guarded(registry, *CHECKS[number]))

    workers = [in_background(work) for _ in range(WORKERS)]
    end = time.monotonic() + seconds
    for worker in workers:
        with contextlib.suppress(TimeoutError):
            worker.result(max(0.0, end - time.monotonic()))
    for number, (_, names) in enumerate(CHECKS):
        late = [Line(name, State.UNKNOWN, f"no answer in {seconds:.0f} s") for name in names]
        yield from results.get(number, late)


def _guarded(
    registry: Registry, check: Callable[[Registry], Iterator[Line]], names: tuple[str, ...]
) -> Iterator[Line]:
    """Run one check. Lines that it can't yield are unknown, and say why."""
    missing = list(names)
    reason, fix = "", f"Fix the error, then run `{registry.make('status')}`."
    try:
        for line in check(registry):
            if line.check in missing:
                missing.remove(line.check)
            yield line
    except UnknownError as error:
        reason, fix = str(error), error.fix
    except Exception as error:  # the other checks are reported
        reason = registry.inspection.describe(error) or _reason(error)
    if not reason:
        return
    for name in missing:
        # Without the server's host, nothing serves, as far as this machine can tell.
        state = State.ERROR if name == "server" else State.UNKNOWN
        yield Line(name, state, reason, fix)


def _reason(error: Exception) -> str:
    """Return an error in one line."""
    if isinstance(error, CommandError):
        return " ".join(error.message.split())
    if isinstance(error, UserError):
        return " ".join(str(error).split())
    return f"{type(error).__name__}: {root_cause(error)}"
