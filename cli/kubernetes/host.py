"""What the commands can do with a registry in a Kubernetes cluster."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from cli.condition import Inspection
from cli.console import CommandError, info, make_command
from cli.kubernetes.packages import ensure_packages
from cli.kubernetes.removal import Removal
from cli.maintenance import (
    LOCK_FAILED,
    break_lock,
    ensure_unlocked,
    hold_lock,
    maintenance_target,
)
from cli.owners import stack_owner
from cli.pulumi.binary import Pulumi
from cli.pulumi.lost_record import restore_hint
from cli.pulumi.record import Record
from cli.pulumi.stack import ensure_stack
from components.kubernetes import names
from components.kubernetes.cluster import Cluster
from components.kubernetes.errors import api_error_classes, describe_error, is_refused
from components.kubernetes.maintenance_lock import KubernetesLockStore
from components.kubernetes.preflight import connection_problem, owns
from components.kubernetes.report import unready_reports
from components.maintenance.lock import Lock
from components.maintenance.operation import Operation
from components.settings import Settings


class KubernetesHost:
    """The cluster of a stack."""

    has_trials: ClassVar[bool] = False

    def __init__(self, settings: Settings) -> None:
        """Select the cluster. The first request connects to it."""
        self._settings = settings
        group = settings.kubernetes
        self._cluster = Cluster(group.kubeconfig, group.context)

    def ensure_ready(self) -> None:
        """Install the packages for Kubernetes if necessary, and connect to the cluster."""
        ensure_packages()
        if problem := connection_problem(self._cluster):
            raise CommandError(f"The Kubernetes cluster: {problem} No changes were made.")

    def prepare(self, pulumi: Pulumi, stack: str, command: str) -> None:
        """Create or recover the stack. Images must be in a registry that the nodes reach."""
        with self._errors(f"The objects of stack {stack} could not be read", command, stack):
            if command == "up":
                self._recover(stack)
            ensure_stack(pulumi, stack, lambda: self._ensure_not_running_elsewhere(pulumi, stack))

    def ensure_no_trial(self, stack: str) -> None:
        """There are no trials on Kubernetes."""

    def describe_registry(self, stack: str) -> str:  # noqa: ARG002 - see Host
        """Say whether pods of the registry are ready."""
        name, namespace = self._settings.container_name, self._settings.kubernetes.namespace
        try:
            pods = self._cluster.pods(namespace, names.selector(name))
        except api_error_classes():
            return "It is unknown whether the registry answers: the cluster does not respond."
        ready = sum(pod.ready and not pod.terminating for pod in pods)
        if ready:
            answer = "pod answers" if ready == 1 else "pods answer"
            return f"{ready} {answer}. Packs and state are unchanged or recoverable."
        return "The registry does not answer: no pod is ready." if pods else "No registry runs."

    def explain_failure(self, pulumi: Pulumi, stack: str) -> None:  # noqa: ARG002 - see Host
        """Print the last log lines and events of pods that are not ready."""
        selector = names.selector(self._settings.container_name)
        namespace = self._settings.kubernetes.namespace
        with contextlib.suppress(*api_error_classes()):
            lines = list(unready_reports(self._cluster, namespace, selector))
            if lines:
                info("Pods that are not ready:" + "".join(f"\n    {line}" for line in lines))

    @contextlib.contextmanager
    def maintenance_lock(self, stack: str, operation: Operation) -> Iterator[None]:
        """Hold the lock in the registry's namespace."""
        from cli.kubernetes.collection import recover

        command = maintenance_target(operation)
        with (
            self._errors(f"The {operation} of stack {stack} failed", command, stack),
            hold_lock(self._lock_store(stack), operation, stack),
        ):
            recover(self._cluster, self._settings, stack)
            yield

    def collect_garbage(
        self,
        stack: str,
        outputs: Mapping[str, Any],
        read_versions: Callable[[], Mapping[str, str]],
        *,
        apply: bool,
    ) -> None:
        """Collect garbage in the cluster."""
        from cli.collection import collect_garbage
        from cli.kubernetes.collection import KubernetesRegistry

        with self.maintenance_lock(stack, Operation.GARBAGE_COLLECTION):
            registry = KubernetesRegistry(self._cluster, self._settings, stack, outputs)
            collect_garbage(registry, stack, read_versions, apply=apply)

    def inspection(self, record: Record) -> Inspection:
        """Inspect the cluster."""
        from cli.kubernetes.inspection import KubernetesInspection

        ensure_packages()
        return KubernetesInspection(self._cluster, self._settings, record.stack, record)

    def unlock(self, stack: str) -> None:
        """Remove the lock in the registry's namespace, and what its holder left."""
        with self._errors(LOCK_FAILED.format(stack), "unlock", stack):
            break_lock(self._lock_store(stack), stack)
            self._recover(stack)

    def _recover(self, stack: str) -> None:
        """Make the registry writable again if an interrupted operation made it read-only.

        :raises CommandError: if such an operation is still running.
        """
        from cli.kubernetes.collection import needs_recovery

        found = self._find_lock(stack)
        is_changed = found is not None and not found.holder.operation.allows_updates
        if is_changed or needs_recovery(self._cluster, self._settings):
            with self.maintenance_lock(stack, Operation.RECOVERY):
                pass

    def _find_lock(self, stack: str) -> Lock | None:
        """Return the lock; None without the permission, which updates do not require."""
        from kubernetes import client

        try:
            return self._lock_store(stack).find()
        except client.ApiException as error:
            if is_refused(error):
                return None
            raise

    def _lock_store(self, stack: str) -> KubernetesLockStore:
        name, namespace = self._settings.container_name, self._settings.kubernetes.namespace
        return KubernetesLockStore(self._cluster, name, namespace, stack_owner(stack))

    def remove(self, pulumi: Pulumi, stack: str, *, purge: bool, confirmed: bool) -> None:
        """Remove the registry, and its packs with ``purge``."""
        with self._errors(LOCK_FAILED.format(stack), "down", stack):
            ensure_unlocked(self._find_lock(stack), stack)
        removal = Removal(pulumi, self._cluster, stack, self._settings, purge=purge)
        with self._errors(
            f"The registry of stack {stack} could not be removed completely",
            "down PURGE=1" if purge else "down",
            stack,
        ):
            removal.run(confirmed=confirmed)

    def _ensure_not_running_elsewhere(self, pulumi: Pulumi, stack: str) -> None:
        """Check that no registry of a stack without state runs.

        :raises CommandError: if one runs.
        """
        name, namespace = self._settings.container_name, self._settings.kubernetes.namespace
        found = self._cluster.find("Deployment", name, namespace)
        if found is None or not owns(stack_owner(stack), found):
            return
        raise CommandError(
            f"A registry of stack {stack} already runs in namespace {namespace} of "
            f"{self._cluster.url} (deployment {name}). No changes were made. The selected backend "
            "has no state for it. If another checkout or machine created it, remove it there with "
            f"`{make_command('down', stack)}`, or use another stack name and containerName here. "
            f"If its state is lost, {restore_hint(pulumi, stack)}. Without a backup, remove it "
            f"with `kubectl delete deployment {name} --namespace {namespace}`."
        )

    @contextlib.contextmanager
    def _errors(self, problem: str, command: str, stack: str) -> Iterator[None]:
        try:
            yield
        except api_error_classes() as error:
            raise CommandError(
                f"{problem}: Kubernetes error ({describe_error(error)}). Fix it, then run "
                f"`{make_command(command, stack)}`."
            ) from None
