"""The server certificate, as the other packages use it."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.tls import inspection


@dataclass(frozen=True)
class Certificate:
    """The certificate that the server presents, and the certificates that its clients trust."""

    trust_pem: pulumi.Output[str]
    """PEM certificates that clients must trust; empty if they trust the certificate already."""
    chain_and_key: tuple[pulumi.Output[str], pulumi.Output[str]] | None = None
    """The certificate chain and the private key (secret), in PEM. None if the server obtains both
    from an ACME server."""
    not_after: pulumi.Output[str] | None = None
    """End of the validity (RFC 3339). None if the server obtains the certificate itself."""

    @property
    def fingerprint(self) -> pulumi.Output[str] | None:
        """SHA-256 of the DER form in lower-case hex. None if the server obtains the certificate."""
        return self.chain_and_key[0].apply(inspection.fingerprint) if self.chain_and_key else None
