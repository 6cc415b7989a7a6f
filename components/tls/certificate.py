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
    chain: pulumi.Output[str] | None = None
    """The certificate chain in PEM. None if the server obtains it from an ACME server."""
    private_key: pulumi.Output[str] | None = None
    """The private key in PEM; secret. None if the program does not write it to the server's
    files."""
    not_after: pulumi.Output[str] | None = None
    """End of the validity (RFC 3339). None if the server obtains the certificate itself."""

    @property
    def fingerprint(self) -> pulumi.Output[str] | None:
        """SHA-256 of the DER form in lower-case hex. None if the server obtains the certificate."""
        return self.chain.apply(inspection.fingerprint) if self.chain else None
