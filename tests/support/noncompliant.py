"""Compliant production settings, and changes to them that policies reject.

The policies' tests and the engine's tests read them.
"""

from __future__ import annotations

import datetime
import functools
from typing import Any

import yaml
from cryptography.hazmat.primitives.asymmetric import rsa

from cli.paths import ROOT
from tests.support.certificates import Issued, issue
from tests.support.policy_resources import DIGEST

HOSTNAME = "registry.example.com"
OFFICIAL = "us-docker.pkg.dev/palette-images/palette/spectro-registry:4.7.0"
PINNED = f"{OFFICIAL}@{DIGEST}"

Changes = dict[str, tuple[dict[str, Any], set[str]]]
"""Changed settings and the policies that reject them, by title."""


def provided(issued: Issued) -> dict[str, str]:
    """The setting `tls` for a certificate."""
    return {
        "mode": "provided",
        "certificatePem": issued.certificate_pem,
        "privateKeyPem": issued.key_pem,
    }


def shipped(stack: str) -> dict[str, Any]:
    """The settings of a shipped stack."""
    config = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    return {key.removeprefix("pack-registry:"): value for key, value in config.items()}


@functools.cache
def _issued_by_ca() -> Issued:
    return issue(HOSTNAME, [HOSTNAME], issuer=issue("Example Root", ca=True))


def compliant() -> dict[str, Any]:
    """The shipped production settings with an image digest and a certificate of a CA."""
    return {**shipped("prod"), "image": PINNED, "tls": provided(_issued_by_ca())}


def _share() -> dict[str, Any]:
    login = {"username": "registry", "password": "p4ssw0rd", "plainCredentials": True}
    return {"server": "nas", "share": "packs", **login}


def _noncompliant_tls() -> Changes:
    days = datetime.timedelta(days=1)
    small = issue(HOSTNAME, [HOSTNAME], key=rsa.generate_private_key(65537, 2048))
    misnamed = issue("other.example.com", [HOSTNAME])
    return {
        "tls.mode": ({"tls": {"mode": "off"}}, {"tls-required", "http-port-not-public"}),
        "tls.mode behind a proxy": (
            {"tls": {"mode": "off"}, "bindAddress": "127.0.0.1"},
            {"tls-required"},
        ),
        "tls.mode off with a settings file": (
            {"tls": {"mode": "off"}, "server": {"headers": {"X-Frame-Options": "DENY"}}},
            {"tls-required", "http-port-not-public"},
        ),
        "tls.validityDays": ({"tls": {"mode": "self-signed"}}, {"certificate-validity"}),
        "tls.certificatePem with a small key": (
            {"tls": provided(small)},
            {"certificate-key-strength"},
        ),
        "tls.certificatePem for too long": (
            {"tls": provided(issue(HOSTNAME, [HOSTNAME], ends=900 * days))},
            {"certificate-validity"},
        ),
        "tls.certificatePem without its name": ({"tls": provided(misnamed)}, {"certificate-names"}),
    }


@functools.cache
def noncompliant() -> Changes:
    """Changes of settings, and the policies that reject them in a preview, by title."""
    return {
        **_noncompliant_tls(),
        "image without its digest": ({"image": OFFICIAL}, {"image-pinned"}),
        "image of another registry": (
            {"image": f"docker.io/library/registry@{DIGEST}"},
            {"image-registry"},
        ),
        "server.readOnlyRoot": ({"server": {"readOnlyRoot": False}}, {"container-read-only-root"}),
        "server.noNewPrivileges": (
            {"server": {"noNewPrivileges": False}},
            {"container-no-new-privileges"},
        ),
        "server.dropCapabilities": (
            {"server": {"dropCapabilities": []}},
            {"container-capabilities-dropped"},
        ),
        "server.addCapabilities": (
            {"server": {"addCapabilities": ["SYS_ADMIN"]}},
            {"container-no-added-capabilities"},
        ),
        "server.privateKeyMode": ({"server": {"privateKeyMode": "0444"}}, {"private-key-mode"}),
        "server.logMaxSize": ({"server": {"logMaxSize": "10g"}}, {"container-log-rotation"}),
        "server.logMaxFiles": ({"server": {"logMaxFiles": 100}}, {"container-log-rotation"}),
        "limits.memory too little": ({"limits": {"memory": "128m"}}, {"container-memory-limit"}),
        "limits.memory too much": ({"limits": {"memory": "512g"}}, {"container-memory-limit"}),
        "limits.cpus too little": ({"limits": {"cpus": 0.1}}, {"container-cpu-limit"}),
        "limits.pids too few": ({"limits": {"pids": 32}}, {"container-pids-limit"}),
        "limits.pids too many": ({"limits": {"pids": 4194304}}, {"container-pids-limit"}),
        "flavor oci from Docker Hub": (
            {"flavor": "oci", "image": f"docker.io/library/registry:3.0.0@{DIGEST}"},
            {"image-registry"},
        ),
        "storage.kind": (
            {"storage": {"kind": "memory", "confirmLoss": True}},
            {"data-kept-on-destroy"},
        ),
        "storage.cifs.password": (
            {"storage": {"kind": "cifs", "cifs": _share()}},
            {"docker-no-secret-in-metadata"},
        ),
        "storage.keepOnDestroy": ({"storage": {"keepOnDestroy": False}}, {"data-kept-on-destroy"}),
    }
