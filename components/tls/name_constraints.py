"""Name constraints of CAs (RFC 5280, 4.2.1.10), as Go and OpenSSL apply them.

The two differ for e-mail addresses and URIs. A name is forbidden here if one of them forbids it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from common.types.network import is_ip
from components.tls.encoding import is_valid_domain

if TYPE_CHECKING:
    from cryptography import x509

_MAILBOX = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[!-?A-~]+")
"""An address that Go parses; quoted local parts are refused here as well."""

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?"
_DNS_LIKE = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
"""A common name that OpenSSL takes for a DNS name if the certificate has no other."""


@dataclass(frozen=True)
class Names:
    """The names in a certificate that name constraints restrict."""

    dns: Sequence[str] = ()
    addresses: Sequence[str] = ()
    emails: Sequence[str] = ()
    uris: Sequence[str] = ()
    subject: x509.Name | None = None

    @classmethod
    def of(cls, certificate: x509.Certificate, *, is_leaf: bool) -> Names:
        """Return the names of a certificate.

        :param is_leaf: whether it is the first of its path.
        """
        from cryptography import x509

        subject = certificate.subject
        emails = subject.get_attributes_for_oid(x509.NameOID.EMAIL_ADDRESS)
        try:
            names = certificate.extensions.get_extension_for_class(
                x509.SubjectAlternativeName
            ).value
        except x509.ExtensionNotFound:
            names = x509.SubjectAlternativeName([])
        common_names = subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME) if is_leaf else []
        return cls(
            names.get_values_for_type(x509.DNSName)
            or _dns_like(str(name.value) for name in common_names),
            [str(address) for address in names.get_values_for_type(x509.IPAddress)],
            [
                *(str(email.value) for email in emails),
                *names.get_values_for_type(x509.RFC822Name),
            ],
            names.get_values_for_type(x509.UniformResourceIdentifier),
            subject if subject.rdns else None,
        )

    @classmethod
    def of_hosts(cls, hosts: Sequence[str], email: str = "") -> Names:
        """Return the names of a certificate that a CA will issue.

        :param hosts: its hosts; the first one is its common name.
        """
        return cls(
            [host for host in hosts if not is_ip(host)] or _dns_like(hosts[:1]),
            [host for host in hosts if is_ip(host)],
            [email] if email else [],
        )


def _dns_like(common_names: Iterable[str]) -> list[str]:
    """Return the common names to which OpenSSL applies constraints of DNS names."""
    # OpenSSL rejects a common name with a NUL inside, so no constraint permits it here either.
    names = [name.rstrip("\0") for name in common_names]
    return [name for name in names if _DNS_LIKE.fullmatch(name) or "\0" in name]


def known_kinds(value: x509.ExtensionType) -> bool:
    """Report whether Go processes the kinds of names in an extension."""
    from cryptography import x509

    known = (x509.DNSName, x509.IPAddress, x509.RFC822Name, x509.UniformResourceIdentifier)
    if isinstance(value, x509.SubjectAlternativeName):
        return any(isinstance(name, known) for name in value)
    if isinstance(value, x509.NameConstraints):
        bases = [*(value.permitted_subtrees or ()), *(value.excluded_subtrees or ())]
        return all(isinstance(base, known) for base in bases)
    return True


def forbidden_names(constraints: x509.NameConstraints, names: Names) -> Iterator[str]:
    """Return the names that the constraints do not allow."""
    from cryptography import x509

    checks: tuple[tuple[type[x509.GeneralName], Sequence[Any], Callable[..., bool]], ...] = (
        (x509.DNSName, names.dns, _is_dns_within),
        (x509.IPAddress, names.addresses, _is_address_within),
        (x509.RFC822Name, names.emails, _is_email_within),
        (x509.UniformResourceIdentifier, names.uris, _is_uri_within),
        (x509.DirectoryName, [names.subject] if names.subject else [], _is_name_within),
    )
    for kind, candidates, is_within in checks:
        permitted = _bases(constraints.permitted_subtrees, kind)
        excluded = _bases(constraints.excluded_subtrees, kind)
        for name in candidates:
            is_permitted = not permitted or any(
                is_within(name, base, is_excluded=False) for base in permitted
            )
            if not is_permitted or any(
                is_within(name, base, is_excluded=True) for base in excluded
            ):
                yield name if isinstance(name, str) else name.rfc4514_string()


def _bases(subtrees: Sequence[x509.GeneralName] | None, kind: type[x509.GeneralName]) -> list[Any]:
    return [base.value for base in subtrees or () if isinstance(base, kind)]


def _is_dns_within(name: str, base: str, *, is_excluded: bool) -> bool:
    if not is_valid_domain(name):
        return is_excluded
    name, base = name.lower(), base.lower()
    if is_excluded and name.startswith("*.") and base.partition(".")[2] == name[2:]:
        return True  # the wildcard includes the excluded host
    return not base or name == base or name.endswith(base if base[0] == "." else f".{base}")


def _is_address_within(
    name: str, base: ipaddress.IPv4Network | ipaddress.IPv6Network, **_: bool
) -> bool:
    return ipaddress.ip_address(name) in base


def _is_email_within(name: str, base: str, *, is_excluded: bool) -> bool:
    if not _MAILBOX.fullmatch(name):
        return is_excluded  # clients can't compare it, so they reject it
    if "@" in base:
        local, _, domain = base.rpartition("@")
        return (
            name.rpartition("@")[0] == local and name.rpartition("@")[2].lower() == domain.lower()
        )
    return _is_host_within(name.rpartition("@")[2], base, is_excluded=is_excluded)


def _is_uri_within(name: str, base: str, *, is_excluded: bool) -> bool:
    host = urlsplit(name).hostname
    if not host or is_ip(host):
        return is_excluded  # clients can't compare it, so they reject it
    return _is_host_within(host, base, is_excluded=is_excluded)


def _is_host_within(host: str, base: str, *, is_excluded: bool) -> bool:
    host, base = host.lower(), base.lower()
    if base.startswith("."):
        return host.endswith(base)
    return host == base or (is_excluded and (not base or host.endswith(f".{base}")))


def _is_name_within(name: x509.Name, base: x509.Name, **_: bool) -> bool:
    return list(name.rdns)[: len(base.rdns)] == list(base.rdns)
