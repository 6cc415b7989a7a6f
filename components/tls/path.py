"""Finds chains that no client accepts, as Go and OpenSSL verify them (RFC 5280, section 6).

Each reason completes a message that names the certificate.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from components.tls import der
from components.tls.name_constraints import Names, forbidden_names, known_kinds

if TYPE_CHECKING:
    from cryptography import x509

    Extension = TypeVar("Extension", bound=x509.ExtensionType)

HANDLED_EXTENSIONS = frozenset(
    f"2.5.29.{part}" for part in (15, 17, 19, 30, 31, 32, 33, 36, 37, 54)
)
"""Critical extensions that Go and OpenSSL process. RFC 5280 forbids clients to ignore others."""
NEVER_CRITICAL = frozenset({"2.5.29.14", "2.5.29.35", "1.3.6.1.5.5.7.1.1"})
"""Extensions that must not be critical, which :mod:`components.tls.encoding` checks."""

PROXY_INFORMATION = bytes.fromhex("2b0601050507010e")
NAME_CONSTRAINTS = bytes.fromhex("551d1e")
NETSCAPE_TYPE = bytes.fromhex("6086480186f8420101")
"""OpenSSL still obeys this extension, which predates the extended key usage."""

ANY_POLICY = "2.5.29.32.0"
RSA, ECDSA = "1.2.840.113549.1.1.", "1.2.840.10045.4.3."
SIGNATURES = {
    *(RSA + part for part in ("11", "12", "13")),
    *(ECDSA + part for part in ("2", "3", "4")),
    "1.3.101.112",
}
"""RSA (PKCS #1) and ECDSA with SHA-256, SHA-384 and SHA-512, and Ed25519."""
PSS_SIGNATURES = frozenset(
    bytes.fromhex(
        f"304106092a864886f70d01010a3034a00f300d06096086480165030402{number}0500a11c301a06092a8648"
        f"86f70d010108300d06096086480165030402{number}0500a2030201{salt}"
    )
    for number, salt in (("01", "20"), ("02", "30"), ("03", "40"))
)
"""RSA-PSS with the parameters that Go and TLS 1.3 know (RFC 8446, 4.2.3)."""

ROLES = {"server": "1.3.6.1.5.5.7.3.1", "client": "1.3.6.1.5.5.7.3.2"}


def check_path(
    path: Sequence[x509.Certificate], role: str, below: int = 0
) -> Iterator[tuple[int, str]]:
    """Find out why clients reject certificates that each were issued by the next one.

    :param path: the certificates, the trusted one last.
    :param role: what the first certificate is for: `server` or `client`.
    :param below: the number of certificates that the first one will issue directly: 0 or 1.
    :returns: the index of a certificate, and the reason.
    """
    for index, certificate in enumerate(path):
        yield from ((index, reason) for reason in _critical_extensions(certificate))
        if role == "server":
            yield from ((index, reason) for reason in _refused_by_openssl(certificate))
        if index < len(path) - 1 and not has_accepted_signature(certificate):
            yield index, _signature_reason(certificate)
        if index + below:
            is_last = index == len(path) - 1
            for reason in _issuer(certificate, index + below - 1, role, is_last=is_last):
                yield index, reason
    for certificate, issuer in pairwise(path[: 2 - below]):
        # Clients may trust an intermediate certificate, so only the first link is always needed.
        yield from ((0, reason) for reason in _link(certificate, issuer))
    yield from _policies(path, below)


def has_accepted_signature(certificate: x509.Certificate) -> bool:
    """Report whether clients accept the algorithm of a certificate's signature."""
    if certificate.signature_algorithm_oid.dotted_string in SIGNATURES:
        return True
    return der.raw_certificate(certificate).algorithm in PSS_SIGNATURES


def _signature_reason(certificate: x509.Certificate) -> str:
    from cryptography.exceptions import UnsupportedAlgorithm

    algorithm = certificate.signature_algorithm_oid.dotted_string
    try:
        used = certificate.signature_hash_algorithm
        name = used.name.upper().replace("SHA1", "SHA-1") if used else algorithm
    except UnsupportedAlgorithm:
        name = algorithm
    if algorithm.startswith(RSA + "10"):
        name = "RSA-PSS and unusual parameters"
    return (
        f"is signed with {name}, which clients reject. "
        "Have its CA issue it again with SHA-256, and RSA, ECDSA or Ed25519."
    )


def _critical_extensions(certificate: x509.Certificate) -> Iterator[str]:
    for found in certificate.extensions:
        oid = found.oid.dotted_string
        if found.critical and oid not in HANDLED_EXTENSIONS | NEVER_CRITICAL:
            yield (
                f"has an unknown critical extension ({oid}), so clients must reject it "
                "(RFC 5280, 4.2). Issue it again without this extension."
            )
        elif found.critical and not known_kinds(found.value):
            yield (
                f"has a critical extension ({oid}) with kinds of names that clients written in Go "
                "do not process. Issue it again with DNS names and IP addresses only."
            )


def _refused_by_openssl(certificate: x509.Certificate) -> Iterator[str]:
    """Find extensions that OpenSSL rejects, and Go and ``cryptography`` ignore."""
    extensions = der.raw_certificate(certificate).extensions
    if PROXY_INFORMATION in extensions:
        yield (
            "is a proxy certificate (RFC 3820), which OpenSSL rejects. "
            "Set a certificate that a CA issued."
        )
    try:
        netscape_type(certificate)
    except ValueError:
        yield "has an unreadable Netscape certificate type. Issue it again without `nsCertType`."
    _, constraints = extensions.get(NAME_CONSTRAINTS, (False, b""))
    subtrees = [
        tree
        for group in der.elements(constraints)
        for subset in der.elements(group.content)
        for tree in der.elements(subset.content)
    ]
    if any(len(der.elements(tree.content)) > 1 for tree in subtrees):
        yield (
            "has name constraints with a minimum or a maximum (RFC 5280, 4.2.1.10), which OpenSSL "
            "rejects. Issue it again with plain name constraints."
        )


def netscape_type(certificate: x509.Certificate) -> int | None:
    """Return the bits of the Netscape certificate type. None if there is none.

    :raises ValueError: if it is unreadable.
    """
    extensions = der.raw_certificate(certificate).extensions
    if NETSCAPE_TYPE not in extensions:
        return None
    [bits] = der.elements(extensions[NETSCAPE_TYPE][1])
    if bits.tag != der.BIT_STRING:
        raise ValueError
    return bits.content[1] if len(bits.content) > 1 else 0


def _issuer(
    certificate: x509.Certificate, intermediates: int, role: str, *, is_last: bool
) -> Iterator[str]:
    """Check that a certificate may be above others (RFC 5280, 6.1.4).

    :param intermediates: the number of CA certificates below it.
    """
    from cryptography import x509

    basic = extension(certificate, x509.BasicConstraints)
    is_old_root = certificate.version is x509.Version.v1 and is_last and is_self_issued(certificate)
    if not (basic.ca if basic else is_old_root):
        yield (
            "is not a CA certificate (its basicConstraints are not CA:TRUE). "
            "Set the certificate of the CA that issues the server certificate."
        )
    if basic and basic.path_length is not None and intermediates > basic.path_length:
        yield (
            f"allows {basic.path_length} CA certificates below it (path length), "
            f"but there are {intermediates}. Issue the certificates from a CA further up."
        )
    usage = extension(certificate, x509.KeyUsage)
    if usage and not usage.key_cert_sign:
        yield (
            "may not sign certificates (key usage has no keyCertSign), so clients reject what it "
            "issues. Issue the CA certificate again with keyCertSign."
        )
    if not allows(certificate, role):
        yield (
            f"is not for {role} certificates (extended key usage), so clients reject what it "
            f"issues. Use a CA that has no extended key usage, or one with {role}Auth."
        )


def allows(certificate: x509.Certificate, role: str) -> bool:
    """Report whether the extended key usage allows a role (RFC 5280, 4.2.1.12).

    OpenSSL, which verifies servers here as curl does, does not take the usage "any" for one. A
    server written in Go takes it for a client's.
    """
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    uses = extension(certificate, x509.ExtendedKeyUsage)
    if uses is None or ROLES[role] in {use.dotted_string for use in uses}:
        return True
    return role == "client" and ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in uses


def _link(certificate: x509.Certificate, issuer: x509.Certificate) -> Iterator[str]:
    """Check the key identifiers, by which OpenSSL finds the issuer of a certificate."""
    from cryptography import x509

    wanted = extension(certificate, x509.AuthorityKeyIdentifier)
    known = extension(issuer, x509.SubjectKeyIdentifier)
    if wanted is None:
        return
    has_other_key = wanted.key_identifier and known and wanted.key_identifier != known.digest
    has_other_serial = wanted.authority_cert_serial_number not in {None, issuer.serial_number}
    if has_other_key or has_other_serial:
        yield (
            "names another issuer's key (authority key identifier) than the next certificate's, "
            "so OpenSSL does not find its issuer. Set the CA certificate that issued it."
        )


def check_names(
    path: Sequence[x509.Certificate], names: Names | None = None
) -> Iterator[tuple[int, str]]:
    """Check the names below each CA against its name constraints (RFC 5280, 4.2.1.10).

    :param path: as for :func:`check_path`.
    :param names: what the first certificate will certify, if it is a CA.
    :returns: the index of a certificate, and the reason.
    """
    from cryptography import x509

    below = [names] if names else []
    for index, certificate in enumerate(path):
        constraints = extension(certificate, x509.NameConstraints)
        if constraints and (
            forbidden := [name for names in below for name in forbidden_names(constraints, names)]
        ):
            reason = (
                f"does not allow {', '.join(dict.fromkeys(forbidden))} (name constraints), so "
                "clients reject what it issues. Use a CA that allows these names."
            )
            yield index, reason
        below.append(Names.of(certificate, is_leaf=index == 0 and not names))


def _policies(path: Sequence[x509.Certificate], below: int) -> Iterator[tuple[int, str]]:
    """Check that a path has a policy if one of its certificates requires it (RFC 5280, 6.1.5)."""
    from cryptography import x509

    valid: set[str] | None = set() if below else None
    for certificate in path[:-1]:  # the policies of the trusted certificate do not count
        policies = extension(certificate, x509.CertificatePolicies) or ()
        found = {policy.policy_identifier.dotted_string for policy in policies}
        if ANY_POLICY not in found:
            valid = found if valid is None else valid & found
    for index, certificate in enumerate(path[:-1]):
        required = extension(certificate, x509.PolicyConstraints)
        skipped = required.require_explicit_policy if required else None
        if skipped is not None and skipped <= index + below and valid is not None and not valid:
            reason = (
                "requires a certificate policy that the certificates below it do not share (policy "
                "constraints). Issue them again with that policy."
            )
            yield index, reason


def is_self_issued(certificate: x509.Certificate) -> bool:
    """Report whether a certificate names itself as its issuer."""
    return certificate.issuer == certificate.subject


def extension(certificate: x509.Certificate, kind: type[Extension]) -> Extension | None:
    """Return the value of an extension. None if the certificate does not have it."""
    from cryptography import x509

    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
