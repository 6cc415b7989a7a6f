"""Explains TLS errors: what OpenSSL reports, and what the user can do about it."""

from __future__ import annotations

from collections.abc import Iterable

OTHER_SERVICE = "If another service uses this port, change port."
ISSUE_AGAIN = "Have the certificate issued again, or set tls.mode to self-signed or private-ca."

TLS_ADVICE: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("certificate has expired",),
        (
            "The server's certificate or one of its CAs has expired. Renew it. If it is still "
            "valid, correct the clock of this machine. Then update again."
        ),
    ),
    (
        ("certificate is not yet valid",),
        (
            "The server's certificate or one of its CAs is not valid yet. Correct the clock of "
            "this machine, or set a certificate that is valid now. Then update again."
        ),
    ),
    (
        ("hostname mismatch", "ip address mismatch", "doesn't match"),
        (
            "The server presents a certificate for other names. "
            f"{OTHER_SERVICE} Otherwise set a certificate that includes hostname."
        ),
    ),
    (
        ("permitted subtree violation", "excluded subtree violation", "name constraint"),
        (
            "A CA of the certificate does not allow the server's name (name constraints). "
            "Use a CA that allows hostname, or change hostname."
        ),
    ),
    (
        ("certificate purpose", "unsupported purpose"),
        (
            "The certificate is not for servers (key usage or extended key usage of the server's "
            "certificate or of a CA). Have it issued with digitalSignature and serverAuth."
        ),
    ),
    (
        ("md too weak", "digest algorithm too weak", "digest too weak"),
        (
            "A certificate is signed with a weak hash, for example SHA-1. "
            "Have it issued again with SHA-256."
        ),
    ),
    (
        ("key too weak", "key too small"),
        (
            "A certificate has a key that is too short. "
            "Have it issued for RSA of 2048 bits or more, or for an elliptic curve."
        ),
    ),
    (
        ("path length constraint exceeded",),
        (
            "A CA allows fewer CA certificates below it than the chain has (path length). "
            "Have the certificate issued by a CA further up."
        ),
    ),
    (
        ("invalid ca certificate", "key usage does not include certificate signing"),
        (
            "A certificate of the chain is not a CA's, or may not sign certificates. Check the "
            "basic constraints and the key usage of each issuer in the chain."
        ),
    ),
    (
        ("unhandled critical extension",),
        f"A certificate has a critical extension that clients do not know. {ISSUE_AGAIN}",
    ),
    (
        ("certificate signature failure",),
        (
            "The signature of a certificate does not match its issuer. "
            "Check that each certificate in the chain is followed by the CA that issued it."
        ),
    ),
    (
        (
            "self-signed certificate in certificate chain",
            "self signed certificate in certificate chain",
            "unable to get local issuer certificate",
            "unable to get issuer certificate",
            "unable to verify the first certificate",
        ),
        (
            "The server presents a certificate that the CAs in caCertificate did not issue. "
            f"{OTHER_SERVICE} Otherwise check that the chain holds every issuer. In tls.mode "
            "letsencrypt, check tls.letsencrypt.trustPem."
        ),
    ),
    (
        ("self-signed certificate", "self signed certificate"),
        (
            "The server presents a self-signed certificate that is not in caCertificate. "
            f"{OTHER_SERVICE} Otherwise run the update again, so that the server loads its "
            "current certificate."
        ),
    ),
    (
        ("certificate verify failed",),
        (
            "The certificate is not valid for the reason above. "
            f"{OTHER_SERVICE} Otherwise check the certificate, then update again."
        ),
    ),
    (
        ("wrong version number", "http request", "record layer failure"),
        (
            "The service on this port does not use TLS. "
            f"{OTHER_SERVICE} Otherwise check that no proxy answers instead."
        ),
    ),
    (
        ("alert certificate required", "alert unknown ca", "alert bad certificate"),
        (
            "The server rejects the client certificate. Set tls.clientCertificatePem and "
            "tls.clientPrivateKeyPem to a pair that one of tls.clientCas issued."
        ),
    ),
    (
        ("alert protocol version", "unsupported protocol", "alert handshake failure"),
        (
            "The server and this machine have no TLS version or cipher in common. Check "
            "tls.minimumTls and the image."
        ),
    ),
)
"""Parts of OpenSSL's and urllib3's messages in lower case, of all versions since 1.1.1, and the
fix. The first match counts."""


def tls_fix(responses: Iterable[str]) -> str | None:
    """Return the fix for a TLS error. None if no response is one."""
    text = " ".join(responses).lower()
    return next((fix for parts, fix in TLS_ADVICE if any(part in text for part in parts)), None)
