"""Conflicts between TLS settings, and between certificates and their keys."""

from __future__ import annotations

from collections.abc import Iterator

from common.conflict import Conflict, Path, ignored_setting
from common.types.network import is_ip, is_loopback, may_be_public
from components.settings import CertificateAuthority, LetsEncrypt, Settings, Target, Tls, TlsMode
from components.tls import inspection, validation
from components.tls.generated import hosts
from components.tls.name_constraints import Names

GENERATED = (TlsMode.SELF_SIGNED, TlsMode.PRIVATE_CA)
"""Modes in which the program generates the certificate."""

_MODE = ("tls", "mode")
_NAMES = (("hostname",), ("tls", "sans"), ("ipAddresses",))
"""Settings with the names of a generated certificate."""
_ACME = ("tls", "letsencrypt")


def tls_conflicts(settings: Settings) -> Iterator[Conflict]:
    """Yield all conflicts."""
    tls = settings.tls
    yield from _provided(tls, settings.hostname)
    if tls.mode in GENERATED:
        yield from _generated(tls, settings.hostname)
    else:
        yield from _ignored(tls, ip_addresses=settings.ip_addresses)
    if tls.mode is TlsMode.PRIVATE_CA:
        names = hosts(tls, settings.hostname, settings.ip_addresses)
        issued = Names.of_hosts(names, tls.subject.email)
        yield from _ca(tls.ca, tls.validity_days, issued)
    elif tls.ca.model_fields_set:
        yield ignored_setting(("tls", "ca"), _MODE, tls.mode.value, TlsMode.PRIVATE_CA.value)
    if tls.mode is TlsMode.LETS_ENCRYPT:
        # Kubernetes refuses the mode, so what it requires would only distract.
        yield from _lets_encrypt(settings) if settings.target is Target.DOCKER else ()
    elif tls.letsencrypt.model_fields_set:
        yield ignored_setting(_ACME, _MODE, tls.mode.value, TlsMode.LETS_ENCRYPT.value)
    yield from _acme_cas(tls.letsencrypt)
    yield from _mutual_tls(tls, verify=settings.verify)
    yield from _client_certificate(tls)


def _provided(tls: Tls, hostname: str) -> Iterator[Conflict]:
    """Mode provided needs a certificate and its key, which fit each other and the hostname."""
    for name, value in (
        ("certificatePem", tls.certificate_pem),
        ("privateKeyPem", tls.private_key_pem),
    ):
        path = ("tls", name)
        if tls.mode is TlsMode.PROVIDED and value is None:
            yield Conflict(
                (path, _MODE), f"is required when tls.mode is provided. {_set_from_file(path)}."
            )
        if tls.mode is not TlsMode.PROVIDED and value is not None:
            yield ignored_setting(path, _MODE, tls.mode.value, TlsMode.PROVIDED.value)
    certificate, key = tls.certificate_pem, tls.private_key_pem
    if tls.mode is TlsMode.PROVIDED and isinstance(certificate, str) and isinstance(key, str):
        for problem in validation.check_server_certificate(certificate, key, hostname):
            involved = (("hostname",),) if problem.involves_hostname else ()
            yield Conflict((("tls", problem.setting), _MODE, *involved), problem.reason)


def _generated(tls: Tls, hostname: str) -> Iterator[Conflict]:
    """A common name is limited, and a certificate is renewed before it expires."""
    if len(hostname) > inspection.COMMON_NAME_LIMIT:
        yield Conflict(
            (("hostname",), _MODE),
            f"{hostname} has {len(hostname)} characters, but the common name of a "
            f"{tls.mode.value} certificate has at most {inspection.COMMON_NAME_LIMIT} (RFC 5280). "
            'Use a shorter name (for example, "registry.example.com"), or set tls.mode to '
            "provided.",
        )
    hours = tls.validity_days * 24
    if tls.early_renewal_hours is not None and tls.early_renewal_hours >= hours:
        yield Conflict(
            (("tls", "earlyRenewalHours"), ("tls", "validityDays")),
            f"{tls.early_renewal_hours} hours cover the whole validity of the certificate "
            f"({tls.validity_days} days), so every update would renew it. "
            f"Must be an integer from 0 to {hours - 1} (for example, {hours // 3}).",
        )


def _ignored(tls: Tls, ip_addresses: list[str]) -> Iterator[Conflict]:
    """Settings that only a generated certificate has."""
    settings = {
        ("tls", "algorithm"): "algorithm" in tls.model_fields_set,
        ("tls", "validityDays"): "validity_days" in tls.model_fields_set,
        ("tls", "earlyRenewalHours"): tls.early_renewal_hours is not None,
        ("tls", "subject"): bool(tls.subject.model_fields_set),
        ("tls", "sans"): bool(tls.sans),
        ("ipAddresses",): bool(ip_addresses),
    }
    for path, is_set in settings.items():
        if is_set:
            yield ignored_setting(path, _MODE, tls.mode.value, "self-signed or private-ca")


def _ca(ca: CertificateAuthority, validity_days: int, names: Names) -> Iterator[Conflict]:
    """A private CA is generated, or provided with its key, and outlives the certificate."""
    certificate, key = ca.certificate_pem, ca.private_key_pem
    for name, value, other_name, other in (
        ("certificatePem", certificate, "privateKeyPem", key),
        ("privateKeyPem", key, "certificatePem", certificate),
    ):
        path = ("tls", "ca", name)
        if value is None and other is not None:
            yield Conflict(
                (path,),
                f"is required when tls.ca.{other_name} is set. {_set_from_file(path)}, or remove "
                f"tls.ca.{other_name} to generate a CA.",
            )
    if certificate is not None and "validity_days" in ca.model_fields_set:
        yield Conflict(
            (("tls", "ca", "validityDays"), ("tls", "ca", "certificatePem")),
            "has no effect when tls.ca.certificatePem is set, because that CA has its own "
            "validity. Remove it.",
        )
    if isinstance(certificate, str) and isinstance(key, str):
        for problem in validation.check_ca_certificate(certificate, key, names):
            involved = _NAMES if problem.involves_hostname else ()
            yield Conflict((("tls", "ca", problem.setting), *involved), problem.reason)
        days = inspection.validity_days(certificate)
        # The remaining validity is checked when a certificate is issued.
        if days is not None and validity_days > days:
            yield Conflict(
                (("tls", "validityDays"), ("tls", "ca", "certificatePem")),
                f"{validity_days} days exceed the validity of the CA ({days} days). "
                f"Use fewer days (for example, {max(1, days // 3)}).",
            )
    elif certificate is None and validity_days >= ca.validity_days:
        yield Conflict(
            (("tls", "validityDays"), ("tls", "ca", "validityDays")),
            f"{validity_days} days must be less than the validity of the generated CA "
            f"({ca.validity_days} days). Set tls.ca.validityDays to more "
            f"(for example, {2 * validity_days}).",
        )


def _lets_encrypt(settings: Settings) -> Iterator[Conflict]:
    """What the ACME server requires. Let's Encrypt limits failed requests, too."""
    acme = settings.tls.letsencrypt
    if not acme.email:
        yield Conflict(
            ((*_ACME, "email"),),
            "is required when tls.mode is letsencrypt. The ACME server may send notices to it. "
            'Set it (for example, to "ops@example.com").',
        )
    hosts: list[tuple[Path, str]] = [(("hostname",), settings.hostname)]
    hosts += [((*_ACME, "hosts", index), host) for index, host in enumerate(acme.hosts)]
    for path, host in hosts:
        yield from _acme_name(path, host, public=not acme.directory_url)
    if acme.directory_url:
        return
    if all(map(is_loopback, settings.published_addresses)):
        yield Conflict(
            (("bindAddress",), ("bindAddresses",), _MODE),
            f"Let's Encrypt can't reach {settings.bind_address} from the Internet. Use another "
            'address (for example, "0.0.0.0").',
        )
    if settings.published_port != 443:
        yield Conflict(
            (("port",), _MODE),
            f"{settings.port} is not the port that Let's Encrypt connects to. Use port 443 "
            "(TLS-ALPN-01, RFC 8737).",
        )


def _acme_name(path: Path, host: str, *, public: bool) -> Iterator[Conflict]:
    """ACME certificates are for DNS names.

    :param public: whether the ACME server uses the public DNS.
    """
    if is_ip(host):
        yield Conflict(
            (path, _MODE),
            f"{host} is an IP address, but tls.mode letsencrypt requires a DNS name "
            '(for example, "packs.example.com").',
        )
    elif public and not may_be_public(host):
        yield Conflict(
            (path, _MODE),
            f"{host} is not a public name, but Let's Encrypt must reach it from the Internet. Use "
            'a public name (for example, "packs.example.com"), or set '
            "tls.letsencrypt.directoryUrl to your own ACME server.",
        )


def _acme_cas(acme: LetsEncrypt) -> Iterator[Conflict]:
    """CA certificates of another ACME server than Let's Encrypt."""
    for name, value in (("directoryCaPem", acme.directory_ca_pem), ("trustPem", acme.trust_pem)):
        path = (*_ACME, name)
        if value is not None and not acme.directory_url:
            yield Conflict(
                (path, (*_ACME, "directoryUrl")),
                "has no effect when tls.letsencrypt.directoryUrl is not set, because Let's Encrypt "
                "is publicly trusted. Remove it, or set tls.letsencrypt.directoryUrl to your own "
                'ACME server (for example, "https://acme.internal/directory").',
            )
        for reason in validation.check_certificates(value) if isinstance(value, str) else ():
            yield Conflict((path,), reason)


def _mutual_tls(tls: Tls, *, verify: bool) -> Iterator[Conflict]:
    """Client certificates need TLS, and the verification needs one."""
    for name, is_set in (
        ("minimumTls", tls.minimum_tls is not None),
        ("clientCas", bool(tls.client_cas)),
    ):
        if is_set and tls.mode is TlsMode.OFF:
            yield ignored_setting(("tls", name), _MODE, tls.mode.value, "another mode")
    for index, value in enumerate(tls.client_cas):
        for reason in validation.check_certificates(value) if isinstance(value, str) else ():
            yield Conflict((("tls", "clientCas", index),), reason)
    for name, client in (
        ("clientCertificatePem", tls.client_certificate_pem),
        ("clientPrivateKeyPem", tls.client_private_key_pem),
    ):
        path = ("tls", name)
        if client is None and tls.client_cas and verify:
            yield Conflict(
                (path, ("tls", "clientCas"), ("verify",)),
                "is required when tls.clientCas is set, because the verification presents a client "
                f"certificate. {_set_from_file(path)}, or set verify to false.",
            )
        if client is not None and not tls.client_cas:
            yield Conflict(
                (path, ("tls", "clientCas")),
                "has no effect when tls.clientCas is not set. Remove it, or set tls.clientCas.",
            )


def _client_certificate(tls: Tls) -> Iterator[Conflict]:
    """The client certificate fits its key, and one of the client CAs issued it."""
    certificate, key = tls.client_certificate_pem, tls.client_private_key_pem
    if not isinstance(certificate, str) or not isinstance(key, str):
        return
    problems = list(validation.check_client_certificate(certificate, key))
    for problem in problems:
        yield Conflict((("tls", problem.setting),), problem.reason)
    cas = [ca for ca in tls.client_cas if isinstance(ca, str)]
    valid = [ca for ca in cas if not list(validation.check_certificates(ca))]
    if problems or not valid or len(valid) < len(tls.client_cas):
        return
    involved = (("tls", "clientCertificatePem"), ("tls", "clientCas"))
    if not inspection.has_issued("".join(valid), certificate):
        yield Conflict(
            involved,
            "was not issued by a CA in tls.clientCas, so the server would reject it. Use a "
            "certificate that one of them issued, or add its issuer to tls.clientCas.",
        )
    for reason in validation.check_client_path(certificate, "".join(valid)):
        yield Conflict(involved, reason)


def _set_from_file(path: tuple[str, ...]) -> str:
    """Return the command that sets a PEM file."""
    secret = "--secret " if path[-1].lower().endswith("privatekeypem") else ""
    return f'Set it with "pulumi config set {secret}--path {".".join(path)} < FILE"'
