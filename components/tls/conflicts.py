"""TLS settings: which belong to which mode, what each mode needs, and whether certificates and keys do."""

from __future__ import annotations

from collections.abc import Iterator

from common import syntax
from common.conflict import Conflict, ignored_setting
from components.settings import Settings, TlsMode
from components.tls import inspection, validation
from components.tls.generated import hosts
from components.tls.name_constraints import Names

GENERATED = (TlsMode.SELF_SIGNED, TlsMode.PRIVATE_CA)
"""Modes in which the program makes the certificate."""
NAMED = (("hostname",), ("tls", "sans"), ("ipAddresses",))
"""Settings with the names of a generated certificate."""


def tls_conflicts(settings: Settings) -> Iterator[Conflict]:
    """All contradictions of the TLS settings."""
    yield from _certificate(settings)
    yield from _generated(settings)
    yield from _authority(settings)
    yield from _lets_encrypt(settings)
    yield from _acme_server(settings)
    yield from _clients(settings)
    yield from _client_certificate(settings)


def _certificate(settings: Settings) -> Iterator[Conflict]:
    """The PEM settings belong to mode provided, where they must fit each other and the hostname."""
    tls = settings.tls
    for name, value, what in (
        ("certificatePem", tls.certificate_pem, "CERTIFICATE"),
        ("privateKeyPem", tls.private_key_pem, "PRIVATE KEY"),
    ):
        path = ("tls", name)
        if tls.mode is TlsMode.PROVIDED and value is None:
            reason = f"is not set; tls.mode provided needs a certificate chain and its private key in PEM, for example -----BEGIN {what}-----…"
            yield Conflict((path, ("tls", "mode")), reason)
        if tls.mode is not TlsMode.PROVIDED and value is not None:
            yield Conflict(
                (path, ("tls", "mode")),
                f"is set, but tls.mode is {tls.mode.value} and would ignore it; set tls.mode to provided, or remove it",
            )
    if (
        tls.mode is TlsMode.PROVIDED
        and isinstance(tls.certificate_pem, str)
        and isinstance(tls.private_key_pem, str)
    ):
        for problem in validation.check_server_certificate(
            tls.certificate_pem, tls.private_key_pem, settings.hostname
        ):
            involved = (("hostname",),) if problem.involves_hostname else ()
            yield Conflict((("tls", problem.setting), ("tls", "mode"), *involved), problem.reason)


def _generated(settings: Settings) -> Iterator[Conflict]:
    """Settings that only a generated certificate has."""
    tls = settings.tls
    if tls.mode in GENERATED:
        if len(settings.hostname) > inspection.COMMON_NAME_LIMIT:
            yield Conflict(
                (("hostname",), ("tls", "mode")),
                f"{settings.hostname} has {len(settings.hostname)} characters, but a {tls.mode.value} certificate's common name takes at most "
                f"{inspection.COMMON_NAME_LIMIT} (RFC 5280); choose a shorter name, for example registry.example.com, or set tls.mode to provided",
            )
        if (
            tls.early_renewal_hours is not None
            and tls.early_renewal_hours >= tls.validity_days * 24
        ):
            yield Conflict(
                (("tls", "earlyRenewalHours"), ("tls", "validityDays")),
                f"{tls.early_renewal_hours} hours are all the time that the certificate is valid ({tls.validity_days} days), and every update would "
                f"renew it; allowed is 0 to {tls.validity_days * 24 - 1}, for example {tls.validity_days * 8}",
            )
        return
    ignored = {
        ("tls", "algorithm"): "algorithm" in tls.model_fields_set,
        ("tls", "validityDays"): "validity_days" in tls.model_fields_set,
        ("tls", "earlyRenewalHours"): tls.early_renewal_hours is not None,
        ("tls", "subject"): bool(tls.subject.model_fields_set),
        ("tls", "sans"): bool(tls.sans),
        ("ipAddresses",): bool(settings.ip_addresses),
    }
    for path, given in ignored.items():
        if given:
            yield Conflict(
                (path, ("tls", "mode")),
                f"is set, but tls.mode is {tls.mode.value} and would ignore it; it is for tls.mode self-signed or private-ca: set one, or remove it",
            )


def _authority(settings: Settings) -> Iterator[Conflict]:
    """The authority belongs to mode private-ca, where it is generated or given whole."""
    tls, given = settings.tls, settings.tls.ca
    if tls.mode is not TlsMode.PRIVATE_CA:
        if given.model_fields_set:
            yield ignored_setting(
                ("tls", "ca"), ("tls", "mode"), tls.mode.value, TlsMode.PRIVATE_CA.value
            )
        return
    for name, value, other in (
        ("certificatePem", given.certificate_pem, given.private_key_pem),
        ("privateKeyPem", given.private_key_pem, given.certificate_pem),
    ):
        if value is None and other is not None:
            yield Conflict(
                (("tls", "ca", name),),
                "is not set; an authority of your own needs its certificate and its key in PEM, a generated one neither: set it, "
                f"{_from_file('tls', 'ca', name)}, or remove the other",
            )
    if given.certificate_pem is not None and "validity_days" in given.model_fields_set:
        yield Conflict(
            (("tls", "ca", "validityDays"), ("tls", "ca", "certificatePem")),
            "is set, but the authority of your own has its validity and would ignore it; it is for a generated one, so remove it",
        )
    if isinstance(given.certificate_pem, str) and isinstance(given.private_key_pem, str):
        names = Names.of_hosts(
            hosts(tls, settings.hostname, settings.ip_addresses), tls.subject.email
        )
        for problem in validation.check_ca_certificate(
            given.certificate_pem, given.private_key_pem, names
        ):
            involved = NAMED if problem.involves_hostname else ()
            yield Conflict((("tls", "ca", problem.setting), *involved), problem.reason)
        days = inspection.validity_days(given.certificate_pem)
        if (
            days is not None and tls.validity_days > days
        ):  # how long it still is valid is looked at when a certificate is issued
            yield Conflict(
                (("tls", "validityDays"), ("tls", "ca", "certificatePem")),
                f"{tls.validity_days} days are more than the authority is valid, which is {days}; set it to fewer, for example {max(1, days // 3)}",
            )
    elif given.certificate_pem is None and tls.validity_days >= given.validity_days:
        yield Conflict(
            (("tls", "validityDays"), ("tls", "ca", "validityDays")),
            f"{tls.validity_days} days are no less than the authority is valid ({given.validity_days}); set tls.ca.validityDays to more, for example "
            f"{2 * tls.validity_days}",
        )


def _lets_encrypt(settings: Settings) -> Iterator[Conflict]:
    """What Let's Encrypt needs, told before it is asked: it counts failures, too."""
    tls, given = settings.tls, settings.tls.letsencrypt
    if tls.mode is not TlsMode.LETS_ENCRYPT:
        if given.model_fields_set:
            yield ignored_setting(
                ("tls", "letsencrypt"), ("tls", "mode"), tls.mode.value, TlsMode.LETS_ENCRYPT.value
            )
        return
    if not given.email:
        yield Conflict(
            (("tls", "letsencrypt", "email"),),
            "is not set; the ACME server writes there before a certificate ends, for example ops@example.com",
        )
    for path, host in (
        (("hostname",), settings.hostname),
        *((("tls", "letsencrypt", "hosts", i), host) for i, host in enumerate(given.hosts)),
    ):
        if syntax.is_ip(host):
            yield Conflict(
                (path, ("tls", "mode")),
                f"{host} is an IP address, and tls.mode letsencrypt is for names; use a DNS name, for example packs.example.com",
            )
        elif not given.directory_url and not syntax.may_be_public(host):
            yield Conflict(
                (path, ("tls", "mode")),
                f"{host} is no public name, and Let's Encrypt must reach it from the Internet; use one, for example packs.example.com, or set "
                "tls.letsencrypt.directoryUrl to an ACME server of your own",
            )
    if not given.directory_url and all(
        syntax.is_loopback(address) for address in settings.published_addresses
    ):
        yield Conflict(
            (("bindAddress",), ("bindAddresses",), ("tls", "mode")),
            f"{settings.bind_address} can't be reached from the Internet, where Let's Encrypt comes from; set it to another, for example 0.0.0.0",
        )
    if settings.published_port != 443 and not given.directory_url:
        yield Conflict(
            (("port",), ("tls", "mode")),
            f"{settings.port} is not where Let's Encrypt looks; it needs port 443 (TLS-ALPN-01, RFC 8737)",
        )


def _acme_server(settings: Settings) -> Iterator[Conflict]:
    """What belongs to an ACME server of one's own."""
    given = settings.tls.letsencrypt
    for name, value in (("directoryCaPem", given.directory_ca_pem), ("trustPem", given.trust_pem)):
        if value is not None and not given.directory_url:
            yield Conflict(
                (("tls", "letsencrypt", name), ("tls", "letsencrypt", "directoryUrl")),
                "is set, but Let's Encrypt itself is trusted by everybody; it belongs to a directoryUrl of your own: set that, for example "
                "https://acme.internal/directory, or remove it",
            )
        for reason in validation.check_certificates(value) if isinstance(value, str) else ():
            yield Conflict((("tls", "letsencrypt", name),), reason)


def _clients(settings: Settings) -> Iterator[Conflict]:
    """Mutual TLS, and what else needs TLS."""
    tls = settings.tls
    for name, is_set in (
        ("minimumTls", tls.minimum_tls is not None),
        ("clientCas", bool(tls.client_cas)),
    ):
        if is_set and tls.mode is TlsMode.OFF:
            yield Conflict(
                (("tls", name), ("tls", "mode")),
                "is set, but tls.mode is off and would ignore it; set another mode, or remove it",
            )
    for index, value in enumerate(tls.client_cas):
        for reason in validation.check_certificates(value) if isinstance(value, str) else ():
            yield Conflict((("tls", "clientCas", index),), reason)
    pair = {
        "clientCertificatePem": tls.client_certificate_pem,
        "clientPrivateKeyPem": tls.client_private_key_pem,
    }
    for name, given in pair.items():
        if given is None and tls.client_cas and settings.verify:
            yield Conflict(
                (("tls", name), ("tls", "clientCas"), ("verify",)),
                "is not set; with tls.clientCas the registry is verified by a client certificate of one of them: set it, or set verify to false",
            )
        if given is not None and not tls.client_cas:
            yield Conflict(
                (("tls", name), ("tls", "clientCas")),
                "is set, but no client certificate is asked for; set tls.clientCas, or remove it",
            )


def _client_certificate(settings: Settings) -> Iterator[Conflict]:
    """The client certificate by which the registry is verified fits its key, and the server's authorities."""
    tls = settings.tls
    if not (
        isinstance(tls.client_certificate_pem, str) and isinstance(tls.client_private_key_pem, str)
    ):
        return
    faults = list(
        validation.check_client_certificate(tls.client_certificate_pem, tls.client_private_key_pem)
    )
    for problem in faults:
        yield Conflict((("tls", problem.setting),), problem.reason)
    known = [
        text
        for text in tls.client_cas
        if isinstance(text, str) and not list(validation.check_certificates(text))
    ]
    if not faults and known and len(known) == len(tls.client_cas):
        involved = (("tls", "clientCertificatePem"), ("tls", "clientCas"))
        if not inspection.has_issued("".join(known), tls.client_certificate_pem):
            yield Conflict(
                involved,
                "none of tls.clientCas has issued it, and the server would refuse it; give one that they have, or add its issuer to tls.clientCas",
            )
        for reason in validation.check_client_path(tls.client_certificate_pem, "".join(known)):
            yield Conflict(involved, reason)


def _from_file(*path: str) -> str:
    """How a PEM setting is set from a file, as an example."""
    return f"for example with `pulumi config set {'--secret ' if path[-1] == 'privateKeyPem' else ''}--path {'.'.join(path)} < FILE`"
