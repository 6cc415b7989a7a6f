"""When the next update replaces a certificate, and what clients then need.

Owners of clients must know it before it happens: clients trust a self-signed certificate itself.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from components.settings import Tls, TlsMode
from components.tls.generated import renewal_hours
from components.tls.inspection import read_certificates

NOTICE_DAYS = 60
"""Days before a change from which it is reported without being asked for."""


@dataclass(frozen=True)
class CertificateChange:
    """The next change of the certificate that clients get."""

    time: datetime.datetime
    """The first update from then on replaces the certificate, or stops."""
    end: datetime.datetime
    """When the current certificate ends."""
    effect: str
    """What happens, as sentences with the placeholders `{up}` and `{registration}` for commands."""
    needs_action: bool
    """Whether the owners of clients, or of the registry, must act."""


def next_change(tls: Tls, not_after: str, trusted: str) -> CertificateChange | None:
    """Return the next change; None if no update causes it: others renew the certificate.

    :param not_after: the end of the certificate (RFC 3339).
    :param trusted: the certificates that clients trust (PEM).
    """
    if not not_after:
        return None
    end = datetime.datetime.fromisoformat(not_after)
    renewal = end - datetime.timedelta(hours=renewal_hours(tls))
    match tls.mode:
        case TlsMode.SELF_SIGNED:
            return CertificateChange(renewal, end, _self_signed(renewal), needs_action=True)
        case TlsMode.PRIVATE_CA:
            return _private_ca(tls, renewal, end, trusted)
        case TlsMode.PROVIDED:
            return CertificateChange(end, end, _PROVIDED.format(end=_day(end)), needs_action=True)
        case _:
            return None


_NEW_TRUST = (
    "Every client then needs the new caCertificate, which `{registration}` writes to a file."
)
_PROVIDED = (
    "The certificate is valid until {end}. Set tls.certificatePem and tls.privateKeyPem to a "
    "renewed one before, and run `{{up}}`. If another CA issues it, every client needs that CA."
)


def _self_signed(renewal: datetime.datetime) -> str:
    return (
        f"The first `{{up}}` on or after {_day(renewal)} replaces the self-signed certificate. "
        f"{_NEW_TRUST} With tls.mode private-ca, clients need a new certificate only when the CA "
        "ends."
    )


def _private_ca(
    tls: Tls, renewal: datetime.datetime, end: datetime.datetime, trusted: str
) -> CertificateChange:
    """The CA issues a new certificate, unless that would outlive the CA: then the update stops."""
    ca_end = min(each.not_valid_after_utc for each in read_certificates(trusted))
    day, ca_day = _day(renewal), _day(ca_end)
    if renewal + datetime.timedelta(days=tls.validity_days) <= ca_end:
        effect = (
            f"The first `{{up}}` on or after {day} renews the certificate. Clients need nothing: "
            f"they trust the CA, which is valid until {ca_day}."
        )
        return CertificateChange(renewal, end, effect, needs_action=False)
    fix = (
        "change tls.ca.validityDays"
        if tls.ca.certificate_pem is None
        else "set tls.ca.certificatePem and tls.ca.privateKeyPem to the renewed CA"
    )
    effect = (
        f"The first `{{up}}` on or after {day} stops, because the renewed certificate would "
        f"outlive the CA, which is valid until {ca_day}. To renew the CA, {fix} and run `{{up}}` "
        f"before. {_NEW_TRUST} Or set tls.validityDays to fewer days."
    )
    return CertificateChange(renewal, end, effect, needs_action=True)


def _day(time: datetime.datetime) -> str:
    return f"{time.astimezone(datetime.UTC):%Y-%m-%d}"
