"""Settings of storage and TLS that do not go together, and certificates that do not do for their place: a table, read by ``test_wrong_settings.py``."""

from __future__ import annotations

import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.support.certificates import Issued, issue

HOSTNAME = "registry.example.com"
NO_PEM = "the text is no certificate in PEM; allowed is one or more blocks that start with -----BEGIN CERTIFICATE-----"
HOLDS_KEY = (
    "the text holds a private key, which everybody may read there; give the certificates alone"
)
KEYS = "allowed is RSA of 2048 bits or more, P-256, P-384, P-521 or Ed25519, for example `openssl ecparam -name prime256v1 -genkey`"
NFS_OPTIONS = "allowed are mount options, for example nfsvers=4.1"
CIFS_OPTIONS = "allowed are mount options, none of them a credential, for example vers=3.1.1"

authority = issue("Clients' Root", ca=True)
other_authority = issue("Another Root", ca=True)
client = issue("prober", issuer=authority)
old_authority = issue(
    "Past Root", ca=True, begins=datetime.timedelta(days=-90), ends=datetime.timedelta(days=-2)
)
for_clients = issue(HOSTNAME, [HOSTNAME], uses=[ExtendedKeyUsageOID.CLIENT_AUTH])
for_servers = issue("prober", issuer=authority, uses=[ExtendedKeyUsageOID.SERVER_AUTH])
small = issue(HOSTNAME, [HOSTNAME], key=rsa.generate_private_key(65537, 1024))
odd_curve = issue(HOSTNAME, [HOSTNAME], key=ec.generate_private_key(ec.SECP256K1()))
garbled = authority.certificate_pem.replace("M", "!", 5)


def _provided(issued: Issued) -> dict[str, Any]:
    return {
        "tls": {
            "mode": "provided",
            "certificatePem": issued.certificate_pem,
            "privateKeyPem": issued.key_pem,
        }
    }


def _mutual(issued: Issued, *client_cas: str) -> dict[str, Any]:
    return {
        "tls": {
            "clientCas": list(client_cas),
            "clientCertificatePem": issued.certificate_pem,
            "clientPrivateKeyPem": issued.key_pem,
        }
    }


def _acme(**given: Any) -> dict[str, Any]:
    return {"tls": {"mode": "letsencrypt", "letsencrypt": {"email": "ops@example.com", **given}}}


def _own_acme(**given: Any) -> dict[str, Any]:
    return _acme(directoryUrl="https://acme.example.com/directory", **given)


def _cifs(**given: Any) -> dict[str, Any]:
    return {
        "storage": {
            "kind": "cifs",
            "cifs": {"server": "files.example.com", "share": "packs", **given},
        }
    }


def _s3(**given: Any) -> dict[str, Any]:
    return {"storage": {"kind": "s3", "s3": {"bucket": "packs", "region": "any", **given}}}


def _expired(place: str, name: str, issued: Issued) -> str:
    return f"{place}: certificate 1 (CN={name}) expired on {issued.certificate.not_valid_after_utc:%Y-%m-%d}; give a renewed one"


def _not_public(hostname: str) -> tuple[dict[str, Any], list[str]]:
    return (
        {"hostname": hostname, **_acme()},
        [
            (
                f"hostname: {hostname} is no public name, and Let's Encrypt must reach it from the Internet; use one, for example packs.example.com, or set "
                "tls.letsencrypt.directoryUrl to an ACME server of your own"
            )
        ],
    )


def _empty(setting: str) -> str:
    return f"{setting} is empty; set it, for example with `pulumi config set --secret --path {setting}`, or remove it"


WRONG: dict[str, tuple[dict[str, Any], list[str]]] = {
    **{
        f"a public certificate for .{end}": _not_public(f"registry.{end}")
        for end in ("corp", "home", "lan", "local", "localhost", "test", "invalid", "example")
    },
    "a public certificate for an inner host of the list": (
        _acme(hosts=["packs.example.com", "packs.corp"]),
        [
            (
                "tls.letsencrypt.hosts[1]: packs.corp is no public name, and Let's Encrypt must reach it from the Internet; use one, for example "
                "packs.example.com, or set tls.letsencrypt.directoryUrl to an ACME server of your own"
            )
        ],
    ),
    "a public certificate on the loopback": (
        {"bindAddress": "127.0.0.1", "bindAddresses": ["::1"], **_acme()},
        [
            "bindAddress: 127.0.0.1 can't be reached from the Internet, where Let's Encrypt comes from; set it to another, for example 0.0.0.0"
        ],
    ),
    "storage volume of the certificate": (
        {"storage": {"volume": "spectro-registry-acme"}, **_acme()},
        [
            "storage.volume: spectro-registry-acme is the name of the volume of the server's certificate; choose another name, for example spectro-registry-packs"
        ],
    ),
    **{
        f"storage {kind} option {option}": (
            {
                "storage": {
                    "kind": kind,
                    kind: {"server": "files.example.com", **where, "options": [f"{option}=MARKER"]},
                }
            },
            [f"storage.{kind}.options[0]: {shown.format(option)} is not allowed; {allowed}"],
        )
        for kind, where, shown, allowed in (
            ("nfs", {"export": "/packs"}, "{}=MARKER", NFS_OPTIONS),
            (
                "cifs",
                {"share": "packs"},
                "the value given (not shown, it is a secret)",
                CIFS_OPTIONS,
            ),
        )
        for option in ("user", "username", "pass", "passwd", "password2", "cred", "credentials")
    },
    "storage cifs password empty": (
        _cifs(username="packs", password="", plainCredentials=True),
        [_empty("storage.cifs.password")],
    ),
    "storage cifs accepting no password": (
        _cifs(plainCredentials=True),
        [
            "storage.cifs.plainCredentials is set, but there is no password that it would accept; remove it"
        ],
    ),
    "storage s3 secret key empty": (
        _s3(accessKey="MARKER", secretKey=""),
        [_empty("storage.s3.secretKey")],
    ),
    "storage s3 keys empty": (
        _s3(accessKey="", secretKey=""),
        [_empty("storage.s3.accessKey"), _empty("storage.s3.secretKey")],
    ),
    "ca of ones own that ends before the certificate": (
        {
            "tls": {
                "mode": "private-ca",
                "ca": {
                    "certificatePem": authority.certificate_pem,
                    "privateKeyPem": authority.key_pem,
                },
            }
        },
        [
            "tls.validityDays: 1825 days are more than the authority is valid, which is 90; set it to fewer, for example 30"
        ],
    ),
    "ca validityDays of ones own": (
        {
            "tls": {
                "mode": "private-ca",
                "validityDays": 30,
                "ca": {
                    "certificatePem": authority.certificate_pem,
                    "privateKeyPem": authority.key_pem,
                    "validityDays": 3650,
                },
            }
        },
        [
            "tls.ca.validityDays is set, but the authority of your own has its validity and would ignore it; it is for a generated one, so remove it"
        ],
    ),
    "certificate for clients alone": (
        _provided(for_clients),
        [
            (
                f"tls.certificatePem: CN={HOSTNAME} is not for a server (extended key usage); give one that is, for example with "
                "`extendedKeyUsage = serverAuth`"
            )
        ],
    ),
    "certificate with a small key": (
        _provided(small),
        [f"tls.certificatePem: certificate 1 (CN={HOSTNAME}) has an RSA key of 1024 bits; {KEYS}"],
    ),
    "certificate on an odd curve": (
        _provided(odd_curve),
        [
            f"tls.certificatePem: certificate 1 (CN={HOSTNAME}) has a key on the curve secp256k1; {KEYS}"
        ],
    ),
    "client certificate for servers alone": (
        _mutual(for_servers, authority.certificate_pem),
        [
            "tls.clientCertificatePem: CN=prober is not for a client (extended key usage); give one that is, for example with `extendedKeyUsage = clientAuth`"
        ],
    ),
    "client certificate of another authority": (
        _mutual(client, other_authority.certificate_pem),
        [
            (
                "tls.clientCertificatePem: none of tls.clientCas has issued it, and the server would refuse it; give one that they have, or add its issuer "
                "to tls.clientCas"
            )
        ],
    ),
    "clientCas expired": (
        _mutual(client, authority.certificate_pem, old_authority.certificate_pem),
        [_expired("tls.clientCas[1]", "Past Root", old_authority)],
    ),
    "clientCas garbled": (
        _mutual(client, authority.certificate_pem, garbled),
        [f"tls.clientCas[1]: {NO_PEM}"],
    ),
    "clientCas with a key": (
        _mutual(client, authority.certificate_pem + authority.key_pem),
        [f"tls.clientCas[0]: {HOLDS_KEY}"],
    ),
    "trustPem with a key": (
        _own_acme(trustPem=authority.key_pem + authority.certificate_pem),
        [f"tls.letsencrypt.trustPem: {HOLDS_KEY}"],
    ),
    "trustPem garbled": (_own_acme(trustPem=garbled), [f"tls.letsencrypt.trustPem: {NO_PEM}"]),
    "trustPem expired": (
        _own_acme(trustPem=old_authority.certificate_pem),
        [_expired("tls.letsencrypt.trustPem", "Past Root", old_authority)],
    ),
    "directoryCaPem with a key": (
        _own_acme(directoryCaPem=authority.certificate_pem + authority.key_pem),
        [f"tls.letsencrypt.directoryCaPem: {HOLDS_KEY}"],
    ),
    "directoryCaPem garbled": (
        _own_acme(directoryCaPem=garbled),
        [f"tls.letsencrypt.directoryCaPem: {NO_PEM}"],
    ),
}
