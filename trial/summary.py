"""What a trial prints when it is up: how to reach it, and what the next trial replaces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cli.console import info, make_command
from cli.docker.inventory import Inventory
from cli.settings import readable_settings, success_message
from components.docker.addresses import reachable_address
from components.docker.engine import DockerEngine
from components.settings import Settings, StorageKind, TlsMode

CA_COMMAND = "--silent try-ca"
"""The target that prints the CA certificate. Without `--silent`, make may add lines to it."""

_GENERATED = (TlsMode.SELF_SIGNED, TlsMode.PRIVATE_CA)
"""Modes in which each trial has another certificate."""


@dataclass(frozen=True)
class Summary:
    """How to reach a trial, and how it differs from a stack."""

    stack: str
    host: DockerEngine
    outputs: dict[str, Any]
    earlier: Inventory | None
    """What the trial had that this one replaced; None if there was none, or an incomplete one."""
    stays: bool
    """Whether the trial keeps running when the command ends."""

    def show(self, *, secrets: bool) -> None:
        """Print it.

        :param secrets: whether the passwords were shown.
        """
        settings = readable_settings(self.stack)
        is_generated = settings.tls.mode in _GENERATED
        new = "new passwords and a new certificate" if is_generated else "new passwords"
        info(
            f"{success_message(settings)} This is a trial: it has no state, and each trial has "
            f"{new}. {self._place_of_packs(settings)}"
        )
        if self.earlier:
            self._show_replaced(self.earlier, settings, is_generated=is_generated)
        info(f"To send a request: {self._request(settings)}")
        if not secrets:
            self._explain_passwords(settings, is_generated=is_generated)

    def _place_of_packs(self, settings: Settings) -> str:
        kind = settings.storage.kind
        if kind in (StorageKind.VOLUME, StorageKind.MEMORY):
            return "Its packs are removed with it."
        if kind is StorageKind.PATH:
            return f"Its packs stay in {self.outputs['dataVolume']} on the Docker host."
        return f"Its packs stay in the storage of kind {kind.value}."

    def _show_replaced(self, earlier: Inventory, settings: Settings, *, is_generated: bool) -> None:
        kind = settings.storage.kind
        keeps_packs = kind is not StorageKind.MEMORY and (
            kind is not StorageKind.VOLUME or self.outputs["dataVolume"] in earlier.volumes
        )
        packs = "same packs" if keeps_packs else "no packs of it"
        new = "new certificate and passwords" if is_generated else "new passwords"
        fetch = make_command(CA_COMMAND, self.stack)
        again = f" Fetch its CA certificate again: `{fetch} > ca.crt`." if is_generated else ""
        info(f"Replaced the earlier trial of stack {self.stack}: {new}, {packs}.{again}")

    def _explain_passwords(self, settings: Settings, *, is_generated: bool) -> None:
        if not self.stays:
            command = make_command("try SECRETS=1", self.stack)
            info(
                f"To show passwords, press Ctrl-C and run `{command}`, which starts another trial."
            )
            return
        replaced = "certificate and passwords" if is_generated else "passwords"
        is_in_memory = settings.storage.kind is StorageKind.MEMORY
        packs = "removes its packs" if is_in_memory else "keeps its packs"
        command = make_command("try DETACH=1 SECRETS=1", self.stack)
        info(
            f"To create it again and show its passwords, run `{command}`. "
            f"This replaces its {replaced}, and {packs}."
        )

    def _request(self, settings: Settings) -> str:
        """Return a command that sends a request to the registry."""
        address = reachable_address(self.host, settings.bind_address)
        curl = _curl_command(self.outputs["healthUrl"], address)
        if not self.outputs["caCertificate"]:
            return curl
        trusting = curl.replace("curl", "curl --cacert ca.crt", 1)
        return f"{make_command(CA_COMMAND, self.stack)} > ca.crt && {trusting}"


def _curl_command(url: str, address: str) -> str:
    """Build a command that requests a URL, at the registry's address if DNS may not know it."""
    hostname = urlsplit(url).hostname
    if hostname == address or (hostname == "localhost" and address == "127.0.0.1"):
        return f"curl {url}"
    bracketed = f"[{address}]" if ":" in address else address
    return f"curl --connect-to '::{bracketed}:' {url}"
