"""The certificates that clients get and trust: how long they are valid."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cli.condition import Line, State
from cli.console import count
from cli.status.registry import Registry
from common.errors import root_cause
from components.settings import TlsMode
from components.tls.blocks import certificate_blocks
from components.tls.inspection import display_name, fingerprint, read_certificates
from components.verification.tls_client import Endpoint, TlsTrust, presented_certificate

if TYPE_CHECKING:
    from cryptography import x509

WARNING_DAYS = 30
"""Days before the end. A certificate of less than three times as many has a third of its validity.
An update renews a generated certificate at the same time (``components/tls/generated.py``)."""

DAY = 86400

RENEWED_ELSEWHERE = (TlsMode.LETS_ENCRYPT, TlsMode.SECRET)
"""Modes in which the certificate changes between updates."""

FIXES = {
    TlsMode.SELF_SIGNED: "Run `{up}`, which renews the certificate. Then give clients the new one "
    "(`{form}`).",
    TlsMode.PRIVATE_CA: "Run `{up}`, which renews the certificate.",
    TlsMode.PROVIDED: "Set tls.certificatePem and tls.privateKeyPem to a renewed certificate, then "
    "run `{up}`.",
    TlsMode.LETS_ENCRYPT: "The server renews it by itself. Check that the CA reaches the "
    "registry's port 443, then run `{up}`.",
    TlsMode.SECRET: "Check why cert-manager does not renew the Secret, then run `{up}`.",
}


def check_certificate(registry: Registry) -> Iterator[Line]:
    """Read the certificate that the server presents."""
    if not registry.settings.https:
        yield Line("certificate", State.OK, "none, because tls.mode is off")
        return
    chain = presented_certificate(registry.probe.endpoint)
    mode = registry.settings.tls.mode
    (certificate,) = read_certificates(certificate_blocks(chain)[0])
    fix = _fix(registry, mode)
    recorded = str(registry.record.outputs.get("certificateFingerprint") or "")
    if mode not in RENEWED_ELSEWHERE and recorded and fingerprint(chain) != recorded:
        value = "the server presents another certificate than that of the last update"
        fix = f"Run `{registry.make('up')}`. If another service uses the port, change port."
        yield Line("certificate", State.ERROR, value, fix)
        return
    yield _line("certificate", certificate, registry.now, fix)


def check_proxy(registry: Registry) -> Iterator[Line]:
    """Read the certificate of a proxy in front of the registry, if there is one."""
    url = urlsplit(registry.settings.public_endpoint)
    if url.scheme != "https":
        return
    host, fix = url.hostname or "", "Renew the certificate of the proxy."
    try:
        chain = presented_certificate(Endpoint(host, host, url.port or 443, TlsTrust()))
    except OSError as error:
        value = f"{registry.settings.public_endpoint} does not answer: {root_cause(error)}"
        fix = "Check the proxy, its DNS record and publicEndpoint."
        yield Line("proxy", State.ERROR, value, fix)
        return
    (certificate,) = read_certificates(certificate_blocks(chain)[0])
    yield _line("proxy", certificate, registry.now, fix)


def check_ca(registry: Registry) -> Iterator[Line]:
    """Read the certificates that clients trust. The first to end decides."""
    trusted = str(registry.record.outputs.get("caCertificate") or "")
    if not registry.settings.https or not trusted:
        yield Line("ca", State.OK, "clients trust no certificate of this stack")
        return
    first = min(read_certificates(trusted), key=lambda each: each.not_valid_after_utc)
    fix = _fix(registry, registry.settings.tls.mode)
    if registry.settings.tls.mode is TlsMode.PRIVATE_CA:
        fix = (
            f"Run `{registry.make('up')}`, which renews a generated CA. Replace a provided one "
            f"(tls.ca). Then give clients the new one (`{registry.make('registration')}`)."
        )
    yield _line("ca", first, registry.now, fix)


def _fix(registry: Registry, mode: TlsMode) -> str:
    commands = {"up": registry.make("up"), "form": registry.make("registration")}
    return FIXES[mode].format_map(commands)


def _line(check: str, certificate: x509.Certificate, now: float, fix: str) -> Line:
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    days = math.floor((end.timestamp() - now) / DAY)
    figures = {"daysLeft": days, "notAfter": f"{end:%Y-%m-%dT%H:%M:%SZ}"}
    of = f"{display_name(certificate)}, {end:%Y-%m-%d}"
    if begin.timestamp() > now:
        value = f"not valid before {begin:%Y-%m-%d %H:%M} ({of})"
        fix = "Correct the clock of this machine or of the Docker host."
        return Line(check, State.ERROR, value, fix, figures)
    if end.timestamp() <= now:
        return Line(check, State.ERROR, f"expired {count(-days, 'day')} ago ({of})", fix, figures)
    value = f"{count(days, 'day')} left ({of})"
    if days < min(WARNING_DAYS, (end - begin).days / 3):
        return Line(check, State.WARNING, value, fix, figures)
    return Line(check, State.OK, value, figures=figures)
