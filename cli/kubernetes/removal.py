"""Removal of a registry from a Kubernetes cluster."""

from __future__ import annotations

from dataclasses import dataclass

from cli.console import CommandError, info, make_command
from cli.pulumi.binary import Pulumi
from cli.pulumi.stack import STACK_REMOVAL_HINT, destroy, ensure_stack, is_up
from cli.purge import confirm_purge
from components.kubernetes import names
from components.kubernetes.cluster import Cluster
from components.settings import Settings, StorageKind


@dataclass(frozen=True)
class Removal:
    """The removal of one registry."""

    pulumi: Pulumi
    cluster: Cluster
    stack: str
    settings: Settings
    purge: bool

    def run(self, *, confirmed: bool) -> None:
        """Remove the registry.

        :raises CommandError: if Pulumi fails, or the packs may not be deleted.
        """
        is_recorded = is_up(self.pulumi, self.stack)
        if self.purge and self._claim and not confirmed:
            confirm_purge(self.stack, f"the volume claim {self._claim}")
        if is_recorded:
            ensure_stack(self.pulumi, self.stack)
            self._destroy()
        removed = (
            "The registry was removed."
            if is_recorded
            else f"The registry of stack {self.stack} was not up."
        )
        hint = f" {STACK_REMOVAL_HINT}" if is_recorded else ""
        info(f"{removed} {self._finish()}{hint}")

    @property
    def _claim(self) -> str:
        """Name of the volume claim with the packs; empty for other kinds of storage."""
        return names.data_claim(self.settings.container_name, self.settings.storage)

    def _destroy(self) -> None:
        if not destroy(self.pulumi, self.stack):
            command = make_command("down PURGE=1" if self.purge else "down", self.stack)
            raise CommandError(
                f"Removal of stack {self.stack} failed. "
                f"Fix the error above and run `{command}` again."
            )

    def _finish(self) -> str:
        """Delete the packs if requested.

        :returns: where the packs are.
        """
        storage, namespace = self.settings.storage, self.settings.kubernetes.namespace
        if storage.kind is StorageKind.S3:
            return f"Its packs are in the bucket {storage.s3.bucket}, which was not changed."
        if not self._claim:
            return "Its packs were in memory."
        if self.purge:
            existed = self.cluster.delete_claim(self._claim, namespace)
            return "Its packs were deleted." if existed else "There were no packs."
        return (
            f"Its packs are kept in the volume claim {self._claim} of namespace {namespace} for "
            f"the next `{make_command('up', self.stack)}`. To delete them, run "
            f"`{make_command('down PURGE=1', self.stack)}`."
        )
