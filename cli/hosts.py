"""What the commands can do with a registry on each target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, ClassVar, Protocol

from cli.condition import Inspection
from cli.pulumi.binary import Pulumi
from cli.pulumi.record import Record
from components.maintenance.operation import Operation
from components.settings import Settings, Target


class Host(Protocol):
    """The Docker host or the cluster of one stack."""

    has_trials: ClassVar[bool]
    """Whether the program runs there without the Pulumi engine."""

    def ensure_ready(self) -> None:
        """Check that it responds, and start or install what this machine allows.

        :raises CommandError: if it does not respond.
        """

    def prepare(self, pulumi: Pulumi, stack: str, command: str) -> None:
        """Provide what an update or a preview needs, and create or recover the stack.

        :param command: the command's name, for messages.
        :raises CommandError: if the registry belongs to another backend, checkout or machine.
        """

    def ensure_no_trial(self, stack: str) -> None:
        """Check that a trial does not use the objects of the stack.

        :raises CommandError: if one does.
        """

    def describe_registry(self, stack: str) -> str:
        """After a failed update, return a sentence that says whether the registry answers."""

    def explain_failure(self, pulumi: Pulumi, stack: str) -> None:
        """After a failed command, print what the host knows about the cause."""

    def maintenance_lock(self, stack: str, operation: Operation) -> AbstractContextManager[None]:
        """Exclude other operations on the registry, from any machine, until the block ends.

        Before the block, it removes what an interrupted operation left.

        :raises CommandError: if another process holds the lock, or the host returns an error.
        """

    def collect_garbage(
        self,
        stack: str,
        outputs: Mapping[str, Any],
        read_versions: Callable[[], Mapping[str, str]],
        *,
        apply: bool,
    ) -> None:
        """Report blobs that no version refers to, and remove them with ``apply``.

        :param outputs: the stack's outputs, with secrets.
        :param read_versions: asks the server for the digests of all manifests by `PACK:VERSION`.
        :raises CommandError: if it fails. Pushes are accepted as before.
        """

    def inspection(self, record: Record) -> Inspection:
        """Return what ``make status`` asks the host.

        :param record: Pulumi's record of the stack.
        """

    def unlock(self, stack: str) -> None:
        """Remove the lock of a process that has ended, and what it left.

        :raises CommandError: if the process still runs on this machine.
        """

    def remove(self, pulumi: Pulumi, stack: str, *, purge: bool, confirmed: bool) -> None:
        """Remove the registry.

        :param purge: whether to delete the packs, too.
        :param confirmed: whether the user agreed to that already.
        :raises CommandError: if something remains.
        """


def host_of(settings: Settings) -> Host:
    """Return the host of a stack's registry. The first request connects to it."""
    match settings.target:
        case Target.DOCKER:
            from cli.docker.host import DockerHost

            return DockerHost(settings)
        case Target.KUBERNETES:
            from cli.kubernetes.host import KubernetesHost

            return KubernetesHost(settings)
