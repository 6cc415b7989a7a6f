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
from components.docker.names import data_volume
from components.settings import Settings, TlsMode

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

    @property
    def _data(self) -> str:
        """Volume or directory of the packs on the Docker host; empty if they are elsewhere."""
        return str(self.outputs["dataVolume"])

    def _place_of_packs(self, settings: Settings) -> str:
        storage = settings.storage
        if self._data.startswith("/"):
            return f"Its packs stay in {self._data} on the Docker host."
        if data_volume(settings.container_name, storage) or self._is_in_memory(settings):
            return "Its packs are removed with it."
        return f"Its packs stay in the storage of kind {storage.kind.value}."

    def _is_in_memory(self, settings: Settings) -> bool:
        return not self._data and not settings.storage.s3.bucket

    def _show_replaced(self, earlier: Inventory, settings: Settings, *, is_generated: bool) -> None:
        volume = data_volume(settings.container_name, settings.storage)
        is_new = volume not in earlier.volumes if volume else self._is_in_memory(settings)
        packs = "no packs of it" if is_new else "same packs"
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
        packs = "removes its packs" if self._is_in_memory(settings) else "keeps its packs"
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
