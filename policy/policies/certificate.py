"""Certificates: their keys, validity periods and names.

A certificate is a resource of the TLS provider, or a PEM file in a container.
"""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Iterator, Set

from pulumi_policy import Severity

from policy.policies.docker import CONTAINER
from policy.policies.pem import Key, chains, read_private_key, read_request
from policy.policy import Config, ResourcePolicy, number, string_list
from policy.resources import UNKNOWN, Resource

PRIVATE_KEY = "tls:index/privateKey:PrivateKey"
SELF_SIGNED = "tls:index/selfSignedCert:SelfSignedCert"
LOCALLY_SIGNED = "tls:index/locallySignedCert:LocallySignedCert"
REQUEST = "tls:index/certRequest:CertRequest"
CERTIFICATES = (SELF_SIGNED, LOCALLY_SIGNED)
HOURS_PER_DAY = 24


def _resource_key(resource: Resource) -> Key | None:
    """The key that the TLS provider generates, with its defaults, or a certificate's key."""
    if resource.type != PRIVATE_KEY:
        pem = resource.get("privateKeyPem")
        return read_private_key(pem) if isinstance(pem, str) else None
    algorithm = resource.get("algorithm")
    size: object = ""
    if algorithm == "RSA":
        size = resource.get("rsaBits", 2048)
    elif algorithm == "ECDSA":
        size = resource.get("ecdsaCurve", "P224")
    if UNKNOWN in (algorithm, size):
        return None
    return Key(str(algorithm), f"{size:g}" if isinstance(size, int | float) else str(size))


def _weakness(key: Key, config: Config) -> str | None:
    if key.algorithm == "RSA":
        return f"RSA with {key.size} bits" if int(key.size) < config["minRsaBits"] else None
    if key.algorithm == "ECDSA":
        return f"ECDSA on the curve {key.size}" if key.size not in config["curves"] else None
    return f"an algorithm that is not allowed ({key.algorithm})"


def _validate_key(resource: Resource, config: Config) -> Iterator[str]:
    allowed = (
        f"an RSA key of {config['minRsaBits']:g} bits or more, "
        f"or an ECDSA key on {', '.join(config['curves'])}"
    )
    if resource.type == CONTAINER:
        for upload, chain in chains(resource):
            for certificate in chain:
                if weakness := _weakness(certificate.key, config):
                    title = f"{certificate.title} in {upload.file}"
                    yield f"{title} must have {allowed}; the key uses {weakness}"
    elif (key := _resource_key(resource)) and (weakness := _weakness(key, config)):
        yield f"Certificate must have {allowed}; the key uses {weakness}"


KEY_STRENGTH = ResourcePolicy(
    name="certificate-key-strength",
    description="Certificates must have an RSA key of 3072 bits or more, or an ECDSA key.",
    reason="These keys have 128 bits of security (NIST SP 800-57 part 1, 5.6.1).",
    severity=Severity.HIGH,
    types=frozenset({PRIVATE_KEY, SELF_SIGNED, REQUEST, CONTAINER}),
    validate=_validate_key,
    settings=("tls.algorithm", "tls.certificatePem"),
    remediation="Set tls.algorithm to rsa-4096 or ecdsa-p256, or set tls.certificatePem and "
    "tls.privateKeyPem to a certificate with such a key",
    remediation_elsewhere="set algorithm and rsaBits or ecdsaCurve of the PrivateKey, or upload "
    "such a certificate",
    options={
        "minRsaBits": number(3072, "Minimum size of RSA keys, in bits.", minimum=1024),
        "curves": string_list(
            ("P256", "P384", "P521"), "Curves of ECDSA keys, as the TLS provider names them."
        ),
    },
)


def _validate_validity(resource: Resource, config: Config) -> Iterator[str]:
    if resource.type == CONTAINER:
        for upload, chain in chains(resource):
            for certificate in chain:
                days = (certificate.ends - certificate.begins) / datetime.timedelta(days=1)
                limit = config["maxCaDays" if certificate.is_ca else "maxDays"]
                if days > limit:
                    title = f"{certificate.title} in {upload.file}"
                    yield f"{title} must be valid for at most {limit:g} days, not {days:.0f}"
        return
    hours, is_ca = resource.get("validityPeriodHours", 0), resource.get("isCaCertificate", False)
    if UNKNOWN in (hours, is_ca):
        return
    limit = config["maxCaDays" if is_ca else "maxDays"]
    if (days := hours / HOURS_PER_DAY) > limit:
        yield f"Certificate must be valid for at most {limit:g} days, not {days:g}"


VALIDITY = ResourcePolicy(
    name="certificate-validity",
    description="Certificates must be valid for a limited time.",
    reason="A stolen key is useless after the certificate expires. Apple's clients accept at "
    "most 825 days (support.apple.com/103769).",
    severity=Severity.MEDIUM,
    types=frozenset({*CERTIFICATES, CONTAINER}),
    validate=_validate_validity,
    settings=("tls.validityDays", "tls.certificatePem"),
    remediation="Set tls.validityDays to this limit or less, or set tls.certificatePem to a "
    "certificate with a shorter validity",
    remediation_elsewhere="set validityPeriodHours of the certificate, or upload another one",
    options={
        "maxDays": number(825, "Maximum validity of server certificates, in days.", minimum=1),
        "maxCaDays": number(
            5475,
            "Maximum validity of CA certificates, in days. Mozilla stops trusting a CA after 15 "
            "years.",
            minimum=1,
        ),
    },
)


def _is_host(name: str) -> bool:
    """Whether a common name is a hostname. The common name of a CA is a title."""
    return " " not in name


def _normalize(name: str) -> str:
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return name.lower()


def _name_issue(common_name: str, names: Set[str]) -> str | None:
    """What a certificate's names must be, if they are not."""
    if not names:
        return "must have subject alternative names, because clients check nothing else"
    known = {_normalize(name) for name in names}
    if common_name and _is_host(common_name) and _normalize(common_name) not in known:
        found = ", ".join(sorted(names))
        return f"must have its common name {common_name} in its alternative names, not only {found}"
    return None


def _validate_names(resource: Resource, _: Config) -> Iterator[str]:
    if resource.type == CONTAINER:
        for upload, chain in chains(resource):
            server = chain[0]
            if not server.is_ca and (issue := _name_issue(server.common_name, server.names)):
                yield f"{server.title} in {upload.file} {issue}"
        return
    is_ca = resource.get("isCaCertificate", False)
    if is_ca:  # or unknown
        return
    names = _signed_names(resource) if resource.type == LOCALLY_SIGNED else _own_names(resource)
    if names and (issue := _name_issue(*names)):
        yield f"Certificate {issue}"


def _signed_names(resource: Resource) -> tuple[str, frozenset[str]] | None:
    """The names in the request of a certificate that a CA signs."""
    request = resource.get("certRequestPem")
    return read_request(request) if isinstance(request, str) else None


def _own_names(resource: Resource) -> tuple[str, frozenset[str]] | None:
    """The names of a self-signed certificate or a request; None if not all of them are known."""
    names = [*resource.get_list("dnsNames"), *resource.get_list("ipAddresses")]
    subject = resource.get("subject", {})
    common_name = UNKNOWN if subject is UNKNOWN else subject.get("commonName") or ""
    if UNKNOWN in (*names, common_name):
        return None
    if resource.type == REQUEST and common_name and not _is_host(common_name):
        return None  # It may be the request of a CA; the certificate shows it.
    return common_name, frozenset(names)


NAMES = ResourcePolicy(
    name="certificate-names",
    description="Server certificates must have their common name in their subject alternative "
    "names.",
    reason="Clients check only the alternative names (RFC 9525, 2).",
    severity=Severity.HIGH,
    types=frozenset({SELF_SIGNED, REQUEST, LOCALLY_SIGNED, CONTAINER}),
    validate=_validate_names,
    settings=("tls.certificatePem", "tls.sans"),
    remediation="Set tls.certificatePem to a certificate with all its names. A self-signed one "
    "always has its hostname",
    remediation_elsewhere="add the common name to dnsNames or ipAddresses of the certificate",
)
