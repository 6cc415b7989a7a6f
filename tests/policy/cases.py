"""For every rule: what it is content with, what it objects to, and what becomes of missing, unknown and newly configured values.

A table, read by ``test_rules.py``.
"""

from __future__ import annotations

import base64
import datetime
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import bcrypt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from policy.policies.certificate import LOCALLY_SIGNED, PRIVATE_KEY, REQUEST, SELF_SIGNED
from policy.policies.docker import REMOTE_IMAGE, VOLUME
from tests.support.certificates import Issued, issue, issue_unreadable_key
from tests.support.judging import DIGEST, OWNERSHIP, UNKNOWN, Shown, container, labelled, writer

Stack = Sequence[Shown]
Config = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """What is expected of one rule. Every list of resources is a stack; a text is part of what must be said."""

    compliant: dict[str, Stack]
    violating: dict[str, tuple[Stack, str]]
    missing: tuple[Stack, str | None]
    """The property is not there: what is said, or None where that is as it must be."""
    unknown: dict[str, Stack]
    """The value is not known at the preview: nothing is said."""
    configured: dict[str, tuple[Config, Stack, str | None]] = field(default_factory=dict)
    """Another configuration: what is said under it, or None where it is content."""


def days(count: float) -> datetime.timedelta:
    return datetime.timedelta(days=count)


HOST = "registry.example.com"


@functools.cache
def key_of(kind: str) -> Any:
    """A key of a kind; made once."""
    made: dict[str, Callable[[], Any]] = {
        "rsa-2048": lambda: rsa.generate_private_key(65537, 2048),
        "rsa-3072": lambda: rsa.generate_private_key(65537, 3072),
        "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "p224": lambda: ec.generate_private_key(ec.SECP224R1()),
        "ed25519": ed25519.Ed25519PrivateKey.generate,
    }
    return made[kind]()


def served(certificate: Issued | str, **more: Any) -> Shown:
    """A writer that is given a certificate."""
    content = certificate if isinstance(certificate, str) else certificate.certificate_pem
    return writer(
        uploads=[{"file": "/config/tls.crt", "content": content, "permissions": "0444"}], **more
    )


def request(common_name: str, *names: str) -> str:
    """A certificate signing request in PEM."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    )
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False
        )
    return builder.sign(key_of("p256"), hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def hashed(user: str, password: str, cost: str = "04") -> str:
    """A line of an htpasswd file."""
    return f"{user}:{bcrypt.hashpw(password.encode(), f'$2b${cost}$CCCCCCCCCCCCCCCCCCCCC.'.encode()).decode()}"


def users(*lines: str, file: str = "/config/htpasswd-basic.new") -> Shown:
    """A writer that is given an htpasswd file."""
    return writer(
        uploads=[
            {"file": file, "content": "".join(f"{line}\n" for line in lines), "permissions": "0444"}
        ]
    )


ADMIN = "admin:$2y$05$" + "a" * 53
READER = "spectro:$2y$10$" + "b" * 53
ADMIN_ADMIN = hashed("admin", "admin")
UNKNOWN_UPLOADS: dict[str, Stack] = {
    "all uploads": [writer(uploads=UNKNOWN)],
    "one upload": [writer(uploads=[UNKNOWN])],
    "its content": [writer(uploads=[{"file": "/config/htpasswd", "content": UNKNOWN}])],
    "its content in base64": [
        writer(uploads=[{"file": "/config/htpasswd", "contentBase64": UNKNOWN}])
    ],
    "its file": [writer(uploads=[{"file": UNKNOWN, "content": "nothing of the kind"}])],
}


def key(**properties: Any) -> Shown:
    return Shown(PRIVATE_KEY, properties)


def signed(**properties: Any) -> Shown:
    return Shown(
        SELF_SIGNED,
        {
            "subject": {"commonName": HOST},
            "dnsNames": [HOST],
            "validityPeriodHours": 24.0 * 365,
            **properties,
        },
    )


def image(name: str, **properties: Any) -> Shown:
    return Shown(REMOTE_IMAGE, {"name": name, **properties})


def volume(name: str = "packs-data", **more: Any) -> Shown:
    return Shown(
        VOLUME,
        {"name": name, "labels": labelled(**OWNERSHIP), **more.pop("properties", {})},
        name=name,
        **more,
    )


def bind(source: str, **more: Any) -> list[dict[str, Any]]:
    """A mount of a file or directory of the host."""
    return [{"type": "bind", "source": source, "target": "/host", **more}]


BOUND = {"type": "none", "o": "rw,bind", "device": "/var/run"}
"""Options by which a volume stands for a directory of the host."""


def ports(**port: Any) -> list[dict[str, Any]]:
    return [{"internal": 5000.0, "external": 80.0, **port}]


def end_in(count: float) -> str:
    return (datetime.datetime.now(datetime.UTC) + days(count)).isoformat()


PLAIN_ENVS = ["REGISTRY_AUTH=htpasswd"]
PLAIN = "passwords cross the network unencrypted"
OFFICIAL = "us-docker.pkg.dev/palette-images/palette/spectro-registry"
HOST_NAMESPACES = ("pidMode", "ipcMode", "usernsMode", "cgroupnsMode")
SECRETS = ("PGPASSWORD", "MYSQL_PWD", "SSHPASS", "dbPassword", "DB-PASSWORD", "DOCKER_AUTH_CONFIG")
"""Names of variables by which programs take secrets."""
NOT_STARTED: dict[str, Stack] = {"a container that is never started": [writer()]}
UNKNOWN_SWITCHES = [container(start=UNKNOWN, mustRun=UNKNOWN)]


def _simple(
    key: str,
    wrong: dict[str, tuple[Any, str]],
    missing: str | None,
    configured: dict[str, tuple[Config, Any, str | None]] | None = None,
    **unknown: Any,
) -> Case:
    """A rule on one property of a container that is started."""
    return Case(
        compliant={
            "the pack registry's": [container()],
            **NOT_STARTED,
            "a switch that is not known": UNKNOWN_SWITCHES,
        },
        violating={
            title: ([container(**{key: value})], text) for title, (value, text) in wrong.items()
        },
        missing=([container(**{key: None})], missing),
        unknown={
            "the property": [container(**{key: UNKNOWN})],
            **{title: [container(**{key: value})] for title, value in unknown.items()},
        },
        configured={
            title: (config, [container(**{key: value})], text)
            for title, (config, value, text) in (configured or {}).items()
        },
    )


def _forbidden(
    key: str,
    wrong: dict[str, tuple[Any, str]],
    configured: dict[str, tuple[Config, Any, str | None]] | None = None,
    **unknown: Any,
) -> Case:
    """A rule on what no container may be given, started or not."""
    simple = _simple(key, wrong, None, configured, **unknown)
    never_started = {
        f"{title}, never started": ([writer(**{key: value})], text)
        for title, (value, text) in wrong.items()
    }
    return replace(simple, violating={**simple.violating, **never_started})


CASES: dict[str, Case] = {
    "tls-required": Case(
        compliant={
            "the pack registry's": [container()],
            "no registry": [container(image=f"nginx@{DIGEST}", envs=["PORT=80"])],
            "Let's Encrypt": [
                container(envs=["REGISTRY_HTTP_TLS_LETSENCRYPT_HOSTS=[registry.example.com]"])
            ],
            "a label that says what its settings file does": [
                container(envs=PLAIN_ENVS, labels=labelled(tls="letsencrypt"))
            ],
            **NOT_STARTED,
        },
        violating={
            "plain HTTP": ([container(envs=PLAIN_ENVS)], PLAIN),
            "a certificate without a key": (
                [container(envs=[*PLAIN_ENVS, "REGISTRY_HTTP_TLS_CERTIFICATE=/certs/tls.crt"])],
                PLAIN,
            ),
            "a settings file that nobody can read": (
                [container(envs=PLAIN_ENVS, command=["serve", "/etc/registry.yml"])],
                PLAIN,
            ),
            "a label that says so": (
                [container(envs=PLAIN_ENVS, labels=labelled(tls="off"))],
                PLAIN,
            ),
            "an empty certificate": (
                [
                    container(
                        envs=[
                            "REGISTRY_HTTP_TLS_CERTIFICATE=",
                            "REGISTRY_HTTP_TLS_KEY=/certs/tls.key",
                        ]
                    )
                ],
                PLAIN,
            ),
        },
        missing=([container(envs=None)], PLAIN),
        unknown={
            "the environment": [container(envs=UNKNOWN)],
            "one variable": [container(envs=[*PLAIN_ENVS, UNKNOWN])],
            "the labels": [container(envs=PLAIN_ENVS, labels=UNKNOWN)],
            "the label": [container(envs=PLAIN_ENVS, labels=labelled(tls=UNKNOWN))],
            "the image": [container(envs=None, image=UNKNOWN)],
        },
    ),
    "http-port-not-public": Case(
        compliant={
            "the pack registry's": [container()],
            "plain HTTP on the loopback address": [
                container(envs=PLAIN_ENVS, ports=ports(ip="127.0.0.1"))
            ],
            "plain HTTP on a private address": [
                container(envs=PLAIN_ENVS, ports=ports(ip="fd00::5"))
            ],
            "nothing published": [container(envs=PLAIN_ENVS, ports=[])],
            "a registry that speaks TLS on port 8080": [container(ports=ports(external=8080.0))],
            "a registry that speaks TLS on port 80 inside": [
                container(ports=ports(internal=80.0, external=8443.0))
            ],
            "a registry with a certificate of Let's Encrypt": [
                container(
                    envs=PLAIN_ENVS,
                    labels=labelled(tls="letsencrypt"),
                    ports=ports(external=8080.0),
                )
            ],
        },
        violating={
            "a registry on all addresses": (
                [container(envs=PLAIN_ENVS, ports=ports(ip="0.0.0.0", external=5443.0))],
                "port 5443 speaks plain HTTP",
            ),
            "a registry on a public address": (
                [container(envs=PLAIN_ENVS, ports=ports(ip="203.0.113.5"))],
                "published on 203.0.113.5",
            ),
            "another server's port 80": (
                [
                    container(
                        image="nginx", envs=[], ports=ports(internal=80.0, external=8000.0, ip="::")
                    )
                ],
                "on ::",
            ),
            "no address that anybody knows": (
                [container(envs=PLAIN_ENVS, ports=ports(ip="eth0"))],
                "published on eth0",
            ),
        },
        missing=([container(envs=PLAIN_ENVS, ports=ports())], "published on all addresses"),
        unknown={
            "the ports": [container(envs=PLAIN_ENVS, ports=UNKNOWN)],
            "the address": [container(envs=PLAIN_ENVS, ports=ports(ip=UNKNOWN))],
            "the environment": [container(envs=UNKNOWN, ports=ports(external=UNKNOWN))],
        },
        configured={
            "a network of one's own": (
                {"networks": ["203.0.113.0/24"]},
                [container(envs=PLAIN_ENVS, ports=ports(ip="203.0.113.5"))],
                None,
            ),
            "another network": (
                {"networks": ["10.0.0.0/8"]},
                [container(envs=PLAIN_ENVS, ports=ports(ip="127.0.0.1"))],
                "on 127.0.0.1",
            ),
            "another port": (
                {"httpPorts": [9000]},
                [container(image="nginx", envs=[], ports=ports(external=9000.0))],
                "port 9000",
            ),
        },
    ),
    "image-pinned": Case(
        compliant={
            "a digest": [image(f"{OFFICIAL}@{DIGEST}")],
            "a tag and a digest": [image(f"{OFFICIAL}:4.7.0@{DIGEST}")],
            "an image's id": [container(image=DIGEST)],
            "an image that is built": [image("mine:1.0", build={"context": "."})],
        },
        violating={
            "a tag": ([image(f"{OFFICIAL}:4.7.0")], f"the image {OFFICIAL}:4.7.0 has no digest"),
            "nothing": ([image("nginx")], "the image nginx has no digest"),
            "a container's tag": ([container(image="nginx:1")], "the image nginx:1 has no digest"),
            "a digest that is cut off": ([image(f"{OFFICIAL}@sha256:abc")], "has no digest"),
        },
        missing=([Shown(REMOTE_IMAGE, {})], None),
        unknown={"the name": [image(UNKNOWN)], "a container's image": [container(image=UNKNOWN)]},
        configured={
            "one that needs none": (
                {"unpinned": ["pack-registry-dev"]},
                [image("pack-registry-dev:1.0.0")],
                None,
            ),
            "another one": (
                {"unpinned": ["pack-registry-dev"]},
                [image("pack-registry-development:1.0.0")],
                "has no digest",
            ),
        },
    ),
    "image-registry": Case(
        compliant={
            "the official one": [image(f"{OFFICIAL}:4.7.0")],
            "the former one": [
                image("gcr.io/spectro-images-public/release/spectro-registry:2.7.0")
            ],
            "an image's id": [container(image=DIGEST)],
        },
        violating={
            "Docker Hub": ([image("nginx:1")], "comes from docker.io/library/nginx"),
            "a name that only begins like it": (
                [image("us-docker.pkg.dev/palette-images-2/registry:1")],
                "us-docker.pkg.dev/palette-images-2/registry",
            ),
            "a registry with a port": (
                [container(image="localhost:5000/spectro-registry:1")],
                "comes from localhost:5000/spectro-registry",
            ),
        },
        missing=([container(image=None)], None),
        unknown={"the name": [image(UNKNOWN)]},
        configured={
            "a registry of one's own": (
                {"registries": ["registry.example.com"]},
                [image("registry.example.com/packs:1")],
                None,
            ),
            "Docker Hub": ({"registries": ["docker.io"]}, [image("nginx:1")], None),
            "none": ({"registries": []}, [image(OFFICIAL)], "allowed are none"),
        },
    ),
    "certificate-key-strength": Case(
        compliant={
            "RSA 3072": [key(algorithm="RSA", rsaBits=3072.0)],
            "ECDSA": [key(algorithm="ECDSA", ecdsaCurve="P256")],
            "an uploaded certificate of ECDSA": [served(issue(HOST, [HOST]))],
            "an uploaded certificate of RSA 3072": [
                served(issue(HOST, [HOST], key=key_of("rsa-3072")))
            ],
            "a file that only looks like one": [
                served("-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n")
            ],
        },
        violating={
            "RSA 2048": ([key(algorithm="RSA", rsaBits=2048.0)], "an RSA key of 2048 bits"),
            "ECDSA P224": (
                [key(algorithm="ECDSA", ecdsaCurve="P224")],
                "an ECDSA key on the curve P224",
            ),
            "Ed25519": ([key(algorithm="ED25519")], "a key of the kind ED25519"),
            "an uploaded certificate": (
                [served(issue(HOST, [HOST], key=key_of("rsa-2048")))],
                "tls.crt has an RSA key of 2048 bits",
            ),
            "an uploaded certificate of Ed25519": (
                [served(issue(HOST, [HOST], issuer=issue("Root", ca=True), key=key_of("ed25519")))],
                "a key of the kind ED25519",
            ),
            "an issuer in the chain": (
                [
                    served(
                        issue(HOST, [HOST]).certificate_pem
                        + issue("Root", ca=True, key=key_of("rsa-2048")).certificate_pem
                    )
                ],
                "the certificate of Root in /config/tls.crt has an RSA key",
            ),
            "an uploaded certificate with a key that nobody reads": (
                [served(issue_unreadable_key(HOST)[0])],
                "a key of the kind unknown",
            ),
            "a key of its own that nobody reads": (
                [signed(privateKeyPem=issue_unreadable_key(HOST)[1])],
                "a key of the kind unknown",
            ),
            "a certificate's own key": (
                [signed(privateKeyPem=issue(HOST, [HOST], key=key_of("rsa-2048")).key_pem)],
                "an RSA key of 2048 bits",
            ),
        },
        missing=([key(algorithm="RSA")], "an RSA key of 2048 bits"),
        unknown={
            "the size": [key(algorithm="RSA", rsaBits=UNKNOWN)],
            "the algorithm": [key(algorithm=UNKNOWN)],
            "the key": [signed(privateKeyPem=UNKNOWN)],
            **UNKNOWN_UPLOADS,
        },
        configured={
            "larger keys": (
                {"minRsaBits": 4096},
                [key(algorithm="RSA", rsaBits=3072.0)],
                "allowed are RSA of 4096 bits or more",
            ),
            "other curves": (
                {"curves": ["P384"]},
                [key(algorithm="ECDSA", ecdsaCurve="P256")],
                "the curve P256",
            ),
        },
    ),
    "certificate-validity": Case(
        compliant={
            "825 days": [signed(validityPeriodHours=825.0 * 24)],
            "an authority": [signed(validityPeriodHours=3650.0 * 24, isCaCertificate=True)],
            "an uploaded certificate": [served(issue(HOST, [HOST], ends=days(800)))],
            "an uploaded authority": [served(issue("Root", ca=True, ends=days(5000)))],
            "an authority behind it": [
                served(
                    issue(HOST, [HOST]).certificate_pem
                    + issue("Root", ca=True, ends=days(5000)).certificate_pem
                )
            ],
        },
        violating={
            "826 days": (
                [signed(validityPeriodHours=826.0 * 24)],
                "valid for 826 days, and allowed are 825",
            ),
            "one that an authority signs": (
                [Shown(LOCALLY_SIGNED, {"validityPeriodHours": 24000.0})],
                "valid for 1000 days",
            ),
            "an authority": (
                [signed(validityPeriodHours=6000.0 * 24, isCaCertificate=True)],
                "allowed are 5475",
            ),
            "an uploaded certificate": (
                [served(issue(HOST, [HOST], ends=days(900)))],
                "tls.crt is valid for 900 days",
            ),
            "an authority behind it": (
                [
                    served(
                        issue(HOST, [HOST]).certificate_pem
                        + issue("Root", ca=True, ends=days(6000)).certificate_pem
                    )
                ],
                "the certificate of Root in /config/tls.crt is valid for 6000 days",
            ),
        },
        missing=([Shown(SELF_SIGNED, {})], None),
        unknown={
            "the period": [signed(validityPeriodHours=UNKNOWN)],
            "an authority?": [signed(isCaCertificate=UNKNOWN)],
            **UNKNOWN_UPLOADS,
        },
        configured={
            "a shorter time": ({"maxDays": 90}, [signed()], "allowed are 90"),
            "a longer time": ({"maxDays": 1825}, [signed(validityPeriodHours=1825.0 * 24)], None),
            "a shorter time for authorities": (
                {"maxCaDays": 365},
                [served(issue("Root", ca=True, ends=days(400)))],
                "allowed are 365",
            ),
        },
    ),
    "certificate-names": Case(
        compliant={
            "its name": [signed()],
            "its address in another form": [
                signed(subject={"commonName": "FD00:0::5"}, dnsNames=[], ipAddresses=["fd00::5"])
            ],
            "no common name": [signed(subject={})],
            "an authority": [
                signed(subject={"commonName": "Root"}, dnsNames=[], isCaCertificate=True)
            ],
            "an authority's certificate": [
                Shown(
                    LOCALLY_SIGNED,
                    {"certRequestPem": request("Example Issuing CA"), "isCaCertificate": True},
                )
            ],
            "what is issued on a request": [
                Shown(LOCALLY_SIGNED, {"certRequestPem": request(HOST, HOST)})
            ],
            "a request that can't be read": [
                Shown(LOCALLY_SIGNED, {"certRequestPem": "-----BEGIN CERTIFICATE REQUEST-----"})
            ],
            "an authority's request": [
                Shown(REQUEST, {"subject": {"commonName": "Example Issuing CA"}})
            ],
            "an uploaded certificate": [served(issue(HOST, [HOST, "10.0.0.5"]))],
            "an uploaded authority": [served(issue("Root", ca=True))],
        },
        violating={
            "another name": (
                [signed(dnsNames=["other.example.com"])],
                f"names other.example.com and not {HOST}",
            ),
            "a request": (
                [
                    Shown(
                        REQUEST,
                        {"subject": {"commonName": HOST}, "dnsNames": ["other.example.com"]},
                    )
                ],
                f"not {HOST}",
            ),
            "what is issued on a request whose common name is a title": (
                [Shown(LOCALLY_SIGNED, {"certRequestPem": request("Example registry")})],
                "has no subject alternative names",
            ),
            "what is issued on another request": (
                [Shown(LOCALLY_SIGNED, {"certRequestPem": request(HOST, "other.example.com")})],
                f"not {HOST}",
            ),
            "an uploaded certificate": (
                [served(issue(HOST, ["other.example.com"]))],
                f"tls.crt names other.example.com and not {HOST}",
            ),
            "an uploaded certificate without names": (
                [served(issue(HOST))],
                "has no subject alternative names",
            ),
        },
        missing=(
            [Shown(SELF_SIGNED, {"subject": {"commonName": HOST}})],
            "has no subject alternative names",
        ),
        unknown={
            "the names": [signed(dnsNames=UNKNOWN)],
            "one name": [signed(dnsNames=[UNKNOWN])],
            "the addresses": [signed(dnsNames=[], ipAddresses=[UNKNOWN])],
            "the subject": [signed(subject=UNKNOWN)],
            "the common name": [signed(subject={"commonName": UNKNOWN})],
            "the request": [Shown(LOCALLY_SIGNED, {"certRequestPem": UNKNOWN})],
            "an authority?": [
                Shown(
                    LOCALLY_SIGNED,
                    {"certRequestPem": request("Example registry"), "isCaCertificate": UNKNOWN},
                )
            ],
            **UNKNOWN_UPLOADS,
        },
    ),
    "certificate-not-expired": Case(
        compliant={
            "next year": [signed(validityEndTime=end_in(365))],
            "an uploaded certificate": [served(issue(HOST, [HOST]))],
            "no certificate": [container()],
        },
        violating={
            "yesterday": ([signed(validityEndTime=end_in(-1))], "the certificate expired on"),
            "one that an authority signed": (
                [Shown(LOCALLY_SIGNED, {"validityEndTime": end_in(-1)})],
                "expired on",
            ),
            "an uploaded certificate": (
                [served(issue(HOST, [HOST], begins=days(-9), ends=days(-1)))],
                "tls.crt expired on",
            ),
            "an uploaded certificate of tomorrow": (
                [served(issue(HOST, [HOST], begins=days(1)))],
                "is not valid before",
            ),
            "an issuer in the chain": (
                [
                    served(
                        issue(HOST, [HOST]).certificate_pem
                        + issue("Root", ca=True, begins=days(-9), ends=days(-1)).certificate_pem
                    )
                ],
                "the certificate of Root in",
            ),
        },
        missing=([Shown(SELF_SIGNED, {})], None),
        unknown={"the end": [signed(validityEndTime=UNKNOWN)], **UNKNOWN_UPLOADS},
    ),
    "certificate-expires-soon": Case(
        compliant={
            "in 31 days": [signed(validityEndTime=end_in(31))],
            "expired already, which another rule says": [signed(validityEndTime=end_in(-1))],
        },
        violating={
            "in 29 days": ([signed(validityEndTime=end_in(29.5))], "in 29 days"),
            "an uploaded certificate": (
                [served(issue(HOST, [HOST], ends=days(5.5)))],
                "tls.crt expires on",
            ),
        },
        missing=([Shown(SELF_SIGNED, {})], None),
        unknown={"the end": [signed(validityEndTime=UNKNOWN)], **UNKNOWN_UPLOADS},
        configured={
            "earlier": ({"days": 60}, [signed(validityEndTime=end_in(59))], "expires on"),
            "later": ({"days": 7}, [signed(validityEndTime=end_in(29))], None),
        },
    ),
    "htpasswd-bcrypt": Case(
        compliant={
            "bcrypt": [users(ADMIN, READER, "# a remark", "")],
            "in base64": [
                writer(
                    uploads=[
                        {
                            "file": "/htpasswd",
                            "contentBase64": base64.b64encode(f"{ADMIN}\n".encode()).decode(),
                        }
                    ]
                )
            ],
            "another file": [users("log: info", file="/config/server.yml")],
            "another file that is no text": [
                writer(uploads=[{"file": "/htpasswd", "contentBase64": "/////w=="}])
            ],
        },
        violating={
            "MD5": ([users(ADMIN, "ci:$apr1$zzzzzzzz$QQQQQQQQQQQQQQQQQQQQQ0")], "line 2 (ci)"),
            "the file that the server reads": (
                [
                    container(
                        envs=["REGISTRY_AUTH_HTPASSWD_PATH=/auth/users"],
                        uploads=[{"file": "/auth/./users", "content": "admin:plaintext"}],
                    )
                ],
                "/auth/./users, line 1 (admin)",
            ),
            "a file of any name with a remark": (
                [users("# ours", "ci:{SHA}0DPiKuNIrrVmD8IUCuw1hQxNqZc=", file="/etc/users")],
                "/etc/users, line 2 (ci)",
            ),
            "a file of any name": (
                [users("ci:{SHA}0DPiKuNIrrVmD8IUCuw1hQxNqZc=", file="/etc/users")],
                "/etc/users, line 1 (ci)",
            ),
            "in base64": (
                [
                    writer(
                        uploads=[
                            {
                                "file": "/htpasswd",
                                "contentBase64": base64.b64encode(
                                    b"ci:{SHA}0DPiKuNIrrVmD8IUCuw1hQxNqZc="
                                ).decode(),
                            }
                        ]
                    )
                ],
                "line 1 (ci)",
            ),
            "a password in the clear": (
                [users(ADMIN, "correct horse battery")],
                "line 2: this is no user",
            ),
        },
        missing=([writer(uploads=[{"file": "/config/htpasswd"}])], None),
        unknown=UNKNOWN_UPLOADS,
    ),
    "htpasswd-cost": Case(
        compliant={"5 and 12": [users(ADMIN, READER.replace("$10$", "$12$"))]},
        violating={
            "4": (
                [users(ADMIN.replace("$05$", "$04$"))],
                "line 1 (admin): the bcrypt cost is 4, and allowed are 5 to 12",
            ),
            "13": (
                [users(ADMIN, READER.replace("$10$", "$13$"))],
                "line 2 (spectro): the bcrypt cost is 13",
            ),
        },
        missing=([writer()], None),
        unknown=UNKNOWN_UPLOADS,
        configured={
            "at least 10": ({"min": 10}, [users(ADMIN)], "allowed are 10 to 12"),
            "at most 8": ({"max": 8}, [users(READER)], "allowed are 5 to 8"),
            "as low as 4": ({"min": 4}, [users(ADMIN.replace("$05$", "$04$"))], None),
        },
    ),
    "htpasswd-admin": Case(
        compliant={"admin": [users(READER, ADMIN)]},
        violating={
            "nobody who may write": ([users(READER)], "has no user admin"),
            "an empty file": ([users("# nobody")], "has no user admin"),
        },
        missing=([writer()], None),
        unknown=UNKNOWN_UPLOADS,
        configured={
            "another name": ({"user": "root"}, [users(ADMIN)], "has no user root"),
            "the reader": ({"user": "spectro"}, [users(READER)], None),
        },
    ),
    "htpasswd-no-default-password": Case(
        compliant={
            "what nobody can guess": [users(ADMIN, READER)],
            "what would take too long to guess": [users(f"admin:$2y$20${'a' * 53}")],
        },
        violating={
            "the user's own name": (
                [users(ADMIN_ADMIN)],
                "line 1 (admin): the password is a default",
            ),
            "one of the list": (
                [users(READER, hashed("admin", "changeme"))],
                "line 2 (admin): the password is a default",
            ),
            "one of the list, of another user": (
                [users(ADMIN, hashed("spectro", "password"))],
                "line 2 (spectro): the password is a default",
            ),
            "another user's, the writer's name": (
                [users(ADMIN, hashed("spectro", "admin"))],
                "line 2 (spectro): the password is a default",
            ),
            "a dear one": (
                [users(hashed("admin", "registry", "12"))],
                "line 1 (admin): the password is a default",
            ),
            "another user's own name, where there are many": (
                [
                    users(
                        *[f"user-{number}:{READER.partition(':')[2]}" for number in range(9)],
                        hashed("ci", "ci", "05"),
                    )
                ],
                "line 10 (ci): the password is a default",
            ),
        },
        missing=([writer()], None),
        unknown=UNKNOWN_UPLOADS,
        configured={
            "a list of one's own": (
                {"passwords": ["hunter2"]},
                [users(hashed("boss", "hunter2"))],
                "line 1 (boss)",
            ),
            "an empty list": ({"passwords": []}, [users(hashed("boss", "password"))], None),
            "another user first, in time for one guess": (
                {"user": "boss", "maxSeconds": 0.001},
                [users(hashed("ci", "ci"), hashed("boss", "boss"))],
                "line 2 (boss)",
            ),
            "the other one first": (
                {"user": "ci", "maxSeconds": 0.001},
                [users(hashed("boss", "boss"), hashed("admin", "admin"))],
                "line 1 (boss)",
            ),
            "no time": ({"maxSeconds": 0}, [users(ADMIN_ADMIN)], None),
        },
    ),
    "htpasswd-no-repeated-hash": Case(
        compliant={"a hash each": [users(ADMIN, READER)]},
        violating={
            "a hash twice": (
                [users(ADMIN, ADMIN.replace("admin", "ci"))],
                "line 2 (ci): the password's hash is the same as in line 1 (admin)",
            ),
            "a user twice": (
                [users(ADMIN, READER, READER.replace("b" * 53, "c" * 53))],
                "line 3 (spectro): the user is there already in line 2",
            ),
        },
        missing=([writer()], None),
        unknown=UNKNOWN_UPLOADS,
    ),
    "container-read-only-root": _simple(
        "readOnly", {"false": (False, "can be written to")}, "can be written to"
    ),
    "container-no-new-privileges": _simple(
        "securityOpts",
        {
            "none": ([], "gain privileges"),
            "switched off": (["no-new-privileges:false"], "gain privileges"),
            "others": (["label=disable"], "setuid"),
            "on and off": (
                ["no-new-privileges:true", "no-new-privileges:false"],
                "gain privileges",
            ),
        },
        "gain privileges",
    ),
    "container-no-added-capabilities": _forbidden(
        "capabilities",
        {
            "one": ({"adds": ["CAP_SYS_ADMIN"]}, "SYS_ADMIN"),
            "all": ({"adds": ["ALL"]}, "the capabilities ALL"),
        },
        {
            "one that is allowed": (
                {"allowed": ["CAP_NET_BIND_SERVICE"]},
                {"adds": ["NET_BIND_SERVICE"]},
                None,
            ),
            "another one": (
                {"allowed": ["NET_BIND_SERVICE"]},
                {"adds": ["NET_BIND_SERVICE", "CAP_CHOWN"]},
                "the capabilities CHOWN",
            ),
        },
        the_list={"adds": UNKNOWN},
        one={"adds": [UNKNOWN]},
    ),
    "container-capabilities-dropped": _simple(
        "capabilities",
        {
            "none": ({"drops": []}, "keeps all of its capabilities"),
            "some": ({"drops": ["CAP_NET_RAW"]}, "keeps all of its"),
        },
        "keeps all of its capabilities",
        {
            "some that are enough": (
                {"capabilities": ["NET_RAW"]},
                {"drops": ["CAP_NET_RAW"]},
                None,
            ),
            "some that are not": (
                {"capabilities": ["NET_RAW", "CHOWN"]},
                {"drops": ["CAP_NET_RAW"]},
                "keeps the capabilities CHOWN",
            ),
        },
        the_list={"drops": UNKNOWN},
        one={"drops": ["CAP_NET_RAW", UNKNOWN]},
    ),
    "container-not-privileged": _forbidden(
        "privileged", {"privileged": (True, "root on the Docker host")}
    ),
    "container-no-host-network": _forbidden("networkMode", {"host": ("host", "own network")}),
    "container-no-host-namespaces": Case(
        compliant={
            "the pack registry's": [container()],
            "namespaces of its own": [container(pidMode="", ipcMode="private")],
        },
        violating={
            **{key: ([container(**{key: "host"})], f"by {key}") for key in HOST_NAMESPACES},
            **{
                f"{key}, never started": ([writer(**{key: "host"})], f"by {key}")
                for key in HOST_NAMESPACES
            },
        },
        missing=([container()], None),
        unknown={key: [container(**{key: UNKNOWN})] for key in HOST_NAMESPACES},
    ),
    "container-no-docker-socket": Case(
        compliant={
            "the pack registry's": [container()],
            "a directory of its own": [
                container(mounts=bind("/srv/packs")),
                container(volumes=[{"hostPath": "/srv/run", "containerPath": "/d"}]),
            ],
            "a volume of its own": [
                volume(),
                volume(
                    properties={"driverOpts": {"type": "none", "o": "bind", "device": "/srv/packs"}}
                ),
            ],
            "a volume of another host": [
                volume(
                    properties={"driverOpts": {"type": "nfs", "o": "addr=nas", "device": "/run"}}
                )
            ],
        },
        violating={
            "the socket": (
                [container(mounts=bind("/var/run/docker.sock", readOnly=True))],
                "/var/run/docker.sock of the Docker host",
            ),
            "the directory above": ([container(mounts=bind("/run/"))], "/run of the Docker host"),
            "the directory above, with two slashes": (
                [container(mounts=bind("//run"))],
                "/run of the Docker host",
            ),
            "all of the host": ([container(mounts=bind("/"))], "the socket that commands the host"),
            "another engine's": (
                [container(mounts=bind("/run/podman/../containerd/containerd.sock"))],
                "containerd.sock",
            ),
            "an engine's without root": (
                [container(mounts=bind("/run/user/1000"))],
                "/run/user/1000 of the Docker host",
            ),
            "another engine's without root": (
                [container(mounts=bind("/var/run/user/1000/podman"))],
                "/var/run/user/1000/podman of the",
            ),
            "in the other way": (
                [container(volumes=[{"hostPath": "/var/run", "containerPath": "/h"}])],
                "/var/run of the Docker host",
            ),
            "by a volume that stands for it": (
                [volume(properties={"driverOpts": BOUND})],
                "/var/run of the Docker host",
            ),
            "by a volume that is made for it": (
                [
                    container(
                        mounts=[
                            {
                                "type": "volume",
                                "target": "/h",
                                "volumeOptions": {"driverName": "local", "driverOptions": BOUND},
                            }
                        ]
                    )
                ],
                "/var/run of the Docker host",
            ),
            "never started": (
                [writer(mounts=bind("/var/run/docker.sock"))],
                "/var/run/docker.sock of the Docker host",
            ),
        },
        missing=([container(mounts=None), Shown(VOLUME, {})], None),
        unknown={
            "the mounts": [container(mounts=UNKNOWN)],
            "one mount": [container(mounts=[UNKNOWN])],
            "the source": [container(mounts=bind(UNKNOWN))],
            "the volume's options": [
                volume(properties={"driverOpts": UNKNOWN}),
                volume(properties={"driverOpts": {**BOUND, "device": UNKNOWN}}),
            ],
            "the mount's options": [
                container(mounts=[{"type": "volume", "target": "/h", "volumeOptions": UNKNOWN}])
            ],
        },
    ),
    "container-config-read-only": Case(
        compliant={
            "the pack registry's": [container()],
            "a data directory": [
                container(volumes=[{"containerPath": "/data", "volumeName": "packs-data"}])
            ],
            "a file system in memory": [
                container(mounts=[{"type": "tmpfs", "target": "/etc/scratch"}])
            ],
            "a writer": [
                writer(mounts=[{"type": "volume", "source": "packs-config", "target": "/auth"}])
            ],
        },
        violating={
            "for writing": (
                [container(mounts=[{"type": "volume", "target": "/auth", "readOnly": False}])],
                "/auth holds configuration",
            ),
            "where the environment says": (
                [
                    container(
                        envs=["REGISTRY_AUTH_HTPASSWD_PATH=/srv/users/htpasswd"],
                        volumes=[{"containerPath": "/srv/users", "hostPath": "/x"}],
                    )
                ],
                "/srv/users holds configuration",
            ),
        },
        missing=(
            [container(mounts=[{"type": "volume", "target": "/certs/"}])],
            "/certs holds configuration",
        ),
        unknown={
            "the switch": [
                container(mounts=[{"type": "volume", "target": "/auth", "readOnly": UNKNOWN}])
            ],
            "the target": [container(mounts=[{"type": "volume", "target": UNKNOWN}])],
            "the mounts": [container(mounts=UNKNOWN, volumes=UNKNOWN)],
        },
        configured={
            "another directory": (
                {"directories": ["/settings"]},
                [container(mounts=[{"type": "bind", "target": "/settings/a"}])],
                "/settings/a holds",
            ),
            "no directory": (
                {"directories": []},
                [container(envs=[], mounts=[{"type": "bind", "target": "/etc"}])],
                None,
            ),
        },
    ),
    "container-restart-policy": _simple(
        "restart",
        {
            "no": ("no", "the restart policy is no"),
            "on-failure": ("on-failure", "the restart policy is on-failure"),
        },
        "the restart policy is no",
        {
            "on-failure": ({"allowed": ["on-failure"]}, "on-failure", None),
            "not always": ({"allowed": ["unless-stopped"]}, "always", "is always"),
        },
    ),
    "container-memory-limit": _simple(
        "memory",
        {
            "too little": (256.0, "is 256 MiB, and allowed are 512 to 65536 MiB"),
            "too much": (131072.0, "is 131072 MiB"),
            "none": (0.0, "is no memory"),
        },
        "there is no memory limit",
        {
            "a lower bound": ({"minMebibytes": 128}, 256.0, None),
            "an upper bound": ({"maxMebibytes": 1024}, 2048.0, "allowed are 512 to 1024 MiB"),
        },
    ),
    "container-cpu-limit": _simple(
        "cpus",
        {
            "too little": ("0.1", "is 0.1 processors"),
            "too much": ("64", "is 64 processors"),
            "no number": ("many", "there is no CPU limit"),
        },
        "there is no CPU limit",
        {
            "a lower bound": ({"minProcessors": 0.1}, "0.1", None),
            "an upper bound": ({"maxProcessors": 0.5}, "1.0", "allowed are 0.5 to 0.5"),
        },
    ),
    "container-pids-limit": _simple(
        "labels",
        {
            "too few": (labelled(pids_limit="16"), "is 16, and allowed are 64 to 4096"),
            "too many": (labelled(pids_limit="100000"), "is 100000"),
            "no number": (labelled(pids_limit="-1"), "there is no limit of processes"),
        },
        "there is no limit of processes",
        {
            "a lower bound": ({"min": 8}, labelled(pids_limit="16"), None),
            "an upper bound": ({"max": 128}, labelled(pids_limit="256"), "allowed are 64 to 128"),
        },
    ),
    "container-log-rotation": Case(
        compliant={
            "the pack registry's": [container()],
            "a driver that rotates by itself": [container(logDriver="local", logOpts=None)],
            "a driver that writes no file": [container(logDriver="journald", logOpts=None)],
            **NOT_STARTED,
        },
        violating={
            "without end": ([container(logOpts={})], "grows without end"),
            "a large one": (
                [container(logOpts={"max-size": "1g"})],
                "rotated at 1g, and allowed are 100 MiB",
            ),
            "no size": ([container(logOpts={"max-size": "plenty"})], "plenty, which is no size"),
            "many files": (
                [container(logOpts={"max-size": "10m", "max-file": "50"})],
                "50 log files are kept, and allowed are 1 to 10",
            ),
        },
        missing=([container(logDriver=None, logOpts=None)], "grows without end"),
        unknown={
            "the driver": [container(logDriver=UNKNOWN, logOpts=None)],
            "the options": [container(logOpts=UNKNOWN)],
            "the size": [container(logOpts={"max-size": UNKNOWN, "max-file": UNKNOWN})],
        },
        configured={
            "a larger log": ({"maxMebibytes": 1024}, [container(logOpts={"max-size": "1g"})], None),
            "a smaller log": ({"maxMebibytes": 5}, [container()], "allowed are 5 MiB"),
            "fewer files": ({"maxFiles": 2}, [container()], "allowed are 1 to 2"),
        },
    ),
    "container-no-secret-in-env": _forbidden(
        "envs",
        {
            "by its name": (
                ["DB_PASSWORD=hunter2-hunter2"],
                "the variable DB_PASSWORD looks like a secret's",
            ),
            "a registry's": (
                ["REGISTRY_STORAGE_S3_SECRETKEY=hunter2-hunter2"],
                "the variable REGISTRY_STORAGE_S3_SECRETKEY",
            ),
            **{
                name: ([f"{name}=hunter2-hunter2"], f"the variable {name} looks like a secret's")
                for name in SECRETS
            },
            "a hash": (
                ["LINE=" + ADMIN],
                "the value of the variable LINE (not shown) looks like a secret",
            ),
            "a key": (["PEM=-----BEGIN PRIVATE KEY-----"], "the variable PEM (not shown)"),
            "a URL": (
                ["DATABASE=postgres://app:hunter2-hunter2@db/app"],
                "the variable DATABASE (not shown)",
            ),
        },
        {
            "one that is known": ({"allowed": ["DB_PASSWORD"]}, ["DB_PASSWORD=no secret"], None),
            "another one": (
                {"allowed": ["DB_PASSWORD"]},
                ["API_KEY=hunter2-hunter2"],
                "the variable API_KEY",
            ),
        },
        one=[UNKNOWN],
    ),
    "private-key-mode": Case(
        compliant={
            "its owner's": [
                writer(
                    uploads=[
                        {"file": "/tls.key", "content": issue(HOST).key_pem, "permissions": "0400"}
                    ]
                )
            ],
            "a certificate": [served(issue(HOST))],
        },
        violating={
            "everybody's": (
                [
                    writer(
                        uploads=[
                            {
                                "file": "/tls.key",
                                "content": issue(HOST).key_pem,
                                "permissions": "0444",
                            }
                        ]
                    )
                ],
                "/tls.key has the file mode 0444",
            ),
        },
        missing=(
            [writer(uploads=[{"file": "/tls.key", "content": issue(HOST).key_pem}])],
            "the file mode 0644",
        ),
        unknown={
            "the mode": [
                writer(
                    uploads=[
                        {"file": "/tls.key", "content": issue(HOST).key_pem, "permissions": UNKNOWN}
                    ]
                )
            ],
            **UNKNOWN_UPLOADS,
        },
        configured={
            "an image that is not root's": (
                {"modes": ["0444"]},
                [
                    writer(
                        uploads=[
                            {
                                "file": "/tls.key",
                                "content": issue(HOST).key_pem,
                                "permissions": "444",
                            }
                        ]
                    )
                ],
                None,
            )
        },
    ),
    "data-kept-on-destroy": Case(
        compliant={
            "the pack registry's": [volume(), container()],
            "a protected volume": [volume(protect=True), container(labels=[])],
            "a volume of another stack": [container(labels=[])],
            "a directory of the host": [
                container(
                    labels=labelled(keeps_data="false"),
                    mounts=[{"type": "bind", "source": "/srv/packs", "target": "/data"}],
                )
            ],
            "a volume of another host": [volume(host="ssh://elsewhere"), container(labels=[])],
            "a volume that is only read": [
                volume("packs-config"),
                container(
                    labels=[],
                    mounts=[{"type": "volume", "source": "packs-config", "readOnly": True}],
                ),
            ],
            "a writer's volume": [
                volume("packs-config"),
                writer(mounts=[{"type": "volume", "source": "packs-config", "target": "/config"}]),
            ],
        },
        violating={
            "it goes with the stack": (
                [volume(), container(labels=labelled(keeps_data="false"))],
                "the volume packs-data holds the data of packs",
            ),
            "mounted in the other way": (
                [
                    volume(),
                    container(
                        labels=[],
                        mounts=None,
                        volumes=[{"volumeName": "packs-data", "containerPath": "/data"}],
                    ),
                ],
                "the volume packs-data",
            ),
            "in the server's memory": (
                [container(labels=labelled(keeps_data="false"), mounts=[])],
                "packs keeps its data nowhere",
            ),
        },
        missing=([volume(), container(labels=None)], "the volume packs-data"),
        unknown={
            "the label": [volume(), container(labels=labelled(keeps_data=UNKNOWN))],
            "the labels": [volume(), container(labels=UNKNOWN)],
            "the volume's name": [Shown(VOLUME, {"name": UNKNOWN}), container(labels=[])],
            "the mount": [
                volume(),
                container(
                    labels=[], mounts=[{"type": "volume", "source": UNKNOWN, "target": "/data"}]
                ),
            ],
        },
    ),
    "one-registry-per-port": Case(
        compliant={
            "two ports": [container(), container(name="other", ports=ports(external=8443.0))],
            "two addresses": [
                container(ports=ports(ip="10.0.0.1")),
                container(name="other", ports=ports(ip="10.0.0.2")),
            ],
            "two protocols": [
                container(),
                container(name="other", ports=ports(external=443.0, protocol="udp")),
            ],
            "two families": [
                container(),
                container(name="other", ports=ports(external=443.0, ip="::1")),
            ],
            "two hosts": [
                container(),
                Shown(
                    container().typ,
                    container(name="other").properties,
                    name="other",
                    host="ssh://other",
                ),
            ],
            "one container on both families": [
                container(ports=[*ports(ip="0.0.0.0"), *ports(ip="0.0.0.0")])
            ],
            "no number": [
                container(ports=ports(external=None)),
                container(name="other", ports=ports(external=None)),
            ],
            "one that is never started": [container(), writer(ports=ports(external=443.0))],
        },
        violating={
            "one port": (
                [container(), container(name="other")],
                "packs and other both publish tcp port 443",
            ),
            "all addresses and one": (
                [container(), container(name="other", ports=ports(external=443.0, ip="10.0.0.1"))],
                "tcp port 443",
            ),
        },
        missing=([container(ports=None), container(name="other", ports=None)], None),
        unknown={
            "the ports": [container(), container(name="other", ports=UNKNOWN)],
            "the number": [
                container(ports=ports(external=UNKNOWN)),
                container(name="other", ports=ports(external=UNKNOWN)),
            ],
            "the address": [
                container(),
                container(name="other", ports=ports(external=443.0, ip=UNKNOWN)),
            ],
        },
    ),
    "container-ownership-labels": Case(
        compliant={"the pack registry's": [container()], "a writer": [writer()]},
        violating={
            "one is missing": (
                [container(labels=labelled(project="x", stack="y"))],
                "there is no label pack-registry.component",
            ),
            "one is empty": (
                [writer(labels=labelled(**{**OWNERSHIP, "stack": ""}))],
                "there is no label pack-registry.stack",
            ),
        },
        missing=(
            [container(labels=None)],
            "pack-registry.project, pack-registry.stack, pack-registry.component",
        ),
        unknown={
            "the labels": [container(labels=UNKNOWN)],
            "a value": [container(labels=labelled(**{**OWNERSHIP, "stack": UNKNOWN}))],
        },
        configured={
            "labels of one's own": ({"labels": ["team"]}, [container()], "there is no label team")
        },
    ),
    "volume-ownership-labels": Case(
        compliant={"the pack registry's": [volume()]},
        violating={
            "one is missing": (
                [volume(properties={"labels": labelled(project="x")})],
                "pack-registry.stack, pack-registry.component",
            )
        },
        missing=([Shown(VOLUME, {"name": "packs-data"})], "pack-registry.project"),
        unknown={
            "the labels": [volume(properties={"labels": UNKNOWN})],
            "one label": [volume(properties={"labels": [UNKNOWN]})],
        },
        configured={"none": ({"labels": []}, [Shown(VOLUME, {})], None)},
    ),
    "image-ownership-labels": Case(
        compliant={
            "one that is pulled": [image(OFFICIAL)],
            "one that is built": [
                image(
                    "mine",
                    build={
                        "label": {
                            f"pack-registry.{name}": value for name, value in OWNERSHIP.items()
                        }
                    },
                )
            ],
        },
        violating={
            "one that is built": (
                [image("mine", build={"context": ".", "labels": {"pack-registry.stack": "x"}})],
                "pack-registry.project",
            )
        },
        missing=(
            [image("mine", build={"context": "."})],
            "pack-registry.project, pack-registry.stack, pack-registry.component",
        ),
        unknown={
            "the build": [image("mine", build=UNKNOWN)],
            "the labels": [image("mine", build={"context": ".", "labels": UNKNOWN})],
        },
        configured={"none": ({"labels": []}, [image("mine", build={"context": "."})], None)},
    ),
}

for _case in CASES.values():
    _resources, _text = next(iter(_case.violating.values()))
    _case.configured.update(
        {
            "its resources left alone": (
                {"exempt": [shown.name for shown in _resources]},
                _resources,
                None,
            ),
            "others left alone": ({"exempt": ["another-resource"]}, _resources, _text),
        }
    )
