"""Garbage collection of a registry in a Kubernetes cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cli import interrupts
from cli.client_outputs import passwords_of, trust_of
from cli.collection import Size, Versions
from cli.console import CommandError, info
from cli.owners import stack_owner
from common.errors import UserError
from common.wait import wait_until
from components.kubernetes.cluster import Cluster
from components.kubernetes.collector import Collector
from components.kubernetes.errors import api_error_classes, describe_error
from components.kubernetes.plan import kubernetes_plan
from components.kubernetes.post_update import finish_update
from components.kubernetes.read_only import is_read_only, set_read_only
from components.servers.distribution.collection import Collection
from components.servers.distribution.environment import READ_ONLY
from components.servers.server import registry_server
from components.settings import Settings

RETURN_SECONDS = 60.0
"""Time in which the cluster's API may fail, until the registry is writable again."""


@dataclass(frozen=True)
class KubernetesRegistry:
    """A registry that is collected (``cli.collection.CollectedRegistry``)."""

    cluster: Cluster
    settings: Settings
    stack: str
    outputs: Mapping[str, Any]
    """The stack's outputs, with secrets."""

    @property
    def image(self) -> str:
        """The server's image."""
        return self.settings.server_image

    def can_collect(self) -> bool:
        """Ask the image."""
        return self._collector.can_collect()

    def versions(self) -> Versions | None:
        """Only the server reads the storage."""
        return None

    def collect(self, *, dry_run: bool) -> Collection:
        """Run a pod of the server's image."""
        return self._collector.collect(dry_run=dry_run)

    def size(self, found: Collection) -> Size:  # noqa: ARG002 - see CollectedRegistry
        """Only the server reads the storage."""
        return None

    def wait_for_uploads(self, retry: str) -> None:
        """Running uploads are unknown. A pod that stops waits for its running requests."""

    def serve_read_only(self) -> None:
        """Replace all pods by read-only ones."""
        self._set_read_only(enabled=True)

    def resume_writing(self) -> None:
        """Replace all pods by ones that accept pushes."""
        errors: list[Exception] = []

        def has_resumed() -> bool:
            try:
                self._collector.remove()
                self._set_read_only(enabled=False)
            except api_error_classes() as error:
                errors.append(error)
                return False
            return True

        if not wait_until(has_resumed, RETURN_SECONDS, interval=1.0):
            raise UserError(
                f"The pods could not be replaced: {describe_error(errors[-1])}. The registry "
                "rejects pushes until they are. Fix the error, then run `make up`."
            )

    def verify(self) -> None:
        """Verify the registry as an update does."""
        plan = kubernetes_plan(self.settings, registry_server(self.settings).process)
        outputs = self.outputs
        finish_update(self.cluster, plan, passwords_of(outputs), trust_of(outputs))

    @property
    def _collector(self) -> Collector:
        name, namespace = self.settings.container_name, self.settings.kubernetes.namespace
        return Collector(self.cluster, name, namespace, stack_owner(self.stack))

    def _set_read_only(self, *, enabled: bool) -> None:
        name, namespace = self.settings.container_name, self.settings.kubernetes.namespace
        set_read_only(self.cluster, name, namespace, READ_ONLY, enabled=enabled)


def needs_recovery(cluster: Cluster, settings: Settings) -> bool:
    """Return whether an operation made the registry read-only."""
    name, namespace = settings.container_name, settings.kubernetes.namespace
    return is_read_only(cluster, name, namespace, READ_ONLY)


def recover(cluster: Cluster, settings: Settings, stack: str) -> None:
    """Make the registry writable again if an interrupted operation left it read-only.

    :raises CommandError: if its pods are not replaced.
    """
    if not needs_recovery(cluster, settings):
        return
    info("Replacing the pods, which an interrupted operation made read-only")
    try:
        with interrupts.ignored():
            KubernetesRegistry(cluster, settings, stack, {}).resume_writing()
    except UserError as error:
        raise CommandError(str(error)) from None
