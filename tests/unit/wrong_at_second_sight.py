"""Values that have the right form and are wrong all the same, and faults beside each other: a table, read by ``test_wrong_settings.py``."""

from __future__ import annotations

from typing import Any

from tests.unit.wrong_settings import (
    ADDRESS,
    BCRYPT,
    BIND,
    COUNTRY,
    DOCKER_HOST,
    DROPPED,
    EMAIL,
    HOST,
    IMAGE,
    KNOWN,
    KNOWN_TLS,
    LIMITS,
    PASSWORD,
    PATH,
    READY,
    REALM,
    ROTATION,
    SAN,
    STATE,
    USER,
)

HALF = "\ud800"
"""Half of a surrogate pair: Python has such texts, and no file can hold them."""

HIDDEN = "the value given (not shown, it is a secret) is not allowed"
IGNORED_BY_OFF = "is set, but tls.mode is off and would ignore it; it is for tls.mode self-signed or private-ca: set one, or remove it"
URL = "allowed is an http:// or https:// URL, for example https://packs.example.com"


def _password(text: str) -> tuple[dict[str, Any], list[str]]:
    return {"users": [{"name": "ci", "password": text}]}, [
        f"users[0].password: {HIDDEN}; {PASSWORD}"
    ]


def _path(text: str, shown: str | None = None) -> tuple[dict[str, Any], list[str]]:
    return {"storage": {"kind": "path", "path": text}}, [
        f"storage.path: {shown or text} is not allowed; {PATH}"
    ]


def _bcrypt(text: str) -> tuple[dict[str, Any], list[str]]:
    return {"users": [{"name": "ci", "bcrypt": text}]}, [f"users[0].bcrypt: {HIDDEN}; {BCRYPT}"]


WRONG: dict[str, tuple[dict[str, Any], list[str]]] = {
    "hostname of a group of hosts": (
        {"hostname": "224.0.0.1"},
        [f"hostname: 224.0.0.1 is not allowed; {HOST}"],
    ),
    "hostname of all hosts": (
        {"hostname": "255.255.255.255"},
        [f"hostname: 255.255.255.255 is not allowed; {HOST}"],
    ),
    "hostname of none, as IPv6 has it": (
        {"hostname": "::ffff:0.0.0.0"},
        [f"hostname: ::ffff:0.0.0.0 is not allowed; {HOST}"],
    ),
    "hostname with a blank": (
        {"hostname": "registry.example.com "},
        [f'hostname: "registry.example.com " is not allowed; {HOST}'],
    ),
    "ipAddresses of none": (
        {"ipAddresses": ["0.0.0.0"]},
        [f"ipAddresses[0]: 0.0.0.0 is not allowed; {ADDRESS}"],
    ),
    "ipAddresses of a group of hosts": (
        {"ipAddresses": ["ff02::1"]},
        [f"ipAddresses[0]: ff02::1 is not allowed; {ADDRESS}"],
    ),
    "bindAddress of a group of hosts": (
        {"bindAddress": "224.0.0.1"},
        [f"bindAddress: 224.0.0.1 is not allowed; {BIND}"],
    ),
    "sans of a top-level domain": (
        {"tls": {"sans": ["*.com"]}},
        [f"tls.sans[0]: *.com is not allowed; {SAN}"],
    ),
    "country that is none": (
        {"tls": {"subject": {"country": "ZZ"}}},
        [f"tls.subject.country: ZZ is not allowed; {COUNTRY}"],
    ),
    "country as a number": (
        {"tls": {"subject": {"country": 49}}},
        [f"tls.subject.country: 49 is not allowed; {COUNTRY}"],
    ),
    "state of blanks": (
        {"tls": {"subject": {"state": "  "}}},
        [f'tls.subject.state: "  " is not allowed; {STATE}'],
    ),
    "email of dashes": (
        {"tls": {"subject": {"email": "a@-.-"}}},
        [f"tls.subject.email: a@-.- is not allowed; {EMAIL}"],
    ),
    "realm of blanks": ({"realm": "  "}, [f'realm: "  " is not allowed; {REALM}']),
    "image of a port that is none": (
        {"image": "localhost:99999/a:1"},
        [f"image: localhost:99999/a:1 is not allowed; {IMAGE}"],
    ),
    "image named as an ID": (
        {"image": f"{'a' * 64}:1"},
        [f"image: {'a' * 64}:1 is not allowed; {IMAGE}"],
    ),
    "image with a password": (
        {"image": "user:PW@host/a:1"},
        [f"image: user:…@host/a:1 is not allowed; {IMAGE}"],
    ),
    "imageArchive a directory": (
        {"imageArchive": "/"},
        [
            "imageArchive: / is not allowed; allowed is an absolute path of a file, or one that starts with ~, for example /srv/images/spectro-registry-4.7.0.tar"
        ],
    ),
    "imageUsername with a password": (
        {"imageUsername": "user:PW", "imagePassword": "x"},
        [
            "imageUsername: user:… is not allowed; allowed is a text without spaces and colons, for example _json_key"
        ],
    ),
    "publicEndpoint with a token": (
        {"publicEndpoint": "https://host/?token=PW"},
        [f"publicEndpoint: https://host/?… is not allowed; {URL}"],
    ),
    "publicEndpoint with a slash in a password": (
        {"publicEndpoint": "https://user:P/W@host"},
        [f"publicEndpoint: https://…@host is not allowed; {URL}"],
    ),
    "path of all that programs keep": _path("/var/lib"),
    "path of containerd": _path("/var/lib/containerd"),
    "path of the kubelet": _path("/var/lib/kubelet/pods"),
    "path of libraries": _path("/lib32"),
    "path with a blank": _path("/srv/packs ", '"/srv/packs "'),
    "path longer than any": _path("/srv" + "/packs" * 700, "/srv" + "/packs" * 12 + "/..."),
    "path with a name longer than any": _path("/srv/" + "p" * 256, "/srv/" + "p" * 72 + "..."),
    "dockerHost of an address that is none": (
        {"dockerHost": "tcp://[::::]:2376"},
        [f"dockerHost: tcp://[::::]:2376 is not allowed; {DOCKER_HOST}"],
    ),
    "dockerHost of a name that is none": (
        {"dockerHost": "tcp://a..b:2376"},
        [f"dockerHost: tcp://a..b:2376 is not allowed; {DOCKER_HOST}"],
    ),
    "dockerHost with a password": (
        {"dockerHost": "tcp://me:PW@host:2376"},
        [f"dockerHost: tcp://me:…@host:2376 is not allowed; {DOCKER_HOST}"],
    ),
    "password of common words": _password("password1234"),
    "password of two common words": _password("Welcome-Admin!"),
    "password of digits": _password("123456789012"),
    "password of one character": _password("aaaaaaaaabcde"),
    "password of blanks": _password(
        "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f"
    ),
    "password of half a pair": _password(HALF + "correct horse battery"),
    "password with the user's name in it alone": (
        {"users": [{"name": "continuous", "password": "continuous-2027"}]},
        [
            "users[0].password is the user's name; choose a password that can't be guessed, or remove it so that one is generated"
        ],
    ),
    "bcrypt of another user": _bcrypt(f"other:{READY}"),
    "bcrypt of two users": _bcrypt(f"ci:other:{READY}"),
    "user who is nearly admin": (
        {"users": [{"name": "Admin"}]},
        [
            "users[0].name: Admin differs from admin, who may write, by case alone; choose another name, for example ci-reader"
        ],
    ),
    "half a pair in texts": (
        {"rotation": HALF, "users": [{"name": "ci", "rotation": HALF}]},
        [
            f'rotation: "\\ud800" is not allowed; {ROTATION}',
            f'users[0].rotation: "\\ud800" is not allowed; {ROTATION}',
        ],
    ),
    "half a pair in secrets": (
        {
            "server": {
                "httpSecret": HALF * 16,
                "extra": {"notifications": {"endpoints": [{"name": HALF}]}},
            }
        },
        [
            (
                "server.extra: a group of settings is not allowed; allowed is a group of the server's own settings that no other setting writes, "
                'for example {"notifications": {"endpoints": []}}'
            ),
            (
                f"server.httpSecret: {HIDDEN}; allowed is a text of 16 or more characters of at least 5 different kinds, "
                "for example pulumi config set --secret --path server.httpSecret"
            ),
        ],
    ),
    "half a pair in a list and a group": (
        {"tls": {"clientCas": [HALF]}, "server": {"logFields": {"a": HALF}}},
        [
            'server.logFields: "\\ud800" is not allowed; allowed is a group of texts, for example {"environment": "prod"}',
            'tls.clientCas[0]: "\\ud800" is not allowed; allowed are PEM certificates, for example -----BEGIN CERTIFICATE-----…',
        ],
    ),
    "half a pair as a key": (
        {HALF: 1},
        [f'"\\ud800": there is no such setting; remove it: {KNOWN}'],
    ),
    "half a pair as a key of a group": (
        {"tls": {HALF: 1}},
        [f'tls."\\ud800": there is no such setting; remove it: {KNOWN_TLS}'],
    ),
    "a number without end": (
        {"port": 10**5000, "limits": {"pids": "many"}},
        [
            "limits.pids: many is not allowed; allowed is a whole number from 32 to 4194304, for example 512",
            "port: that value is not allowed; allowed are groups within groups to a depth of 32, and numbers of 40 digits",
        ],
    ),
    "a wrong name beside a group that is ignored": (
        {
            "tls": {"mode": "off", "sans": ["not ok"], "validityDays": 9},
            "ipAddresses": ["10.10.0.5"],
        },
        [
            f"ipAddresses {IGNORED_BY_OFF}",
            f"tls.sans[0]: not ok is not allowed; {SAN}",
            f"tls.validityDays {IGNORED_BY_OFF}",
        ],
    ),
    "a wrong host beside a missing address": (
        {"tls": {"mode": "letsencrypt", "letsencrypt": {"hosts": ["not ok"]}}},
        [
            "tls.letsencrypt.email is not set; the ACME server writes there before a certificate ends, for example ops@example.com",
            "tls.letsencrypt.hosts[0]: not ok is not allowed; allowed are DNS names, for example packs.example.com",
        ],
    ),
    "a wrong option beside a missing server": (
        {"storage": {"kind": "nfs", "nfs": {"export": "/packs", "options": ["no t"]}}},
        [
            "storage.nfs.options[0]: no t is not allowed; allowed are mount options, for example nfsvers=4.1",
            "storage.nfs.server is not set; storage.kind nfs needs an NFS server, for example nfs.example.com",
        ],
    ),
    "a wrong capability beside a short secret": (
        {"server": {"dropCapabilities": ["NET-RAW"], "httpSecret": "short"}},
        [
            f"server.dropCapabilities[0]: NET-RAW is not allowed; {DROPPED}",
            "server.httpSecret: the text given is too easily guessed (not shown, a secret); allowed are 16 or more characters of at least 5 different kinds",
        ],
    ),
    "a user's password for a name": (
        {"users": [{"name": "ci:PW"}], "limits": "2g"},
        [f"limits: a text is not allowed; {LIMITS}", f"users[0].name: ci:… is not allowed; {USER}"],
    ),
}
