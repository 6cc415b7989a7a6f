"""A stack's OCI registry, with the credentials and the CA of the stack's outputs."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cli.console import CommandError
from cli.pulumi.binary import require_pulumi
from cli.pulumi.stack import read_outputs
from cli.stack_file import no_registry, read_config
from common.packs import archive_prefix, pack_repository

if TYPE_CHECKING:
    from packs.registry import PackRegistryClient

REQUESTS = 4
"""Manifests that are read at the same time."""


@dataclass(frozen=True)
class StackRegistry:
    """The outputs of a stack with a registry."""

    stack: str
    outputs: Mapping[str, Any]

    @property
    def is_oci(self) -> bool:
        """Whether the registry has flavor oci."""
        return urlsplit(str(self.outputs["catalogUrl"])).path.startswith("/v2/")

    @property
    def base_content_path(self) -> str:
        """Path before ``spectro-packs/archive`` in the repositories of packs."""
        return str(self.outputs["consoleRegistration"]["baseContentPath"])

    @property
    def server(self) -> str:
        """Host and port of the registry, as clients name it."""
        return urlsplit(str(self.outputs["endpoint"])).netloc

    def pack_name(self, name: str) -> str:
        """Return the name of a pack in a registry of flavor oci.

        :param name: its name, or its repository.
        """
        return name.removeprefix(archive_prefix(self.base_content_path))

    def repository(self, name: str) -> str:
        """Return the repository of a pack. The name may be that of the repository."""
        return pack_repository(self.base_content_path, self.pack_name(name))

    def client(self) -> PackRegistryClient:
        """Return a client with the rights of admin.

        :raises CommandError: if the password is unknown.
        """
        from cli.client_outputs import trust_of
        from components.verification.tls_client import tls_context
        from packs.registry import PackRegistryClient

        outputs = self.outputs
        if not outputs["adminPassword"]:
            raise CommandError(
                f"The password of admin of stack {self.stack} is unknown, because the settings "
                "have its hash. Set a password, or remove bcrypt, and run `make up`."
            )
        return PackRegistryClient(
            outputs["endpoint"],
            outputs["adminUsername"],
            outputs["adminPassword"],
            tls_context(trust_of(outputs)),
        )

    def versions(self) -> dict[str, str]:
        """Return the digests of all manifests by `PACK:VERSION`; empty ones if they are missing.

        :raises UserError: if the registry does not answer.
        """
        client = self.client()
        names = [(pack, tag) for pack in client.repositories() for tag in client.tags(pack)]

        def digest(name: tuple[str, str]) -> str:
            manifest = client.manifest(*name)
            return manifest.digest if manifest else ""

        with ThreadPoolExecutor(REQUESTS) as pool:
            digests = pool.map(digest, names)
            return {
                f"{pack}:{tag}": found for (pack, tag), found in zip(names, digests, strict=True)
            }


def read_registry(stack: str) -> StackRegistry:
    """Read the outputs of a stack's registry.

    :raises CommandError: if there is no registry.
    """
    read_config(stack)
    outputs = read_outputs(require_pulumi(), stack, secrets=True)
    if not outputs:
        raise no_registry(stack)
    return StackRegistry(stack, outputs)
