"""What the commands can do with a registry on a Docker host."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from cli.condition import Inspection
from cli.console import CommandError, info, make_command
from cli.docker.dev_image import ensure_development_image
from cli.docker.install import engine_errors_reported, ensure_docker
from cli.docker.inventory import LIST_FAILED, ensure_not_running_elsewhere, list_owned
from cli.docker.previous_hosts import unreachable_host_hint
from cli.docker.removal import Removal
from cli.maintenance import (
    LOCK_FAILED,
    break_lock,
    ensure_unlocked,
    hold_lock,
    maintenance_target,
)
from cli.owners import stack_owner, trial_owner
from cli.pulumi.binary import Pulumi
from cli.pulumi.record import Record
from cli.pulumi.stack import ensure_stack
from components.docker import names
from components.docker.engine import DockerEngine
from components.docker.maintenance_lock import DockerLockStore
from components.maintenance.operation import Operation
from components.settings import Settings

INSPECTION_SECONDS = 10
"""Time for a request of an inspection."""


class DockerHost:
    """The Docker host of a stack."""

    has_trials: ClassVar[bool] = True

    def __init__(self, settings: Settings) -> None:
        """Select the engine. The first request connects to it."""
        self._settings = settings
        self._engine = DockerEngine(settings.docker_host, settings.docker_cert_path)

    def ensure_ready(self) -> None:
        """Start Docker if necessary."""
        ensure_docker(self._engine)

    def prepare(self, pulumi: Pulumi, stack: str, command: str) -> None:
        """Build the development image if the stack uses it, and create or recover the stack."""
        ensure_development_image(self._settings.image, self._engine)
        with engine_errors_reported(LIST_FAILED.format(stack), make_command(command, stack)):
            if command == "up":
                self._recover(stack)
            ensure_stack(
                pulumi,
                stack,
                lambda: ensure_not_running_elsewhere(pulumi, self._engine, stack),
            )

    def ensure_no_trial(self, stack: str) -> None:
        """Check that the stack has no trial: the update would adopt the trial's volumes."""
        with engine_errors_reported(LIST_FAILED.format(stack), make_command("up", stack)):
            found = list_owned(self._engine, trial_owner(stack))
        if found:
            raise CommandError(
                f"A trial of stack {stack} exists ({found}). Remove it and its packs with "
                f"`{make_command('try-down', stack)}`, then run `{make_command('up', stack)}` "
                "again."
            )

    def describe_registry(self, stack: str) -> str:
        """Say whether the registry answers."""
        from components.docker.server_check import answers
        from components.docker.server_version import find_server

        try:
            found = find_server(self._engine, self._settings.container_name, stack_owner(stack))
            if found is None:
                return "No registry runs."
            if answers(self._engine, found):
                return "The registry answers. Packs and state are unchanged or recoverable."
            return f"The registry does not answer: its container {found.name} is {found.status}."
        except Exception:  # docker-py, sockets and ssh have no common error class
            return "It is unknown whether the registry answers, because Docker does not respond."

    def explain_failure(self, pulumi: Pulumi, stack: str) -> None:
        """Print a hint if a previous host may be the cause."""
        if hint := unreachable_host_hint(pulumi, stack, self._settings.docker_host):
            info(hint)

    @contextlib.contextmanager
    def maintenance_lock(self, stack: str, operation: Operation) -> Iterator[None]:
        """Hold the lock on the Docker host."""
        from cli.docker.recovery import recover

        problem = f"The {operation} of stack {stack} failed"
        with (
            engine_errors_reported(problem, make_command(maintenance_target(operation), stack)),
            hold_lock(self._lock_store(stack), operation, stack),
        ):
            recover(self._engine, self._settings.container_name, stack_owner(stack))
            yield

    def collect_garbage(
        self,
        stack: str,
        outputs: Mapping[str, Any],
        read_versions: Callable[[], Mapping[str, str]],
        *,
        apply: bool,
    ) -> None:
        """Collect garbage on the Docker host."""
        from cli.collection import collect_garbage
        from cli.docker.collection import DockerRegistry

        with self.maintenance_lock(stack, Operation.GARBAGE_COLLECTION):
            registry = DockerRegistry(self._engine, self._settings, stack, outputs)
            collect_garbage(registry, stack, read_versions, apply=apply)

    def inspection(self, record: Record) -> Inspection:
        """Inspect the Docker host. A request waits less long than that of an update."""
        from cli.docker.inspection import DockerInspection

        settings = self._settings
        engine = DockerEngine(
            settings.docker_host, settings.docker_cert_path, timeout=INSPECTION_SECONDS
        )
        return DockerInspection(engine, settings, record.stack, record)

    def unlock(self, stack: str) -> None:
        """Remove the lock on the Docker host, and what its holder left."""
        with engine_errors_reported(LOCK_FAILED.format(stack), make_command("unlock", stack)):
            break_lock(self._lock_store(stack), stack)
            drill = names.drill(self._settings.container_name)
            store = DockerLockStore(self._engine, drill, stack_owner(stack))
            if store.find():
                break_lock(store, stack)
            self._recover(stack)

    def _recover(self, stack: str) -> None:
        """Start the server again if an interrupted operation has replaced it.

        :raises CommandError: if such an operation is still running.
        """
        from components.docker.read_only import is_read_only

        store = self._lock_store(stack)
        name, owner = self._settings.container_name, stack_owner(stack)
        found = store.find()
        if (found and not found.holder.operation.allows_updates) or is_read_only(
            self._engine, name, owner
        ):
            with self.maintenance_lock(stack, Operation.RECOVERY):
                pass

    def _lock_store(self, stack: str) -> DockerLockStore:
        name = self._settings.container_name
        return DockerLockStore(self._engine, name, stack_owner(stack))

    def remove(self, pulumi: Pulumi, stack: str, *, purge: bool, confirmed: bool) -> None:
        """Remove the registry, and its packs with ``purge``."""
        with engine_errors_reported(LIST_FAILED.format(stack), make_command("down", stack)):
            ensure_unlocked(self._lock_store(stack).find(), stack)
        removal = Removal(pulumi, self._engine, stack, self._settings, purge=purge)
        removal.run(confirmed=confirmed)
