"""The outputs of a registry's stack that consumers use."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import pulumi


@dataclass(frozen=True)
class Registry:
    """A registry of another stack."""

    server: pulumi.Output[str]
    """Host and, if it is not 443, port, as Docker and Kubernetes name the registry."""
    ca_certificate: pulumi.Output[str]
    """PEM certificates that clients must trust. Empty for plain HTTP."""
    passwords: pulumi.Output[dict[str, str]]
    """Password by user; secret."""

    @classmethod
    def of_stack(cls, name: str) -> Registry:
        """Read the outputs of a stack.

        :param name: `organization/project/stack`. The organization of a file backend is
            `organization`.
        """
        stack = pulumi.StackReference(name)
        return cls(
            server=stack.require_output("endpoint").apply(lambda url: urlsplit(url).netloc),
            ca_certificate=stack.require_output("caCertificate"),
            passwords=stack.require_output("users"),
        )
