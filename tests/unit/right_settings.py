"""Right configurations, each with what one of its settings must come to: a table, read by ``test_right_settings.py``.

Among them are those that look wrong at first: what YAML makes of bare words, limits met to the letter, forms that Docker takes too.
"""

from __future__ import annotations

from typing import Any

READY = "$2y$05$" + "a" * 53
DIGEST = "sha256:" + "0123456789abcdef" * 4

RIGHT: dict[str, tuple[dict[str, Any], str, Any]] = {
    "the hostname alone": ({}, "containerName", "spectro-registry"),
    "a hostname of one label": ({"hostname": "localhost"}, "hostname", "localhost"),
    "a hostname in capitals": (
        {"hostname": "Registry.Example.COM"},
        "hostname",
        "registry.example.com",
    ),
    "a hostname that starts with a digit": (
        {"hostname": "3com.example.com"},
        "hostname",
        "3com.example.com",
    ),
    "a hostname in punycode": (
        {"hostname": "xn--bcher-kva.example.com"},
        "hostname",
        "xn--bcher-kva.example.com",
    ),
    "a hostname with a label of 63": (
        {"hostname": "r" * 63 + ".example.com", "tls": {"mode": "off"}},
        "hostname",
        "r" * 63 + ".example.com",
    ),
    "a common name of 64": (
        {"hostname": "r" * 52 + ".example.com"},
        "hostname",
        "r" * 52 + ".example.com",
    ),
    "a long hostname without a certificate": (
        {"hostname": "r" * 63 + ".example.com", "tls": {"mode": "off"}},
        "port",
        0,
    ),
    "an IPv4 address as hostname": ({"hostname": "10.10.0.5"}, "hostname", "10.10.0.5"),
    "an IPv6 address as hostname": ({"hostname": "FD00:0:0:0:0:0:0:5"}, "hostname", "fd00::5"),
    "addresses of both kinds": (
        {"ipAddresses": ["10.10.0.5", "::1"]},
        "ipAddresses",
        ["10.10.0.5", "::1"],
    ),
    "no more addresses": ({"ipAddresses": []}, "ipAddresses", []),
    "the highest port": ({"port": 65535}, "port", 65535),
    "a port as a text": ({"port": "8443"}, "port", 8443),
    "a port as another language's number": ({"port": 8443.0}, "port", 8443),
    "the mode's own port": ({"port": 0}, "port", 0),
    "one address of the host": ({"bindAddress": "127.0.0.1"}, "bindAddress", "127.0.0.1"),
    "all addresses in IPv6": ({"bindAddress": "::"}, "bindAddress", "::"),
    "all addresses of both kinds": ({"bindAddresses": ["::"]}, "bindAddresses", ["::"]),
    "all addresses in IPv6 beside one in IPv4": (
        {"bindAddress": "10.10.0.5", "bindAddresses": ["::"]},
        "bindAddresses",
        ["::"],
    ),
    "an image by its digest": (
        {"image": f"registry.example.com/packs@{DIGEST}"},
        "image",
        f"registry.example.com/packs@{DIGEST}",
    ),
    "an image by tag and digest": (
        {"image": f"localhost:5000/a/b-c__d.e:1.0@{DIGEST}"},
        "image",
        f"localhost:5000/a/b-c__d.e:1.0@{DIGEST}",
    ),
    "an image without a registry": (
        {"image": "pack-registry-dev:1.0.0"},
        "image",
        "pack-registry-dev:1.0.0",
    ),
    "a container's name of two characters": ({"containerName": "r2"}, "containerName", "r2"),
    "networks of every name": (
        {"networks": ["x", "_x", "7", "a.b_c-d"]},
        "networks",
        ["x", "_x", "7", "a.b_c-d"],
    ),
    "a proxy's path with an @": (
        {"publicEndpoint": "https://packs.example.com/a@b/"},
        "publicEndpoint",
        "https://packs.example.com/a@b",
    ),
    "plain HTTP": ({"tls": {"mode": "off"}}, "tls.mode", "off"),
    "plain HTTP as YAML reads a bare off": ({"tls": {"mode": False}}, "tls.mode", "off"),
    "an ECDSA key": (
        {"tls": {"algorithm": "ecdsa-p256", "validityDays": 3650}},
        "tls.algorithm",
        "ecdsa-p256",
    ),
    "a country in small letters": (
        {"tls": {"subject": {"country": "de"}}},
        "tls.subject.country",
        "DE",
    ),
    "Norway as YAML reads a bare NO": (
        {"tls": {"subject": {"country": False}}},
        "tls.subject.country",
        "NO",
    ),
    "a subject in any script": (
        {"tls": {"subject": {"locality": "Zürich", "state": "東京"}}},
        "tls.subject.locality",
        "Zürich",
    ),
    "an organization of 64": (
        {"tls": {"subject": {"organization": "o" * 64}}},
        "tls.subject.organization",
        "o" * 64,
    ),
    "an empty subject": (
        {"tls": {"subject": {"country": "", "email": ""}}},
        "tls.subject.country",
        "",
    ),
    "names of every kind": (
        {"tls": {"sans": ["*.Example.com", "10.0.0.1", "::0001", "registry"]}},
        "tls.sans",
        ["*.example.com", "10.0.0.1", "::1", "registry"],
    ),
    "nobody but admin": ({"users": []}, "users", []),
    "a user whose name is a number": ({"users": [{"name": 42}]}, "users.0.name", "42"),
    "admin with a password": (
        {"users": [{"name": "admin", "password": "correct horse"}]},
        "users.0.password",
        "correct horse",
    ),
    "the shortest password": (
        {"users": [{"name": "ci", "password": "abcdeabcdeab"}]},
        "users.0.password",
        "abcdeabcdeab",
    ),
    "the longest password": (
        {"users": [{"name": "ci", "password": "0123456789abcdXY" * 4 + "01234567"}]},
        "users.0.cost",
        None,
    ),
    "a password with colons and spaces": (
        {"users": [{"name": "ci", "password": " a:b:c:d:e: ✓"}]},
        "users.0.password",
        " a:b:c:d:e: ✓",
    ),
    "a hash": ({"users": [{"name": "ci", "bcrypt": READY}]}, "users.0.bcrypt", READY),
    "a whole line of htpasswd": (
        {"users": [{"name": "ci", "bcrypt": f"ci:{READY}\n"}]},
        "users.0.bcrypt",
        READY,
    ),
    "a hash of the oldest kind": (
        {"users": [{"name": "ci", "bcrypt": READY.replace("2y", "2a")}]},
        "users.0.bcrypt",
        READY.replace("2y", "2a"),
    ),
    "the cheapest and the dearest hash": (
        {"users": [{"name": "a", "cost": 4}, {"name": "b", "cost": "12"}]},
        "users.1.cost",
        12,
    ),
    "rotations": (
        {"rotation": 2027, "users": [{"name": "ci", "rotation": "2027-01"}]},
        "rotation",
        "2027",
    ),
    "a realm of 128": ({"realm": "r" * 128}, "realm", "r" * 128),
    "a log level": ({"logLevel": "warn"}, "logLevel", "warn"),
    "a volume of ones own": (
        {"storage": {"volume": "packs", "keepOnDestroy": False}},
        "storage.keepOnDestroy",
        False,
    ),
    "a directory": (
        {"storage": {"kind": "path", "path": "//srv//packs/"}},
        "storage.path",
        "/srv/packs",
    ),
    "a directory that is to stay": (
        {"storage": {"kind": "path", "path": "/home/packs", "keepOnDestroy": True}},
        "storage.path",
        "/home/packs",
    ),
    "a capability in short": (
        {"server": {"addCapabilities": ["chown", "CAP_SETUID"]}},
        "server.addCapabilities",
        ["CAP_CHOWN", "CAP_SETUID"],
    ),
    "no capability taken away": (
        {"server": {"dropCapabilities": []}},
        "server.dropCapabilities",
        [],
    ),
    "all capabilities taken away": (
        {"server": {"dropCapabilities": ["all"]}},
        "server.dropCapabilities",
        ["ALL"],
    ),
    "a port below 1024, for which Docker asks no capability": (
        {"server": {"addr": ":443"}},
        "server.addr",
        ":443",
    ),
    "a file mode": ({"server": {"privateKeyMode": "0444"}}, "server.privateKeyMode", "0444"),
    "a file mode as YAML reads a bare 0444": (
        {"server": {"privateKeyMode": 0o444}},
        "server.privateKeyMode",
        "0444",
    ),
    "a small log": (
        {"server": {"logMaxSize": "512K", "logMaxFiles": 1}},
        "server.logMaxSize",
        "512k",
    ),
    "switches as texts": ({"verify": "false", "server": {"readOnlyRoot": "true"}}, "verify", False),
    "the least memory": ({"limits": {"memory": "128m"}}, "limits.memory", "128m"),
    "the most memory": ({"limits": {"memory": "16384G"}}, "limits.memory", "16384g"),
    "a part of a processor": ({"limits": {"cpus": "0.1"}}, "limits.cpus", 0.1),
    "a whole number of processors": ({"limits": {"cpus": 2}}, "limits.cpus", 2),
    "few processes": ({"limits": {"pids": 32}}, "limits.pids", 32),
    "Docker on another socket": (
        {"dockerHost": "unix:///run/user/1000/docker.sock"},
        "dockerHost",
        "unix:///run/user/1000/docker.sock",
    ),
    "Docker over ssh": (
        {"dockerHost": "ssh://ops@build-1:2222"},
        "dockerHost",
        "ssh://ops@build-1:2222",
    ),
    "Docker over ssh by an alias": ({"dockerHost": "ssh://build"}, "dockerHost", "ssh://build"),
    "Docker over TCP": (
        {"dockerHost": "tcp://[fd00::5]:2376"},
        "dockerHost",
        "tcp://[fd00::5]:2376",
    ),
    "names as programs write them": (
        {"container_name": "packs", "tls": {"validity_days": 90}},
        "tls.validityDays",
        90,
    ),
}
