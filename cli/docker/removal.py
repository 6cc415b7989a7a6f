"""Removal of a registry from a Docker host."""

from __future__ import annotations

from dataclasses import dataclass

from cli.console import CommandError, info, make_command
from cli.docker.install import engine_errors_reported
from cli.docker.inventory import (
    Inventory,
    containers_using,
    ensure_not_running_elsewhere,
    list_owned,
    remove_containers,
)
from cli.docker.previous_hosts import previous_hosts, unreachable_host_hint
from cli.docker.trial_notice import trial_notice
from cli.owners import stack_owner
from cli.pulumi.binary import Pulumi
from cli.pulumi.stack import (
    STACK_REMOVAL_HINT,
    destroy,
    ensure_stack,
    is_up,
    read_outputs,
    recorded_containers,
)
from cli.purge import confirm_purge
from common.labels import owning_stack
from components.docker.engine import DockerEngine
from components.docker.names import data_volume
from components.settings import Settings


@dataclass(frozen=True)
class Removal:
    """The removal of one registry."""

    pulumi: Pulumi
    host: DockerEngine
    stack: str
    settings: Settings
    purge: bool

    @property
    def command(self) -> str:
        """The command that the user typed."""
        return make_command("down PURGE=1" if self.purge else "down", self.stack)

    def run(self, *, confirmed: bool) -> None:
        """Remove the registry.

        :raises CommandError: if Docker or Pulumi fails, or the packs may not be deleted.
        """
        with engine_errors_reported(
            f"The registry of stack {self.stack} could not be removed completely", self.command
        ):
            self._run(confirmed=confirmed)

    def _run(self, *, confirmed: bool) -> None:
        """Check everything that could stop the removal first."""
        is_recorded = is_up(self.pulumi, self.stack)
        volume = self._data_volume() if is_recorded else self._configured_volume()
        previous = ""
        if is_recorded:
            previous = self._previous_host()
        else:
            ensure_not_running_elsewhere(self.pulumi, self.host, self.stack)
        if self.purge:
            self._ensure_purgeable(volume)
            if not confirmed:
                confirm_purge(self.stack, volume)
        if is_recorded:
            ensure_stack(self.pulumi, self.stack)
        found_orphans = self._remove_orphans()
        if is_recorded:
            self._destroy()
        if previous:
            result = (
                "The registry was removed. Packs that were in "
                f"{volume or 'a volume'} on {previous} are still there."
            )
        elif is_recorded or self.purge:
            result = self._finish(volume, is_recorded=is_recorded)
        else:
            else_ = " else" if found_orphans else ""
            notice = f" {found}" if (found := trial_notice(self.stack)) else ""
            result = (
                f"The registry of stack {self.stack} is not up. Nothing{else_} was removed.{notice}"
            )
        info(f"{result} {STACK_REMOVAL_HINT}" if is_recorded else result)

    def _data_volume(self) -> str:
        """Location of the packs according to the last update, otherwise to the config.

        A volume that mounts another server's directory has no packs. It is removed with the
        registry.
        """
        configured = self._configured_volume()
        if not configured:
            return ""
        recorded = read_outputs(self.pulumi, self.stack, secrets=False).get("dataVolume")
        return configured if recorded is None else str(recorded)

    def _configured_volume(self) -> str:
        """Volume or directory of the packs on the Docker host; empty if they are elsewhere."""
        settings = self.settings
        return data_volume(settings.container_name, settings.storage) or settings.storage.path

    def _previous_host(self) -> str:
        """Host of the registry if dockerHost has changed since the last update; else empty.

        :raises CommandError: if the packs would be purged on the wrong host.
        """
        hosts = previous_hosts(self.pulumi, self.stack, self.settings.docker_host)
        if not hosts:
            return ""
        if self.purge:
            raise CommandError(
                f"According to its state, the registry of stack {self.stack} is on {hosts[0]}, "
                f"but dockerHost is {self.settings.docker_host or 'not set'}. PURGE=1 would look "
                "for its packs on the wrong host. Nothing was removed. "
                f"Set dockerHost to {hosts[0]}, or run `{make_command('down', self.stack)}`."
            )
        return str(hosts[0])

    def _ensure_purgeable(self, volume: str) -> None:
        """Check that the volume belongs to the stack and that no other container uses it.

        Stacks with the same container name share a volume. Docker does not remove a volume that is
        in use, and would report that after the registry is gone.

        :raises CommandError: if it can't be removed.
        """
        if not volume or volume.startswith("/"):
            return
        if owner := self._other_owner(volume):
            raise CommandError(
                f"The volume {volume} has the packs of {owner}. Nothing was removed."
            )
        if users := containers_using(self.host, volume, except_of=stack_owner(self.stack)):
            raise CommandError(
                f"The volume {volume} is in use by {users}. Docker can't remove a volume that a "
                "container uses, even if the container has exited. Nothing was removed. "
                f"Remove {users}, then run `{self.command}` again."
            )

    def _other_owner(self, volume: str) -> str:
        """Return the other stack that created a volume; empty if there is none."""
        owner = owning_stack(self.host.volume_labels(volume) or {})
        return "" if owner == f"the stack {self.stack}" else owner

    def _remove_orphans(self) -> bool:
        """Remove containers that an interrupted update did not record. They use the volumes.

        :returns: whether there were any.
        """
        containers = list_owned(self.host, stack_owner(self.stack)).containers
        recorded = recorded_containers(self.pulumi, self.stack) if containers else set()
        orphans = {key: name for key, name in containers.items() if key not in recorded}
        if orphans:
            remove_containers(self.host, orphans)
            info(f"Removed {Inventory(orphans, [])}, left by an interrupted update")
        return bool(orphans)

    def _destroy(self) -> None:
        if destroy(self.pulumi, self.stack):
            return
        url = self.settings.docker_host
        if hint := unreachable_host_hint(self.pulumi, self.stack, url):
            info(hint)
        raise CommandError(
            f"Removal of stack {self.stack} failed. "
            f"Fix the error above and run `{self.command}` again."
        )

    def _finish(self, volume: str, *, is_recorded: bool) -> str:
        """Delete the packs if requested.

        :returns: what was removed, and where the packs are.
        """
        removed = (
            "The registry was removed."
            if is_recorded
            else f"The registry of stack {self.stack} was not up."
        )
        if not volume:
            return f"{removed} Its packs were not in a volume on the Docker host."
        if self.purge and not volume.startswith("/"):
            if self.host.remove_volume(volume):
                return f"{removed} Its packs were deleted."
            return f"{removed} The volume {volume} did not exist."
        return f"{removed} {self._kept_packs(volume)}"

    def _kept_packs(self, place: str) -> str:
        """Return where the packs are, and how to delete them, unless others use them."""
        is_directory = place.startswith("/")
        if users := self._other_users(place):
            kind = "directory" if is_directory else "volume"
            return f"Its packs are kept in the {kind} {place}, also used by {users}."
        if is_directory:
            return (
                f"Its packs are in your directory {place} on the Docker host. "
                f"To delete them, run `sudo rm -r {place}`."
            )
        if self.host.volume_labels(place) is None:
            return f"The volume {place} did not exist."
        return (
            f"Its packs are kept in the volume {place} for the next "
            f"`{make_command('up', self.stack)}`. "
            f"To delete them, run `{make_command('down PURGE=1', self.stack)}`."
        )

    def _other_users(self, place: str) -> str:
        """Return who else uses a volume or directory; empty if nothing does."""
        owner = "" if place.startswith("/") else self._other_owner(place)
        users = containers_using(self.host, place, except_of=stack_owner(self.stack))
        return owner or (str(users) if users else "")
