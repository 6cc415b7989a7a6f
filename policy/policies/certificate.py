"""Certificates: their keys, validity periods and names.

A certificate is a resource of the TLS provider, or a PEM file in a container.
"""

from __future__ import annotations

import datetime
import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pulumi_policy import Severity

from policy.policy import Config, ResourcePolicy, number, string_list
from policy.readers.containers import CERTIFICATE_VARIABLE
from policy.readers.files import FILES, File, configured_paths, files
from policy.readers.mounts import normalize_path
from policy.readers.pem import Certificate, Key, Names, Pem, read_pem
from policy.resources import UNKNOWN, Resource, to_string

PRIVATE_KEY = "tls:index/privateKey:PrivateKey"
SELF_SIGNED = "tls:index/selfSignedCert:SelfSignedCert"
LOCALLY_SIGNED = "tls:index/locallySignedCert:LocallySignedCert"
REQUEST = "tls:index/certRequest:CertRequest"
CERTIFICATES = (SELF_SIGNED, LOCALLY_SIGNED)
PEM_INPUTS = ("privateKeyPem", "certRequestPem", "caPrivateKeyPem", "caCertPem")
"""The inputs of the TLS provider's resources that contain PEM."""
HOURS_PER_DAY = 24
_CA_TITLE = re.compile(r"root|issu|author|ca\b|^ca", re.IGNORECASE)


@dataclass(frozen=True)
class Uploaded:
    """A certificate in a file of a container, a Secret or a ConfigMap."""

    file: File
    certificate: Certificate
    is_server: bool
    """Whether it is a server's certificate. It is none only if it can be nothing but a CA."""

    @property
    def title(self) -> str:
        """The certificate in messages."""
        return f"{self.certificate.title} in {self.file.file}"


def _readable_files(resource: Resource) -> Iterator[tuple[File, Pem]]:
    """The files of a resource whose content is readable, with their PEM blocks."""
    for file in files(resource):
        if file.content:
            yield file, read_pem(file.content)


def uploaded_certificates(resource: Resource) -> Iterator[Uploaded]:
    """The readable certificates in the files of a resource."""
    found = list(_readable_files(resource))
    public_keys = {key.public for _, pem in found for key in pem.keys if key}
    configured = configured_paths(resource, CERTIFICATE_VARIABLE)
    for file, pem in found:
        is_configured = normalize_path(file.file) in configured
        for index, certificate in enumerate(pem.certificates):
            if certificate:
                may_present = is_configured or certificate.is_for_servers
                # A server skips blocks that it can't read, so any certificate may be its own.
                is_server = (
                    not certificate.is_ca
                    or certificate.key.public in public_keys
                    or bool(certificate.names.alternatives)
                    or (index == 0 and (may_present or _has_host(certificate.names)))
                )
                yield Uploaded(file, certificate, is_server)


def _has_host(names: Names) -> bool:
    """Whether a host may be named."""
    return bool(names.alternatives) or _is_host(names.common_name)


def _is_ca(resource: Resource) -> bool:
    """Whether a certificate of the TLS provider is nothing but a CA, as far as it is known."""
    is_ca = resource.get("isCaCertificate", False)
    if is_ca is UNKNOWN:
        return True
    if not is_ca:
        return False
    uses = resource.get_list("allowedUses")
    names = _own_names(resource) if resource.type != LOCALLY_SIGNED else _signed_names(resource)
    return "server_auth" not in uses and not (names and _has_host(names))


def _resource_keys(resource: Resource) -> Iterator[Key]:
    """The key that the TLS provider generates, with its defaults, or the keys in PEM."""
    if resource.type != PRIVATE_KEY:
        for pem in _pem_inputs(resource):
            yield from filter(None, pem.keys)
            yield from (one.key for one in (*pem.requests, *pem.certificates) if one)
        return
    algorithm = resource.get("algorithm")
    size: object = ""
    if algorithm == "RSA":
        size = resource.get("rsaBits", 2048)
    elif algorithm == "ECDSA":
        size = resource.get("ecdsaCurve", "P224")
    if UNKNOWN not in (algorithm, size):
        yield Key(str(algorithm), f"{size:g}" if isinstance(size, int | float) else str(size))


def _pem_inputs(resource: Resource) -> Iterator[Pem]:
    for key in PEM_INPUTS:
        if text := to_string(resource.get(key)):
            yield read_pem(text.encode(errors="surrogateescape"))


def _weakness(key: Key, config: Config) -> str | None:
    if key.algorithm == "RSA":
        return f"RSA with {key.size} bits" if int(key.size) < config["minRsaBits"] else None
    if key.algorithm == "ECDSA":
        return f"ECDSA on the curve {key.size}" if key.size not in config["curves"] else None
    return f"an algorithm that is not allowed ({key.algorithm})"


def _keys(resource: Resource) -> Iterator[tuple[str, Key]]:
    """The keys of a resource, with what each belongs to."""
    if resource.type not in FILES:
        yield from (("Certificate", key) for key in _resource_keys(resource))
        return
    certified = set()
    for one in uploaded_certificates(resource):
        certified.add(one.certificate.key.public)
        yield one.title, one.certificate.key
    for file, pem in _readable_files(resource):
        for key in pem.keys:
            if key and key.public not in certified:
                yield f"Private key {file.file}", key


def _validate_key(resource: Resource, config: Config) -> Iterator[str]:
    for title, key in _keys(resource):
        if weakness := _weakness(key, config):
            yield (
                f"{title} must have an RSA key of {config['minRsaBits']:g} bits or more, or an "
                f"ECDSA key on {', '.join(config['curves'])}; the key uses {weakness}"
            )


KEY_STRENGTH = ResourcePolicy(
    name="certificate-key-strength",
    description="Certificates must have an RSA key of 3072 bits or more, or an ECDSA key.",
    reason="These keys have 128 bits of security (NIST SP 800-57 part 1, 5.6.1).",
    severity=Severity.HIGH,
    types=frozenset({PRIVATE_KEY, SELF_SIGNED, REQUEST, LOCALLY_SIGNED}) | FILES,
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
    if resource.type in FILES:
        for one in uploaded_certificates(resource):
            certificate = one.certificate
            days = (certificate.ends - certificate.begins) / datetime.timedelta(days=1)
            limit = config["maxDays" if one.is_server else "maxCaDays"]
            if days > limit:
                yield f"{one.title} must be valid for at most {limit:g} days, not {days:.0f}"
        return
    hours = resource.get("validityPeriodHours", 0)
    if UNKNOWN in (hours, resource.get("isCaCertificate")):
        return
    limit = config["maxCaDays" if _is_ca(resource) else "maxDays"]
    if (days := hours / HOURS_PER_DAY) > limit:
        yield f"Certificate must be valid for at most {limit:g} days, not {days:g}"


VALIDITY = ResourcePolicy(
    name="certificate-validity",
    description="Certificates must be valid for a limited time.",
    reason="A stolen key is useless after the certificate expires. Apple's clients accept at "
    "most 825 days (support.apple.com/103769).",
    severity=Severity.MEDIUM,
    types=frozenset(CERTIFICATES) | FILES,
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
    """Whether a common name may be a hostname. The common name of a CA is a title."""
    return bool(name) and " " not in name and ("." in name or not _CA_TITLE.search(name))


def _normalize(name: str) -> str:
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return name.lower()


def _name_issue(names: Names) -> str | None:
    """What a certificate's names must be, if they are not."""
    if not names.alternatives:
        return "must have subject alternative names, because clients check nothing else"
    known = {_normalize(name) for name in names.alternatives}
    common_name = names.common_name
    if common_name and " " not in common_name and _normalize(common_name) not in known:
        found = ", ".join(sorted(names.alternatives))
        return f"must have its common name {common_name} in its alternative names, not only {found}"
    return None


def _validate_names(resource: Resource, _: Config) -> Iterator[str]:
    if resource.type in FILES:
        for one in uploaded_certificates(resource):
            if one.is_server and (issue := _name_issue(one.certificate.names)):
                yield f"{one.title} {issue}"
    elif not _is_ca(resource):
        signed = resource.type == LOCALLY_SIGNED
        names = _signed_names(resource) if signed else _own_names(resource)
        if names and (issue := _name_issue(names)):
            yield f"Certificate {issue}"


def _signed_names(resource: Resource) -> Names | None:
    """The names in the request of a certificate that a CA signs."""
    text = to_string(resource.get("certRequestPem"))
    requests = read_pem(text.encode(errors="surrogateescape")).requests if text else ()
    return next((request.names for request in requests if request), None)


def _own_names(resource: Resource) -> Names | None:
    """The names of a self-signed certificate or a request; None if not all of them are known."""
    names = [*resource.get_list("dnsNames"), *resource.get_list("ipAddresses")]
    subject = resource.get("subject", {})
    common_name = UNKNOWN if subject is UNKNOWN else subject.get("commonName") or ""
    if UNKNOWN in (*names, common_name):
        return None
    if resource.type == REQUEST and not names and " " in common_name:
        return None  # It may be the request of a CA; the certificate shows it.
    return Names(common_name, frozenset(names))


NAMES = ResourcePolicy(
    name="certificate-names",
    description="Server certificates must have their common name in their subject alternative "
    "names.",
    reason="Clients check only the alternative names (RFC 9525, 2).",
    severity=Severity.HIGH,
    types=frozenset({SELF_SIGNED, REQUEST, LOCALLY_SIGNED}) | FILES,
    validate=_validate_names,
    settings=("tls.certificatePem", "tls.sans"),
    remediation="Set tls.certificatePem to a certificate with all its names. A self-signed one "
    "always has its hostname",
    remediation_elsewhere="add the common name to dnsNames or ipAddresses of the certificate",
)
