"""What the commands can do with a registry on each target."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar, Protocol

from cli.pulumi.binary import Pulumi
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
