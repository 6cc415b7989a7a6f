"""Wrong certificates and keys, and what is said of each: a table, read by ``test_wrong_settings.py``."""

from __future__ import annotations

import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtensionOID

from tests.support.certificates import Issued, issue, issue_chain, issue_unreadable_key

HOSTNAME = "registry.example.com"
NO_CERTIFICATE = (
    "tls.certificatePem: the text is no certificate in PEM; allowed is a chain of blocks that start with -----BEGIN CERTIFICATE-----, "
    "the server's first"
)
NO_KEY = (
    "tls.privateKeyPem: the text is no private key in PEM; allowed is an unencrypted key that starts with -----BEGIN PRIVATE KEY----- "
    "or its RSA or EC form"
)
ORDER = "allowed is the server's certificate first, each next one the issuer of the one before"

good = issue(HOSTNAME, [HOSTNAME])
chain = issue_chain(HOSTNAME)
stranger = issue("Another Root", ca=True)
expired = issue(
    HOSTNAME, [HOSTNAME], begins=datetime.timedelta(days=-90), ends=datetime.timedelta(days=-2)
)
future = issue(HOSTNAME, [HOSTNAME], begins=datetime.timedelta(days=3))
past_root = issue(
    "Past Root", ca=True, begins=datetime.timedelta(days=-90), ends=datetime.timedelta(days=-2)
)
under_past_root = issue(HOSTNAME, [HOSTNAME], past_root)
by_name = issue("registry", ["other.example.com", "*.internal.example.com", "10.10.0.5"])
BY_NAME = "other.example.com, *.internal.example.com, 10.10.0.5"
nameless = issue(HOSTNAME)
address_as_name = issue("registry", [x509.DNSName("10.10.0.5")])
public_key = (
    good.key.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)
unreadable = {
    name: issue(HOSTNAME, more=[x509.UnrecognizedExtension(identifier, b"no value of the kind")])
    for name, identifier in (
        ("names", ExtensionOID.SUBJECT_ALTERNATIVE_NAME),
        ("uses", ExtensionOID.EXTENDED_KEY_USAGE),
        ("policies", ExtensionOID.CERTIFICATE_POLICIES),
    )
}
UNREADABLE = f"certificate 1 (CN={HOSTNAME}) has a name or an extension that can't be read (RFC 5280); have it issued anew"
KEYS = "allowed is RSA of 2048 bits or more, P-256, P-384, P-521 or Ed25519, for example `openssl ecparam -name prime256v1 -genkey`"
odd_certificate, odd_key = issue_unreadable_key(HOSTNAME)


def _provided(certificate_pem: str, private_key_pem: str) -> dict[str, Any]:
    return {
        "tls": {
            "mode": "provided",
            "certificatePem": certificate_pem,
            "privateKeyPem": private_key_pem,
        }
    }


def _pair(issued: Issued) -> dict[str, Any]:
    return _provided(issued.certificate_pem, issued.key_pem)


def _not_for(hostname: str, held: str) -> str:
    return f"tls.certificatePem: it is not for hostname {hostname}: it names {held}; give a certificate that names it, or change hostname"


def _day(moment: datetime.datetime) -> str:
    return f"{moment:%Y-%m-%d}"


WRONG: dict[str, tuple[dict[str, Any], list[str]]] = {
    "certificate garbage": (_provided("MARKER", good.key_pem), [NO_CERTIFICATE]),
    "certificate empty": (_provided("", good.key_pem), [NO_CERTIFICATE]),
    "certificate cut short": (
        _provided(good.certificate_pem[:200], good.key_pem),
        [NO_CERTIFICATE],
    ),
    "certificate of another kind": (
        _provided(good.certificate_pem.replace("CERTIFICATE", "CERTIFICATE REQUEST"), good.key_pem),
        [NO_CERTIFICATE],
    ),
    "certificate under an old name": (
        _provided(good.certificate_pem.replace("CERTIFICATE", "X509 CERTIFICATE"), good.key_pem),
        [NO_CERTIFICATE],
    ),
    "certificate a path": (
        _provided("/etc/ssl/tls.crt", "/etc/ssl/tls.key"),
        [NO_CERTIFICATE, NO_KEY],
    ),
    "certificate and key swapped": (
        _provided(good.key_pem, good.certificate_pem),
        [NO_CERTIFICATE, NO_KEY],
    ),
    "certificate and key in one": (
        _provided(good.certificate_pem + good.key_pem, good.key_pem),
        [
            "tls.certificatePem: the text holds a private key, which everybody may read there; give the certificates alone, the key as privateKeyPem"
        ],
    ),
    "key garbage": (_provided(good.certificate_pem, "MARKER"), [NO_KEY]),
    "key empty": (_provided(good.certificate_pem, ""), [NO_KEY]),
    "key a public one": (_provided(good.certificate_pem, public_key), [NO_KEY]),
    "key encrypted": (
        _provided(good.certificate_pem, good.encrypted_key_pem),
        [
            "tls.privateKeyPem: the private key is encrypted; allowed is an unencrypted PEM key: decrypt it with `openssl pkey -in KEY -out tls.key`",
        ],
    ),
    "key of another certificate": (
        _provided(good.certificate_pem, chain.leaf.key_pem),
        [
            f"tls.privateKeyPem: the key does not belong to the first certificate (CN={HOSTNAME}); give the key that it was issued for"
        ],
    ),
    "key of the issuer": (
        _provided(chain.pem, chain.root.key_pem),
        [
            f"tls.privateKeyPem: the key does not belong to the first certificate (CN={HOSTNAME}); give the key that it was issued for"
        ],
    ),
    "certificate expired": (
        _pair(expired),
        [
            f"tls.certificatePem: certificate 1 (CN={HOSTNAME}) expired on {_day(expired.certificate.not_valid_after_utc)}; give a renewed one"
        ],
    ),
    "issuer expired": (
        _provided(
            under_past_root.certificate_pem + past_root.certificate_pem, under_past_root.key_pem
        ),
        [
            f"tls.certificatePem: certificate 2 (CN=Past Root) expired on {_day(past_root.certificate.not_valid_after_utc)}; give a renewed one"
        ],
    ),
    "certificate not valid yet": (
        _pair(future),
        [
            (
                f"tls.certificatePem: certificate 1 (CN={HOSTNAME}) is not valid before {_day(future.certificate.not_valid_before_utc)}; "
                "give one that is valid today, or correct this machine's clock"
            )
        ],
    ),
    "certificate for other names": (
        _pair(by_name),
        [_not_for(HOSTNAME, BY_NAME)],
    ),
    "certificate for no name": (
        _pair(nameless),
        [_not_for(HOSTNAME, "none")],
    ),
    "certificate for another address": (
        {"hostname": "10.10.0.6", **_pair(by_name)},
        [_not_for("10.10.0.6", BY_NAME)],
    ),
    "wildcard for two labels": (
        {"hostname": "a.b.internal.example.com", **_pair(by_name)},
        [_not_for("a.b.internal.example.com", BY_NAME)],
    ),
    "wildcard for no label": (
        {"hostname": "internal.example.com", **_pair(by_name)},
        [_not_for("internal.example.com", BY_NAME)],
    ),
    "address among the DNS names": (
        {"hostname": "10.10.0.5", **_pair(address_as_name)},
        [_not_for("10.10.0.5", "10.10.0.5")],
    ),
    "chain the wrong way round": (
        _provided(
            chain.root.certificate_pem + chain.intermediate.certificate_pem, chain.root.key_pem
        ),
        [
            _not_for(HOSTNAME, "none"),
            "tls.certificatePem: the chain is out of order: certificate 2 (CN=Test Intermediate) did not issue certificate 1 (CN=Test Root); "
            + ORDER,
        ],
    ),
    "chain with a gap": (
        _provided(chain.leaf.certificate_pem + chain.root.certificate_pem, chain.leaf.key_pem),
        [
            f"tls.certificatePem: the chain is out of order: certificate 2 (CN=Test Root) did not issue certificate 1 (CN={HOSTNAME}); "
            + ORDER
        ],
    ),
    "chain with a stranger": (
        _provided(chain.pem + stranger.certificate_pem, chain.leaf.key_pem),
        [
            "tls.certificatePem: the chain is out of order: certificate 4 (CN=Another Root) did not issue certificate 3 (CN=Test Root); "
            + ORDER
        ],
    ),
    **{
        f"certificate whose {name} can't be read": (
            _pair(issued),
            [f"tls.certificatePem: {UNREADABLE}"],
        )
        for name, issued in unreadable.items()
    },
    "certificate and key of a kind that nobody reads": (
        _provided(odd_certificate, odd_key),
        [
            f"tls.certificatePem: certificate 1 (CN={HOSTNAME}) has a key of another kind; {KEYS}",
            f"tls.privateKeyPem: the private key is of another kind; {KEYS}",
        ],
    ),
    "issuer with a key of a kind that nobody reads": (
        _provided(good.certificate_pem + odd_certificate, good.key_pem),
        [f"tls.certificatePem: certificate 2 (CN={HOSTNAME}) has a key of another kind; {KEYS}"],
    ),
    "authority that can't be read": (
        {
            "tls": {
                "mode": "private-ca",
                "ca": {
                    "certificatePem": unreadable["uses"].certificate_pem,
                    "privateKeyPem": unreadable["uses"].key_pem,
                },
            }
        },
        [f"tls.ca.certificatePem: {UNREADABLE}"],
    ),
    "clients' authority that can't be read": (
        {
            "verify": False,
            "tls": {"clientCas": [odd_certificate, unreadable["names"].certificate_pem]},
        },
        [
            f"tls.clientCas[0]: certificate 1 (CN={HOSTNAME}) has a key of another kind; {KEYS}",
            f"tls.clientCas[1]: {UNREADABLE}",
        ],
    ),
    "client certificate that can't be read": (
        {
            "tls": {
                "clientCas": [good.certificate_pem],
                "clientCertificatePem": unreadable["policies"].certificate_pem,
                "clientPrivateKeyPem": unreadable["policies"].key_pem,
            }
        },
        [f"tls.clientCertificatePem: {UNREADABLE}"],
    ),
    "certificate beside a wrong hostname": (
        {"hostname": "https://registry", **_pair(good)},
        [
            "hostname: https://registry is not allowed; allowed is a DNS name (letters, digits and dashes) or the IP address of one host, without scheme, port or path, for example registry.example.com"
        ],
    ),
    "key of another certificate beside a wrong hostname": (
        {"hostname": "https://registry", **_provided(good.certificate_pem, chain.leaf.key_pem)},
        [
            "hostname: https://registry is not allowed; allowed is a DNS name (letters, digits and dashes) or the IP address of one host, without scheme, port or path, for example registry.example.com",
            f"tls.privateKeyPem: the key does not belong to the first certificate (CN={HOSTNAME}); give the key that it was issued for",
        ],
    ),
    "many faults of one certificate": (
        {
            "hostname": "packs.example.com",
            **_provided(expired.certificate_pem + stranger.certificate_pem, good.key_pem),
        },
        [
            f"tls.certificatePem: certificate 1 (CN={HOSTNAME}) expired on {_day(expired.certificate.not_valid_after_utc)}; give a renewed one",
            _not_for("packs.example.com", HOSTNAME),
            f"tls.certificatePem: the chain is out of order: certificate 2 (CN=Another Root) did not issue certificate 1 (CN={HOSTNAME}); "
            + ORDER,
            f"tls.privateKeyPem: the key does not belong to the first certificate (CN={HOSTNAME}); give the key that it was issued for",
        ],
    ),
}
