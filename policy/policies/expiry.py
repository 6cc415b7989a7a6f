"""Certificates that expired or expire soon."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence

from pulumi_policy import EnforcementLevel, Severity

from policy.policies.certificate import CERTIFICATES, uploaded_certificates
from policy.policy import Config, StackPolicy, Violation, number
from policy.readers.files import FILES
from policy.resources import Resource

_Period = tuple[str, datetime.datetime, datetime.datetime | None]


def _periods(resource: Resource) -> Iterator[_Period]:
    """Yield the title, the end and, if it is checked, the start of each certificate's validity."""
    if resource.type in CERTIFICATES:
        end = resource.get("validityEndTime")
        if isinstance(end, str) and end:
            yield "Certificate", datetime.datetime.fromisoformat(end), None
    elif resource.type in FILES:
        for one in uploaded_certificates(resource):
            yield one.title, one.certificate.ends, one.certificate.begins


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _validate_expired(resources: Sequence[Resource], _: Config) -> Iterator[Violation]:
    now = _now()
    for resource in resources:
        for title, end, begin in _periods(resource):
            if end <= now:
                what = f"{title} must be valid now, but expired on {end:%Y-%m-%d}"
                yield Violation(what, resource)
            elif begin and begin > now:
                what = f"{title} must be valid now, not only from {begin:%Y-%m-%d}"
                yield Violation(what, resource)


NOT_EXPIRED = StackPolicy(
    name="certificate-not-expired",
    description="Certificates must not be expired, and must already be valid.",
    reason="Clients reject other certificates.",
    severity=Severity.CRITICAL,
    validate=_validate_expired,
    settings=("tls.certificatePem", "tls.validityDays"),
    remediation="Set tls.certificatePem and tls.privateKeyPem to a renewed certificate. For a "
    "self-signed one, run `make up`",
    remediation_elsewhere="renew the certificate: set earlyRenewalHours so that an update renews "
    "it, or upload another one",
)


def _validate_soon(resources: Sequence[Resource], config: Config) -> Iterator[Violation]:
    now = _now()
    for resource in resources:
        for title, end, _begin in _periods(resource):
            if now < end < now + datetime.timedelta(days=config["days"]):
                days = (end - now).days
                what = f"{title} must be renewed: it expires on {end:%Y-%m-%d}, in {days} days"
                yield Violation(what, resource)


EXPIRES_SOON = StackPolicy(
    name="certificate-expires-soon",
    description="Certificates must be renewed before they expire.",
    reason="Clients reject an expired certificate.",
    severity=Severity.MEDIUM,
    level=EnforcementLevel.ADVISORY,
    validate=_validate_soon,
    settings=("tls.certificatePem", "tls.validityDays"),
    remediation="Set tls.certificatePem and tls.privateKeyPem to a renewed certificate. An update "
    "renews a self-signed one in its last 30 days",
    remediation_elsewhere="renew the certificate: set earlyRenewalHours so that an update renews "
    "it, or upload another one",
    options={
        "days": number(30, "Days before expiry from which to report a certificate.", minimum=1)
    },
)
