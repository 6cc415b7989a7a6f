"""Wrong configurations and what is said of each: a table, read by ``test_wrong_settings.py``.

A configuration is as in a stack's config, without the hostname where that is not the point. What is allowed is written out once here, by
hand: a text that changes in the model is to be read again, as a user reads it.
"""

from __future__ import annotations

import math
from typing import Any

MISSING = object()
"""In the place of a hostname that is not to be there."""

READY = "$2y$05$" + "a" * 53
"""A well-formed bcrypt hash."""

HOST = "allowed is a DNS name (letters, digits and dashes) or the IP address of one host, without scheme, port or path, for example registry.example.com"
ADDRESSES = 'allowed is a list of IP addresses, each of one host, for example ["10.10.0.5"]'
ADDRESS = "allowed are IP addresses, each of one host, for example 10.10.0.5"
PORT = "allowed is a TCP port from 1 to 65535, or 0 for the mode's own (443, or 80 with tls.mode off), for example 8443"
BIND = "allowed is an IP address of the Docker host, 0.0.0.0 for all of IPv4, or :: for all of IPv6, for example 127.0.0.1"
IMAGE = "allowed is an image reference with a tag or a sha256 digest, for example us-docker.pkg.dev/palette-images/palette/spectro-registry:4.7.0"
CONTAINER = "allowed is 2 to 128 letters, digits, dots, underscores and dashes, a letter or digit first, for example spectro-registry-prod"
TLS_NAMES = (
    "mode, algorithm, validityDays, earlyRenewalHours, subject, sans, certificatePem, privateKe"
    "yPem, ca, letsencrypt, minimumTls, clientCas, clientCertificatePem, clientPrivateKeyPem"
)
SERVER_NAMES = (
    "readOnlyRoot, noNewPrivileges, dropCapabilities, addCapabilities, privateKeyMode, restart, logMaxSiz"
    "e, logMaxFiles, logFormat, logFields, headers, drainSeconds, addr, httpSecret, extra"
)
STORAGE_NAMES = "kind, volume, path, nfs, cifs, s3, keepOnDestroy, confirmLoss"
NAMES = (
    "hostname, flavor, baseContentPath, ipAddresses, port, bindAddress, bindAddresses, networks, publicEndpoint, image, imageArchive, imageUsername, imagePassword, "
    "containerName, tls, users, rotation, realm, logLevel, storage, server, limits, dockerHost, dockerCertPath, verify"
)
TLS = f'allowed is a group of settings: {TLS_NAMES}; for example {{"mode": "self-signed"}}'
MODE = (
    "allowed is one of self-signed, private-ca, provided, letsencrypt, off, for example self-signed"
)
ALGORITHM = "allowed is one of rsa-4096, ecdsa-p256, for example ecdsa-p256"
DAYS = "allowed is a whole number of days from 1 to 3650, for example 825"
SUBJECT = 'allowed is a group of settings: country, state, locality, organization, organizationalUnit, email; for example {"country": "US"}'
COUNTRY = "allowed is a country's code of two letters (ISO 3166-1), for example US"
STATE = "allowed is a text of at most 128 characters, no blanks around it, for example California"
LOCALITY = "allowed is a text of at most 128 characters, no blanks around it, for example San Jose"
ORGANIZATION = (
    "allowed is a text of at most 64 characters, no blanks around it, for example Example Inc."
)
UNIT = "allowed is a text of at most 64 characters, no blanks around it, for example Platform"
EMAIL = "allowed is an e-mail address, for example platform@example.com"
SANS = 'allowed is a list of DNS names, also as *.example.com, and IP addresses of hosts, for example ["registry.internal", "10.10.0.5"]'
SAN = "allowed are DNS names, also as *.example.com, and IP addresses of hosts, for example registry.internal"
CHAIN = "allowed is a PEM certificate chain, the server's certificate first, for example -----BEGIN CERTIFICATE-----…"
KEY = "allowed is an unencrypted PEM private key, for example -----BEGIN PRIVATE KEY-----…"
USERS = 'allowed is a list of users, each a group with a name, for example [{"name": "spectro"}, {"name": "ci-reader"}]'
A_USER = 'allowed are users, each a group with a name, for example {"name": "spectro"}'
USER = "allowed is 1 to 64 letters, digits, dots, underscores and dashes, a letter or digit first, for example ci-reader"
PASSWORD = (
    "allowed is 12 or more characters of at least 5 different kinds, not made of common words, at most 72 bytes in UTF-8 "
    "(bcrypt reads no more), no control characters, for example pulumi config set --secret --path 'users[0].password'"
)
BCRYPT = "allowed is a bcrypt hash ($2a$, $2b$ or $2y$) of cost 4 to 12, alone or behind this user's name and a colon, for example $2y$10$…"
COST = "allowed is a whole number from 4 to 12, for example 10"
ROTATION = "allowed is a text, for example 2027-01"
REALM = "allowed is 1 to 128 printable ASCII characters without quotes and backslashes, no blanks around them, for example Registry Realm"
LEVEL = "allowed is one of error, warn, info, debug, for example debug"
STORAGE = f'allowed is a group of settings: {STORAGE_NAMES}; for example {{"kind": "volume"}}'
LIMITS = 'allowed is a group of settings: memory, cpus, pids; for example {"memory": "4g"}'
KIND = "allowed is one of volume, path, nfs, cifs, s3, memory, for example volume"
VOLUME = "allowed is 2 to 128 letters, digits, dots, underscores and dashes, a letter or digit first, for example registry-data"
PATH = "allowed is an absolute path of the Docker host, not a system directory, for example /srv/pack-registry"
BOOLEAN = "allowed is true or false, for example true"
SERVER = f'allowed is a group of settings: {SERVER_NAMES}; for example {{"readOnlyRoot": true}}'
DROP = 'allowed is a list of Linux capabilities, or ALL, for example ["ALL"]'
DROPPED = "allowed are Linux capabilities, or ALL, for example ALL"
ADD = "allowed are Linux capabilities, for example CAP_NET_BIND_SERVICE"
KEY_MODE = "allowed is one of 0400, 0440, 0444, for example 0444"
RESTART = "allowed is one of always, unless-stopped, for example always"
LOG_SIZE = "allowed is a size in k, m or g, for example 50m"
LOG_FILES = "allowed is a whole number from 1 to 100, for example 5"
MEMORY = "allowed is a size in m or g, 128m or more, for example 4g"
CPUS = "allowed is a number of processors from 0.1 to 1024, for example 2"
PIDS = "allowed is a whole number from 32 to 4194304, for example 512"
DOCKER_HOST = "allowed is unix:///path, ssh://user@host[:port] or tcp://host:port, for example ssh://ops@registry.example.com"
ROTATION_OF_ONES_OWN = "users[0].rotation is set, but rotation is for generated passwords; change the password or hash itself, or remove it so that one is generated"
KNOWN = f"the settings are {NAMES}"
KNOWN_TLS = f"the settings under tls are {TLS_NAMES}"
KNOWN_TLS_SUBJECT = "the settings under tls.subject are country, state, locality, organization, organizationalUnit, email"
KNOWN_USERS = "the settings under users[0] are name, password, bcrypt, cost, rotation"
KNOWN_STORAGE = f"the settings under storage are {STORAGE_NAMES}"
KNOWN_SERVER = f"the settings under server are {SERVER_NAMES}"
KNOWN_LIMITS = "the settings under limits are memory, cpus, pids"

WRONG: dict[str, tuple[dict[str, Any], list[str]]] = {
    "hostname missing": ({"hostname": MISSING}, [f"hostname is not set; {HOST}"]),
    "hostname 0.0.0.0": ({"hostname": "0.0.0.0"}, [f"hostname: 0.0.0.0 is not allowed; {HOST}"]),
    "hostname ::": ({"hostname": "::"}, [f"hostname: :: is not allowed; {HOST}"]),
    "hostname empty": ({"hostname": ""}, [f'hostname: "" is not allowed; {HOST}']),
    "hostname null": ({"hostname": None}, [f"hostname: null is not allowed; {HOST}"]),
    "hostname url": (
        {"hostname": "https://registry.example.com"},
        [f"hostname: https://registry.example.com is not allowed; {HOST}"],
    ),
    "hostname with port": (
        {"hostname": "registry.example.com:8443"},
        [f"hostname: registry.example.com:8443 is not allowed; {HOST}"],
    ),
    "hostname path": (
        {"hostname": "registry.example.com/v1"},
        [f"hostname: registry.example.com/v1 is not allowed; {HOST}"],
    ),
    "hostname underscore": (
        {"hostname": "pack_registry.example.com"},
        [f"hostname: pack_registry.example.com is not allowed; {HOST}"],
    ),
    "hostname space": (
        {"hostname": "pack registry"},
        [f"hostname: pack registry is not allowed; {HOST}"],
    ),
    "hostname dash first": (
        {"hostname": "-registry.example.com"},
        [f"hostname: -registry.example.com is not allowed; {HOST}"],
    ),
    "hostname trailing dot": (
        {"hostname": "registry.example.com."},
        [f"hostname: registry.example.com. is not allowed; {HOST}"],
    ),
    "hostname label 64": (
        {"hostname": "r" * 64 + ".example.com"},
        [f"hostname: {'r' * 64}.example.com is not allowed; {HOST}"],
    ),
    "hostname ip mistyped": (
        {"hostname": "10.10.0.256"},
        [f"hostname: 10.10.0.256 is not allowed; {HOST}"],
    ),
    "hostname ip in brackets": (
        {"hostname": "[fd00::5]"},
        [f"hostname: [fd00::5] is not allowed; {HOST}"],
    ),
    "hostname zone": (
        {"hostname": "fe80::1%eth0"},
        [f"hostname: fe80::1%eth0 is not allowed; {HOST}"],
    ),
    "hostname wildcard": (
        {"hostname": "*.example.com"},
        [f"hostname: *.example.com is not allowed; {HOST}"],
    ),
    "hostname list": (
        {"hostname": ["registry.example.com"]},
        [f"hostname: a list is not allowed; {HOST}"],
    ),
    "hostname unicode": (
        {"hostname": "bücher.example.com"},
        [f"hostname: bücher.example.com is not allowed; {HOST}"],
    ),
    "hostname newline": (
        {"hostname": "registry.example.com\n"},
        [f'hostname: "registry.example.com\\n" is not allowed; {HOST}'],
    ),
    "hostname bool": ({"hostname": True}, [f"hostname: true is not allowed; {HOST}"]),
    "hostname too long for cn": (
        {"hostname": "a-very-long-name-of-a-pack-registry.in-a-region.and-a-zone.example.com"},
        [
            (
                "hostname: a-very-long-name-of-a-pack-registry.in-a-region.and-a-zone.example.com has 70 characters, but a self-signed certificate's "
                "common name takes at most 64 (RFC 5280); choose a shorter name, for example registry.example.com, or set tls.mode to provided"
            )
        ],
    ),
    "ipAddresses name": (
        {"ipAddresses": ["10.10.0.5", "registry"]},
        [f"ipAddresses[1]: registry is not allowed; {ADDRESS}"],
    ),
    "ipAddresses not a list": (
        {"ipAddresses": "10.10.0.5"},
        [f"ipAddresses: 10.10.0.5 is not allowed; {ADDRESSES}"],
    ),
    "ipAddresses cidr": (
        {"ipAddresses": ["10.10.0.0/24"]},
        [f"ipAddresses[0]: 10.10.0.0/24 is not allowed; {ADDRESS}"],
    ),
    "ipAddresses zone": (
        {"ipAddresses": ["fe80::1%eth0"]},
        [f"ipAddresses[0]: fe80::1%eth0 is not allowed; {ADDRESS}"],
    ),
    "ipAddresses null in list": (
        {"ipAddresses": [None]},
        [f"ipAddresses[0]: null is not allowed; {ADDRESS}"],
    ),
    "port too high": ({"port": 65536}, [f"port: 65536 is not allowed; {PORT}"]),
    "port negative": ({"port": -1}, [f"port: -1 is not allowed; {PORT}"]),
    "port text": ({"port": "https"}, [f"port: https is not allowed; {PORT}"]),
    "port fraction": ({"port": 443.5}, [f"port: 443.5 is not allowed; {PORT}"]),
    "port bool": ({"port": True}, [f"port: true is not allowed; {PORT}"]),
    "port list": ({"port": [443]}, [f"port: a list is not allowed; {PORT}"]),
    "port mapping": ({"port": "443:5000"}, [f"port: 443:5000 is not allowed; {PORT}"]),
    "port null": ({"port": None}, [f"port: null is not allowed; {PORT}"]),
    "bind name": ({"bindAddress": "localhost"}, [f"bindAddress: localhost is not allowed; {BIND}"]),
    "bind empty": ({"bindAddress": ""}, [f'bindAddress: "" is not allowed; {BIND}']),
    "bind with port": (
        {"bindAddress": "127.0.0.1:443"},
        [f"bindAddress: 127.0.0.1:443 is not allowed; {BIND}"],
    ),
    "image no tag": (
        {"image": "us-docker.pkg.dev/palette-images/palette/spectro-registry"},
        [
            f"image: us-docker.pkg.dev/palette-images/palette/spectro-registry is not allowed; {IMAGE}"
        ],
    ),
    "image port no tag": (
        {"image": "localhost:5000/spectro-registry"},
        [f"image: localhost:5000/spectro-registry is not allowed; {IMAGE}"],
    ),
    "image upper": (
        {"image": "Spectro-Registry:4.7.0"},
        [f"image: Spectro-Registry:4.7.0 is not allowed; {IMAGE}"],
    ),
    "image scheme": (
        {"image": "https://us-docker.pkg.dev/spectro-registry:4.7.0"},
        [f"image: https://us-docker.pkg.dev/spectro-registry:4.7.0 is not allowed; {IMAGE}"],
    ),
    "image short digest": (
        {"image": "spectro-registry@sha256:0123"},
        [f"image: spectro-registry@sha256:0123 is not allowed; {IMAGE}"],
    ),
    "image blank": ({"image": " "}, [f'image: " " is not allowed; {IMAGE}']),
    "image empty tag": (
        {"image": "spectro-registry:"},
        [f"image: spectro-registry: is not allowed; {IMAGE}"],
    ),
    "containerName space": (
        {"containerName": "spectro registry"},
        [f"containerName: spectro registry is not allowed; {CONTAINER}"],
    ),
    "containerName one letter": (
        {"containerName": "r"},
        [f"containerName: r is not allowed; {CONTAINER}"],
    ),
    "containerName slash": (
        {"containerName": "/spectro-registry"},
        [f"containerName: /spectro-registry is not allowed; {CONTAINER}"],
    ),
    "containerName long": (
        {"containerName": "r" * 129},
        [f"containerName: {'r' * 77}... is not allowed; {CONTAINER}"],
    ),
    "tls text": ({"tls": "self-signed"}, [f"tls: a text is not allowed; {TLS}"]),
    "tls mode": ({"tls": {"mode": "selfsigned"}}, [f"tls.mode: selfsigned is not allowed; {MODE}"]),
    "tls mode of another program": (
        {"tls": {"mode": "acme"}},
        [f"tls.mode: acme is not allowed; {MODE}"],
    ),
    "tls mode true": ({"tls": {"mode": True}}, [f"tls.mode: true is not allowed; {MODE}"]),
    "tls algorithm": (
        {"tls": {"algorithm": "rsa-2048"}},
        [f"tls.algorithm: rsa-2048 is not allowed; {ALGORITHM}"],
    ),
    "tls days 0": ({"tls": {"validityDays": 0}}, [f"tls.validityDays: 0 is not allowed; {DAYS}"]),
    "tls days 10 years": (
        {"tls": {"validityDays": 3651}},
        [f"tls.validityDays: 3651 is not allowed; {DAYS}"],
    ),
    "tls days text": (
        {"tls": {"validityDays": "five years"}},
        [f"tls.validityDays: five years is not allowed; {DAYS}"],
    ),
    "tls days fraction": (
        {"tls": {"validityDays": 0.5}},
        [f"tls.validityDays: 0.5 is not allowed; {DAYS}"],
    ),
    "tls subject text": (
        {"tls": {"subject": "/C=US/ST=California"}},
        [f"tls.subject: a text is not allowed; {SUBJECT}"],
    ),
    "country name": (
        {"tls": {"subject": {"country": "USA"}}},
        [f"tls.subject.country: USA is not allowed; {COUNTRY}"],
    ),
    "country sharp s": (
        {"tls": {"subject": {"country": "ß"}}},
        [f"tls.subject.country: ß is not allowed; {COUNTRY}"],
    ),
    "state long": (
        {"tls": {"subject": {"state": "x" * 129}}},
        [f"tls.subject.state: {'x' * 77}... is not allowed; {STATE}"],
    ),
    "locality control": (
        {"tls": {"subject": {"locality": "San\nJose"}}},
        [f'tls.subject.locality: "San\\nJose" is not allowed; {LOCALITY}'],
    ),
    "organization long": (
        {"tls": {"subject": {"organization": "x" * 65}}},
        [f"tls.subject.organization: {'x' * 65} is not allowed; {ORGANIZATION}"],
    ),
    "ou list": (
        {"tls": {"subject": {"organizationalUnit": ["Platform"]}}},
        [f"tls.subject.organizationalUnit: a list is not allowed; {UNIT}"],
    ),
    "email": (
        {"tls": {"subject": {"email": "platform"}}},
        [f"tls.subject.email: platform is not allowed; {EMAIL}"],
    ),
    "sans text": (
        {"tls": {"sans": "registry.internal"}},
        [f"tls.sans: registry.internal is not allowed; {SANS}"],
    ),
    "sans wrong": (
        {"tls": {"sans": ["registry.internal", "https://registry.internal"]}},
        [f"tls.sans[1]: https://registry.internal is not allowed; {SAN}"],
    ),
    "sans two wildcards": (
        {"tls": {"sans": ["*.*.example.com"]}},
        [f"tls.sans[0]: *.*.example.com is not allowed; {SAN}"],
    ),
    "sans zone": (
        {"tls": {"sans": ["fe80::1%eth0"]}},
        [f"tls.sans[0]: fe80::1%eth0 is not allowed; {SAN}"],
    ),
    "cert type": (
        {
            "tls": {
                "mode": "provided",
                "certificatePem": ["a"],
                "privateKeyPem": {"file": "tls.key"},
            }
        },
        [
            f"tls.certificatePem: a list is not allowed; {CHAIN}",
            f"tls.privateKeyPem: a group of settings is not allowed; {KEY}",
        ],
    ),
    "provided none": (
        {"tls": {"mode": "provided"}},
        [
            "tls.certificatePem is not set; tls.mode provided needs a certificate chain and its private key in PEM, for example -----BEGIN CERTIFICATE-----…",
            "tls.privateKeyPem is not set; tls.mode provided needs a certificate chain and its private key in PEM, for example -----BEGIN PRIVATE KEY-----…",
        ],
    ),
    "self-signed with pem": (
        {"tls": {"certificatePem": "x", "privateKeyPem": "y"}},
        [
            "tls.certificatePem is set, but tls.mode is self-signed and would ignore it; set tls.mode to provided, or remove it",
            "tls.privateKeyPem is set, but tls.mode is self-signed and would ignore it; set tls.mode to provided, or remove it",
        ],
    ),
    "off with pem": (
        {"tls": {"mode": "off", "certificatePem": "x"}},
        [
            "tls.certificatePem is set, but tls.mode is off and would ignore it; set tls.mode to provided, or remove it"
        ],
    ),
    "off with the rest": (
        {
            "tls": {
                "mode": "off",
                "algorithm": "ecdsa-p256",
                "validityDays": 90,
                "subject": {"country": "US"},
                "sans": ["a.example.com"],
            },
            "ipAddresses": ["10.10.0.5"],
        },
        [
            "ipAddresses is set, but tls.mode is off and would ignore it; it is for tls.mode self-signed or private-ca: set one, or remove it",
            "tls.algorithm is set, but tls.mode is off and would ignore it; it is for tls.mode self-signed or private-ca: set one, or remove it",
            "tls.sans is set, but tls.mode is off and would ignore it; it is for tls.mode self-signed or private-ca: set one, or remove it",
            "tls.subject is set, but tls.mode is off and would ignore it; it is for tls.mode self-signed or private-ca: set one, or remove it",
            "tls.validityDays is set, but tls.mode is off and would ignore it; it is for tls.mode self-signed or private-ca: set one, or remove it",
        ],
    ),
    "users group": (
        {"users": {"admin": "MARKER"}},
        [f"users: a group of settings is not allowed; {USERS}"],
    ),
    "users names": ({"users": ["ci"]}, [f"users[0]: a text is not allowed; {A_USER}"]),
    "users null": ({"users": None}, [f"users: an empty value is not allowed; {USERS}"]),
    "user no name": (
        {"users": [{"password": "correct horse battery staple"}]},
        [f"users[0].name is not set; {USER}"],
    ),
    "user name empty": ({"users": [{"name": ""}]}, [f'users[0].name: "" is not allowed; {USER}']),
    "user name colon": (
        {"users": [{"name": "ci:reader"}]},
        [f"users[0].name: ci:… is not allowed; {USER}"],
    ),
    "user name at": (
        {"users": [{"name": "ci@example.com"}]},
        [f"users[0].name: ci@example.com is not allowed; {USER}"],
    ),
    "user name long": (
        {"users": [{"name": "u" * 65}]},
        [f"users[0].name: {'u' * 65} is not allowed; {USER}"],
    ),
    "user twice": (
        {"users": [{"name": "ci"}, {"name": "spectro"}, {"name": "ci"}]},
        ["users[2].name: ci is listed already as users[0]; each name is allowed once: remove one"],
    ),
    "admin twice": (
        {"users": [{"name": "admin"}, {"name": "admin"}]},
        [
            "users[1].name: admin is listed already as users[0]; each name is allowed once: remove one"
        ],
    ),
    "password short": (
        {"users": [{"name": "ci", "password": "elevenchars"}]},
        [
            f"users[0].password: the value given (not shown, it is a secret) is not allowed; {PASSWORD}"
        ],
    ),
    "a weak password of the second user": (
        {"users": [{"name": "spectro"}, {"name": "ci", "password": "short"}]},
        [
            f"users[1].password: the value given (not shown, it is a secret) is not allowed; {PASSWORD.replace('[0]', '[1]')}"
        ],
    ),
    "password one kind": (
        {"users": [{"name": "ci", "password": "aaaabbbbccccdddd"}]},
        [
            f"users[0].password: the value given (not shown, it is a secret) is not allowed; {PASSWORD}"
        ],
    ),
    "password long": (
        {
            "users": [
                {
                    "name": "ci",
                    "password": "0123456789012345678901234567890123456789012345678901234567890123456789abc",
                }
            ]
        },
        [
            f"users[0].password: the value given (not shown, it is a secret) is not allowed; {PASSWORD}"
        ],
    ),
    "password long utf8": (
        {"users": [{"name": "ci", "password": "äöüßéèäöüßéèäöüßéèäöüßéèäöüßéèäöüßéèx"}]},
        [
            f"users[0].password: the value given (not shown, it is a secret) is not allowed; {PASSWORD}"
        ],
    ),
    "password control": (
        {"users": [{"name": "ci", "password": "two lines\nof a file"}]},
        [
            f"users[0].password: the value given (not shown, it is a secret) is not allowed; {PASSWORD}"
        ],
    ),
    "password number": (
        {"users": [{"name": "ci", "password": 123456789012}]},
        [
            f"users[0].password: the value given (not shown, it is a secret) is not allowed; {PASSWORD}"
        ],
    ),
    "password bool": (
        {"users": [{"name": "ci", "password": True}]},
        [
            f"users[0].password: the value given (not shown, it is a secret) is not allowed; {PASSWORD}"
        ],
    ),
    "password empty": (
        {"users": [{"name": "ci", "password": ""}]},
        [
            f"users[0].password: the value given (not shown, it is a secret) is not allowed; {PASSWORD}"
        ],
    ),
    "password list": (
        {"users": [{"name": "ci", "password": ["correct horse battery staple"]}]},
        [f"users[0].password: a list is not allowed; {PASSWORD}"],
    ),
    "password is name": (
        {"users": [{"name": "continuous-integration", "password": "Continuous-Integration"}]},
        [
            "users[0].password is the user's name; choose a password that can't be guessed, or remove it so that one is generated"
        ],
    ),
    "bcrypt sha": (
        {"users": [{"name": "ci", "bcrypt": "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="}]},
        [f"users[0].bcrypt: the value given (not shown, it is a secret) is not allowed; {BCRYPT}"],
    ),
    "bcrypt apr1": (
        {"users": [{"name": "ci", "bcrypt": "ci:$apr1$x$y"}]},
        [f"users[0].bcrypt: the value given (not shown, it is a secret) is not allowed; {BCRYPT}"],
    ),
    "bcrypt 13": (
        {
            "users": [
                {
                    "name": "ci",
                    "bcrypt": "$2y$13$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                }
            ]
        },
        [f"users[0].bcrypt: the value given (not shown, it is a secret) is not allowed; {BCRYPT}"],
    ),
    "bcrypt short": (
        {
            "users": [
                {
                    "name": "ci",
                    "bcrypt": "$2y$05$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                }
            ]
        },
        [f"users[0].bcrypt: the value given (not shown, it is a secret) is not allowed; {BCRYPT}"],
    ),
    "bcrypt two lines": (
        {
            "users": [
                {
                    "name": "ci",
                    "bcrypt": f"ci:{READY}\nother:{READY}",
                }
            ]
        },
        [f"users[0].bcrypt: the value given (not shown, it is a secret) is not allowed; {BCRYPT}"],
    ),
    "password and bcrypt": (
        {"users": [{"name": "ci", "password": "correct horse battery staple", "bcrypt": READY}]},
        [
            "users[0].bcrypt is set beside a password; allowed is one of password, bcrypt, or neither (a password is generated): remove one"
        ],
    ),
    "cost and bcrypt": (
        {"users": [{"name": "ci", "cost": 5, "bcrypt": READY}]},
        [
            "users[0].cost is set beside a ready bcrypt hash, which has its cost already; remove one of the two"
        ],
    ),
    "cost 3": (
        {"users": [{"name": "ci", "cost": 3}]},
        [f"users[0].cost: 3 is not allowed; {COST}"],
    ),
    "cost 13": (
        {"users": [{"name": "ci", "cost": 13}]},
        [f"users[0].cost: 13 is not allowed; {COST}"],
    ),
    "cost text": (
        {"users": [{"name": "ci", "cost": "high"}]},
        [f"users[0].cost: high is not allowed; {COST}"],
    ),
    "rotation and password": (
        {"users": [{"name": "ci", "password": "correct horse battery staple", "rotation": "1"}]},
        [ROTATION_OF_ONES_OWN],
    ),
    "rotation and bcrypt": (
        {"users": [{"name": "ci", "bcrypt": READY, "rotation": "1"}]},
        [ROTATION_OF_ONES_OWN],
    ),
    "rotation list": ({"rotation": ["2027"]}, [f"rotation: a list is not allowed; {ROTATION}"]),
    "rotation bool": ({"rotation": True}, [f"rotation: true is not allowed; {ROTATION}"]),
    "user rotation bool": (
        {"users": [{"name": "ci", "rotation": False}]},
        [f"users[0].rotation: false is not allowed; {ROTATION}"],
    ),
    "realm quote": (
        {"realm": 'The "Registry"'},
        [f'realm: The "Registry" is not allowed; {REALM}'],
    ),
    "realm empty": ({"realm": ""}, [f'realm: "" is not allowed; {REALM}']),
    "realm umlaut": ({"realm": "Für Alle"}, [f"realm: Für Alle is not allowed; {REALM}"]),
    "realm long": ({"realm": "r" * 129}, [f"realm: {'r' * 77}... is not allowed; {REALM}"]),
    "logLevel": ({"logLevel": "warning"}, [f"logLevel: warning is not allowed; {LEVEL}"]),
    "logLevel upper": ({"logLevel": "INFO"}, [f"logLevel: INFO is not allowed; {LEVEL}"]),
    "storage text": ({"storage": "volume"}, [f"storage: a text is not allowed; {STORAGE}"]),
    "storage kind": ({"storage": {"kind": "gcs"}}, [f"storage.kind: gcs is not allowed; {KIND}"]),
    "storage volume name": (
        {"storage": {"volume": "/srv/packs"}},
        [f"storage.volume: /srv/packs is not allowed; {VOLUME}"],
    ),
    "storage volume clash": (
        {"storage": {"volume": "spectro-registry-config"}},
        [
            "storage.volume: spectro-registry-config is the name of the configuration's volume; choose another name, for example spectro-registry-packs"
        ],
    ),
    "path missing": (
        {"storage": {"kind": "path"}},
        [
            "storage.path is not set; storage.kind path needs a directory of the Docker host, for example /srv/pack-registry"
        ],
    ),
    "path relative": (
        {"storage": {"kind": "path", "path": "packs"}},
        [f"storage.path: packs is not allowed; {PATH}"],
    ),
    "path root": (
        {"storage": {"kind": "path", "path": "/"}},
        [f"storage.path: / is not allowed; {PATH}"],
    ),
    "path etc": (
        {"storage": {"kind": "path", "path": "/etc/packs"}},
        [f"storage.path: /etc/packs is not allowed; {PATH}"],
    ),
    "path dotdot": (
        {"storage": {"kind": "path", "path": "/srv/../etc"}},
        [f"storage.path: /srv/../etc is not allowed; {PATH}"],
    ),
    "path docker": (
        {"storage": {"kind": "path", "path": "/var/lib/docker/volumes/x"}},
        [f"storage.path: /var/lib/docker/volumes/x is not allowed; {PATH}"],
    ),
    "path colon": (
        {"storage": {"kind": "path", "path": "/srv/packs:ro"}},
        [f"storage.path: /srv/packs:ro is not allowed; {PATH}"],
    ),
    "path home short": (
        {"storage": {"kind": "path", "path": "~/packs"}},
        [f"storage.path: ~/packs is not allowed; {PATH}"],
    ),
    "path with volume kind": (
        {"storage": {"path": "/srv/packs"}},
        [
            "storage.path: /srv/packs is set, but storage.kind is volume and would ignore it; remove it, or change storage.kind"
        ],
    ),
    "volume with path kind": (
        {"storage": {"kind": "path", "path": "/srv/packs", "volume": "packs"}},
        [
            "storage.volume: packs is set, but storage.kind is path and would ignore it; remove it, or change storage.kind"
        ],
    ),
    "keep with path": (
        {"storage": {"kind": "path", "path": "/srv/packs", "keepOnDestroy": False}},
        [
            "storage.keepOnDestroy: false is for storage.kind volume; a directory of the host is never removed, so remove the setting"
        ],
    ),
    "keep text": (
        {"storage": {"keepOnDestroy": "maybe"}},
        [f"storage.keepOnDestroy: maybe is not allowed; {BOOLEAN}"],
    ),
    "server list": ({"server": []}, [f"server: a list is not allowed; {SERVER}"]),
    "readOnlyRoot": (
        {"server": {"readOnlyRoot": 2}},
        [f"server.readOnlyRoot: 2 is not allowed; {BOOLEAN}"],
    ),
    "noNewPrivileges": (
        {"server": {"noNewPrivileges": None}},
        [f"server.noNewPrivileges: null is not allowed; {BOOLEAN}"],
    ),
    "dropCapabilities text": (
        {"server": {"dropCapabilities": "ALL"}},
        [f"server.dropCapabilities: ALL is not allowed; {DROP}"],
    ),
    "dropCapabilities wrong": (
        {"server": {"dropCapabilities": ["NET-RAW"]}},
        [f"server.dropCapabilities[0]: NET-RAW is not allowed; {DROPPED}"],
    ),
    "addCapabilities unknown": (
        {"server": {"addCapabilities": ["CAP_NET_BIND"]}},
        [f"server.addCapabilities[0]: CAP_NET_BIND is not allowed; {ADD}"],
    ),
    "addCapabilities ALL": (
        {"server": {"addCapabilities": ["ALL"]}},
        [f"server.addCapabilities[0]: ALL is not allowed; {ADD}"],
    ),
    "addCapabilities number": (
        {"server": {"addCapabilities": [10]}},
        [f"server.addCapabilities[0]: 10 is not allowed; {ADD}"],
    ),
    "privateKeyMode": (
        {"server": {"privateKeyMode": "0644"}},
        [f"server.privateKeyMode: 0644 is not allowed; {KEY_MODE}"],
    ),
    "privateKeyMode number": (
        {"server": {"privateKeyMode": 644}},
        [f"server.privateKeyMode: 644 is not allowed; {KEY_MODE}"],
    ),
    "restart no": (
        {"server": {"restart": "no"}},
        [f"server.restart: no is not allowed; {RESTART}"],
    ),
    "restart on-failure": (
        {"server": {"restart": "on-failure"}},
        [f"server.restart: on-failure is not allowed; {RESTART}"],
    ),
    "logMaxSize": (
        {"server": {"logMaxSize": "10MB"}},
        [f"server.logMaxSize: 10MB is not allowed; {LOG_SIZE}"],
    ),
    "logMaxSize number": (
        {"server": {"logMaxSize": 10}},
        [f"server.logMaxSize: 10 is not allowed; {LOG_SIZE}"],
    ),
    "logMaxSize 0": (
        {"server": {"logMaxSize": "0m"}},
        [f"server.logMaxSize: 0m is not allowed; {LOG_SIZE}"],
    ),
    "logMaxFiles 0": (
        {"server": {"logMaxFiles": 0}},
        [f"server.logMaxFiles: 0 is not allowed; {LOG_FILES}"],
    ),
    "logMaxFiles 101": (
        {"server": {"logMaxFiles": 101}},
        [f"server.logMaxFiles: 101 is not allowed; {LOG_FILES}"],
    ),
    "limits text": ({"limits": "4g"}, [f"limits: a text is not allowed; {LIMITS}"]),
    "memory small": (
        {"limits": {"memory": "64m"}},
        [f"limits.memory: 64m is not allowed; {MEMORY}"],
    ),
    "memory number": (
        {"limits": {"memory": 2048}},
        [f"limits.memory: 2048 is not allowed; {MEMORY}"],
    ),
    "memory k": (
        {"limits": {"memory": "2097152k"}},
        [f"limits.memory: 2097152k is not allowed; {MEMORY}"],
    ),
    "memory fraction": (
        {"limits": {"memory": "1.5g"}},
        [f"limits.memory: 1.5g is not allowed; {MEMORY}"],
    ),
    "memory unit": (
        {"limits": {"memory": "2GiB"}},
        [f"limits.memory: 2GiB is not allowed; {MEMORY}"],
    ),
    "memory huge": (
        {"limits": {"memory": "99999g"}},
        [f"limits.memory: 99999g is not allowed; {MEMORY}"],
    ),
    "cpus 0": ({"limits": {"cpus": 0}}, [f"limits.cpus: 0 is not allowed; {CPUS}"]),
    "cpus text": ({"limits": {"cpus": "two"}}, [f"limits.cpus: two is not allowed; {CPUS}"]),
    "cpus bool": ({"limits": {"cpus": True}}, [f"limits.cpus: true is not allowed; {CPUS}"]),
    "cpus nan": ({"limits": {"cpus": math.nan}}, [f"limits.cpus: NaN is not allowed; {CPUS}"]),
    "cpus many": ({"limits": {"cpus": 1025}}, [f"limits.cpus: 1025 is not allowed; {CPUS}"]),
    "pids few": ({"limits": {"pids": 31}}, [f"limits.pids: 31 is not allowed; {PIDS}"]),
    "pids many": ({"limits": {"pids": 4194305}}, [f"limits.pids: 4194305 is not allowed; {PIDS}"]),
    "pids unlimited": ({"limits": {"pids": -1}}, [f"limits.pids: -1 is not allowed; {PIDS}"]),
    "dockerHost bare": (
        {"dockerHost": "registry.example.com"},
        [f"dockerHost: registry.example.com is not allowed; {DOCKER_HOST}"],
    ),
    "dockerHost http": (
        {"dockerHost": "http://registry.example.com:2375"},
        [f"dockerHost: http://registry.example.com:2375 is not allowed; {DOCKER_HOST}"],
    ),
    "dockerHost tcp no port": (
        {"dockerHost": "tcp://registry.example.com"},
        [f"dockerHost: tcp://registry.example.com is not allowed; {DOCKER_HOST}"],
    ),
    "dockerHost relative": (
        {"dockerHost": "unix://docker.sock"},
        [f"dockerHost: unix://docker.sock is not allowed; {DOCKER_HOST}"],
    ),
    "dockerHost npipe": (
        {"dockerHost": "npipe:////./pipe/docker_engine"},
        [f"dockerHost: npipe:////./pipe/docker_engine is not allowed; {DOCKER_HOST}"],
    ),
    "dockerHost ssh path": (
        {"dockerHost": "ssh://ops@registry.example.com/run/docker.sock"},
        [
            f"dockerHost: ssh://ops@registry.example.com/run/docker.sock is not allowed; {DOCKER_HOST}"
        ],
    ),
    "dockerHost port 99999": (
        {"dockerHost": "tcp://registry.example.com:99999"},
        [f"dockerHost: tcp://registry.example.com:99999 is not allowed; {DOCKER_HOST}"],
    ),
    "dockerHost port 0": (
        {"dockerHost": "ssh://registry.example.com:0"},
        [f"dockerHost: ssh://registry.example.com:0 is not allowed; {DOCKER_HOST}"],
    ),
    "verify": ({"verify": "sometimes"}, [f"verify: sometimes is not allowed; {BOOLEAN}"]),
    "verify number": ({"verify": 2}, [f"verify: 2 is not allowed; {BOOLEAN}"]),
    "unknown top": (
        {"hostName": "registry.example.com", "hostname": MISSING},
        [
            f'hostName: there is no such setting; did you mean "hostname"? {KNOWN}',
            f"hostname is not set; {HOST}",
        ],
    ),
    "unknown top far": (
        {"replicas": 3},
        [f"replicas: there is no such setting; remove it: {KNOWN}"],
    ),
    "unknown snake/misspelt": (
        {"containername": "packs"},
        [f'containername: there is no such setting; did you mean "containerName"? {KNOWN}'],
    ),
    "unknown tls": (
        {"tls": {"algorythm": "rsa-4096"}},
        [f'tls.algorythm: there is no such setting; did you mean "algorithm"? {KNOWN_TLS}'],
    ),
    "unknown tls far": (
        {"tls": {"keySize": 4096}},
        [f"tls.keySize: there is no such setting; remove it: {KNOWN_TLS}"],
    ),
    "unknown subject": (
        {"tls": {"subject": {"organisation": "Example Inc."}}},
        [
            f'tls.subject.organisation: there is no such setting; did you mean "organization"? {KNOWN_TLS_SUBJECT}'
        ],
    ),
    "unknown user": (
        {"users": [{"name": "ci", "pasword": "MARKER"}]},
        [f'users[0].pasword: there is no such setting; did you mean "password"? {KNOWN_USERS}'],
    ),
    "unknown user 2": (
        {"users": [{"username": "ci"}]},
        [
            f"users[0].name is not set; {USER}",
            f'users[0].username: there is no such setting; did you mean "name"? {KNOWN_USERS}',
        ],
    ),
    "unknown storage": (
        {"storage": {"keepOnDestory": True}},
        [
            f'storage.keepOnDestory: there is no such setting; did you mean "keepOnDestroy"? {KNOWN_STORAGE}'
        ],
    ),
    "unknown server": (
        {"server": {"readonlyRoot": True}},
        [
            f'server.readonlyRoot: there is no such setting; did you mean "readOnlyRoot"? {KNOWN_SERVER}'
        ],
    ),
    "unknown limits": (
        {"limits": {"cpu": 1}},
        [f'limits.cpu: there is no such setting; did you mean "cpus"? {KNOWN_LIMITS}'],
    ),
}
