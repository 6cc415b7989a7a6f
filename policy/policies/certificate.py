"""Certificates: their keys, how long and for whom they are valid, and when they end.

A certificate is one that the TLS provider makes, or a PEM file that a container is given.
"""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Iterator, Sequence, Set

from pulumi_policy import EnforcementLevel, Severity

from policy.policies.certificates import Key, chains, read_private_key, read_request
from policy.policies.docker import CONTAINER
from policy.policy import Config, Finding, Option, ResourceRule, StackRule, number, texts
from policy.resource import UNKNOWN, Declared

PRIVATE_KEY = "tls:index/privateKey:PrivateKey"
SELF_SIGNED = "tls:index/selfSignedCert:SelfSignedCert"
LOCALLY_SIGNED = "tls:index/locallySignedCert:LocallySignedCert"
REQUEST = "tls:index/certRequest:CertRequest"
_MADE = (SELF_SIGNED, LOCALLY_SIGNED)
HOURS = 24


def _declared_key(resource: Declared) -> Key | None:
    """The key that the TLS provider is to make, with its own defaults, or the one that a certificate is given."""
    if resource.typ == PRIVATE_KEY:
        algorithm = resource.get("algorithm")
        size = (
            resource.get("rsaBits", 2048)
            if algorithm == "RSA"
            else resource.get("ecdsaCurve", "P224")
            if algorithm == "ECDSA"
            else ""
        )
        return (
            None
            if UNKNOWN in (algorithm, size)
            else Key(str(algorithm), f"{size:g}" if isinstance(size, int | float) else str(size))
        )
    given = resource.get("privateKeyPem")
    return read_private_key(given) if isinstance(given, str) else None


def _weakness(key: Key, config: Config) -> str | None:
    if key.algorithm == "RSA":
        return f"an RSA key of {key.size} bits" if int(key.size) < config["minRsaBits"] else None
    if key.algorithm == "ECDSA":
        return f"an ECDSA key on the curve {key.size}" if key.size not in config["curves"] else None
    return f"a key of the kind {key.algorithm}"


def _judge_key(resource: Declared, config: Config) -> Iterator[str]:
    allowed = f"allowed are RSA of {config['minRsaBits']:g} bits or more and ECDSA on {', '.join(config['curves'])}"
    if resource.typ == CONTAINER:
        for upload, chain in chains(resource):
            for certificate in chain:
                if weakness := _weakness(certificate.key, config):
                    yield f"{certificate.title} in {upload.file} has {weakness}, and {allowed}"
    elif (key := _declared_key(resource)) and (weakness := _weakness(key, config)):
        yield f"there is {weakness}, and {allowed}"


KEY_STRENGTH = ResourceRule(
    name="certificate-key-strength",
    description="The key of a certificate is RSA of 3072 bits or more, or ECDSA (NIST SP 800-57 part 1, 5.6.1: 128 bits of security).",
    severity=Severity.HIGH,
    types=frozenset({PRIVATE_KEY, SELF_SIGNED, REQUEST, CONTAINER}),
    judge=_judge_key,
    keys=("tls.algorithm", "tls.certificatePem"),
    fix="set tls.algorithm to rsa-4096 or ecdsa-p256, or give in tls.certificatePem and tls.privateKeyPem a certificate with such a key",
    elsewhere="set algorithm with rsaBits or ecdsaCurve of the PrivateKey, or upload such a certificate",
    options={
        "minRsaBits": number(3072, "Least size of an RSA key, in bits.", minimum=1024),
        "curves": texts(
            ("P256", "P384", "P521"), "Curves of ECDSA keys, as the TLS provider names them."
        ),
    },
)


def _judge_validity(resource: Declared, config: Config) -> Iterator[str]:
    if resource.typ == CONTAINER:
        for upload, chain in chains(resource):
            for certificate in chain:
                days = (certificate.ends - certificate.begins) / datetime.timedelta(days=1)
                limit = config["maxCaDays" if certificate.is_ca else "maxDays"]
                if days > limit:
                    yield f"{certificate.title} in {upload.file} is valid for {days:.0f} days, and allowed are {limit:g}"
        return
    hours, is_ca = resource.get("validityPeriodHours", 0), resource.get("isCaCertificate", False)
    if UNKNOWN in (hours, is_ca):
        return
    limit = config["maxCaDays" if is_ca else "maxDays"]
    if hours > limit * HOURS:
        yield f"the certificate is to be valid for {hours / HOURS:g} days, and allowed are {limit:g}"


VALIDITY = ResourceRule(
    name="certificate-validity",
    description="A certificate is valid for a limited time; 825 days is the most that Apple's clients take (support.apple.com/103769).",
    severity=Severity.MEDIUM,
    types=frozenset({*_MADE, CONTAINER}),
    judge=_judge_validity,
    keys=("tls.validityDays", "tls.certificatePem"),
    fix="set tls.validityDays to no more than that, or give a certificate of a shorter validity in tls.certificatePem",
    elsewhere="set validityPeriodHours of the certificate, or upload another one",
    options={
        "maxDays": number(825, "Greatest validity of a server's certificate, in days.", minimum=1),
        "maxCaDays": number(
            5475,
            "Greatest validity of an authority's certificate, in days: 15 years, after which Mozilla gives up an authority.",
            minimum=1,
        ),
    },
)


def _is_host(name: str) -> bool:
    """Whether a common name stands for a host; an authority's is a title."""
    return " " not in name


def _in_normal_form(name: str) -> str:
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return name.lower()


def _unnamed(common_name: str, names: Set[str]) -> str | None:
    """What is wrong with a certificate's names."""
    if not names:
        return "has no subject alternative names, and clients look at nothing else"
    if (
        common_name
        and _is_host(common_name)
        and _in_normal_form(common_name) not in {_in_normal_form(name) for name in names}
    ):
        return f"names {', '.join(sorted(names))} and not {common_name}, its common name"
    return None


def _judge_names(resource: Declared, _: Config) -> Iterator[str]:
    if resource.typ == CONTAINER:
        for upload, chain in chains(resource):
            if not chain[0].is_ca and (
                fault := _unnamed(chain[0].common_name, set(chain[0].names))
            ):
                yield f"{chain[0].title} in {upload.file} {fault}"
        return
    if resource.typ == LOCALLY_SIGNED:
        request = resource.get("certRequestPem")
        found = (
            read_request(request)
            if isinstance(request, str) and resource.get("isCaCertificate") is not UNKNOWN
            else None
        )
        if found and not resource.get("isCaCertificate") and (fault := _unnamed(*found)):
            yield f"the certificate {fault}"
        return
    names = [*resource.listed("dnsNames"), *resource.listed("ipAddresses")]
    subject = resource.get("subject", {})
    common_name = "" if subject is UNKNOWN else subject.get("commonName") or ""
    if UNKNOWN in (*names, subject, common_name, resource.get("isCaCertificate")) or resource.get(
        "isCaCertificate"
    ):
        return
    if resource.typ == REQUEST and common_name and not _is_host(common_name):
        return  # an authority's request, perhaps: what is issued on it tells
    if fault := _unnamed(common_name, set(names)):
        yield f"the certificate {fault}"


NAMES = ResourceRule(
    name="certificate-names",
    description="A server's certificate has its common name among its subject alternative names, for clients look at these alone (RFC 9525, 2).",
    severity=Severity.HIGH,
    types=frozenset({SELF_SIGNED, REQUEST, LOCALLY_SIGNED, CONTAINER}),
    judge=_judge_names,
    keys=("tls.certificatePem", "tls.sans"),
    fix="give in tls.certificatePem a certificate whose names are complete; a self-signed one always has its hostname",
    elsewhere="add the common name to dnsNames or ipAddresses of the certificate",
)


def _ends(resource: Declared) -> Iterator[tuple[str, datetime.datetime, datetime.datetime | None]]:
    """The certificates that a resource has: what each is called, when it ends, and when it begins where that matters."""
    if resource.typ in _MADE:
        end = resource.get("validityEndTime")
        if isinstance(end, str) and end:
            yield "the certificate", datetime.datetime.fromisoformat(end), None
    elif resource.typ == CONTAINER:
        for upload, chain in chains(resource):
            for certificate in chain:
                yield f"{certificate.title} in {upload.file}", certificate.ends, certificate.begins


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _judge_expired(resources: Sequence[Declared], _: Config) -> Iterator[Finding]:
    now = _now()
    for resource in resources:
        for title, end, begin in _ends(resource):
            if end <= now:
                yield Finding(f"{title} expired on {end:%Y-%m-%d}", resource.urn)
            elif begin and begin > now:
                yield Finding(f"{title} is not valid before {begin:%Y-%m-%d}", resource.urn)


NOT_EXPIRED = StackRule(
    name="certificate-not-expired",
    description="No certificate of a stack has expired, or is not valid yet.",
    severity=Severity.CRITICAL,
    judge=_judge_expired,
    keys=("tls.certificatePem", "tls.validityDays"),
    fix="give a renewed certificate in tls.certificatePem and tls.privateKeyPem; a self-signed one is renewed by `make up`",
    elsewhere="renew the certificate: earlyRenewalHours lets an update do so, or upload another one",
)


def _judge_soon(resources: Sequence[Declared], config: Config) -> Iterator[Finding]:
    now = _now()
    for resource in resources:
        for title, end, _begin in _ends(resource):
            if now < end < now + datetime.timedelta(days=config["days"]):
                yield Finding(
                    f"{title} expires on {end:%Y-%m-%d}, in {(end - now).days} days", resource.urn
                )


EXPIRES_SOON = StackRule(
    name="certificate-expires-soon",
    description="A certificate of a stack that ends soon is pointed out.",
    severity=Severity.MEDIUM,
    level=EnforcementLevel.ADVISORY,
    judge=_judge_soon,
    keys=("tls.certificatePem", "tls.validityDays"),
    fix="give a renewed certificate in tls.certificatePem and tls.privateKeyPem; a self-signed one is renewed by an update in its last 30 days",
    elsewhere="renew the certificate: earlyRenewalHours lets an update do so, or upload another one",
    options={
        "days": Option(
            30,
            "Days before its end from which a certificate is pointed out.",
            {"type": "number", "minimum": 1},
        )
    },
)
