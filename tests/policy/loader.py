"""Loads the policies' test cases from ``data/*.yaml``.

Each file covers one module of policies, the files in ``data/kubernetes`` those on Kubernetes'
resources. A file maps a policy's name to five sections::

    container-restart-policy:
      compliant:                 # The policy reports nothing.
        TITLE: [RESOURCE, ...]   # The resources form a stack.
      violating:                 # The policy reports a violation.
        TITLE: [RESOURCE, ...]
      missing:                   # The property is not set, so the provider's default applies.
        expect: violation        # Or `compliant`.
        resources: [RESOURCE, ...]
      unknown:                   # A preview does not know the value; the policy reports nothing.
        TITLE: [RESOURCE, ...]
      configured:                # The policy has a configuration.
        TITLE: {config: {...}, expect: violation, resources: [RESOURCE, ...]}

The messages are not data: ``__snapshots__`` holds them. To renew them, run
``pytest tests/policy --snapshot-update`` and review the difference.

A RESOURCE maps one of these kinds to its properties. For the kinds with defaults, the properties
are changes, and ``null`` removes a property. An integer becomes a float, as the engine sends it.

===================== ========================================================================
container             the container of a pack registry that complies with every policy, with changes
file-writer           a container that is never started, with changes; it writes uploads to a volume
uploaded-certificate  a file writer with this PEM text as /config/tls.crt
uploaded-users        a file writer with these lines as /config/htpasswd-basic.new
volume                the volume packs-data with its owner's labels, with changes
self-signed           a self-signed certificate of one year for registry.example.com, with changes
locally-signed        a certificate of a CA; no defaults
request               a certificate request; no defaults
private-key           a private key; no defaults
remote-image          an image; no defaults
network               a network; no defaults
resource              another resource: ``type``, ``properties``
===================== ========================================================================

In ``data/kubernetes`` there are these kinds, too. Their changes are merged deeply.

===================== =================================================================
Tags generate values. All times are relative to ``NOW``, which the tests make the policies' time.

===================== ========================================================================
!unknown              a value that is unknown during a preview
!labels {NAME: VALUE} Docker labels with the prefix `pack-registry.`
!certificate {...}    a certificate in PEM: ``subject`` (common name), ``names`` (SANs), ``ca``,
                      ``server`` (extended key usage),
                      ``key``, ``starts`` and ``ends`` in days (defaults: one hour ago, 90)
!certificate-request  a certificate request in PEM: ``subject``, ``names``, ``key``
!private-key KEY      a private key in PEM
!join [STRING, ...]   the strings joined, for example to a certificate chain
!base64 [STRING, ...] the same in base64
!base64-bytes [...]   the same with one byte for each character, such as "\\xff"
!base64-lines [...]   the same in base64 with line ends
!user {...}           a line of an htpasswd file: ``name``, ``cost``, and ``password``; or, for a
                      hash that no password has, ``hash``: the character that it repeats
!in-days DAYS         a timestamp
===================== ========================================================================

KEY is rsa-2048, rsa-3072, p256, ed25519, or unreadable (a curve that the library does not know).
"""

from __future__ import annotations

import base64
import datetime
import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bcrypt
import yaml
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from policy.policies.certificate import LOCALLY_SIGNED, PRIVATE_KEY, REQUEST, SELF_SIGNED
from policy.readers import kubernetes
from policy.readers.docker import NETWORK, REMOTE_IMAGE, VOLUME
from tests.support import kubernetes_resources
from tests.support.certificates import issue, issue_unreadable_key, request_certificate
from tests.support.policy_resources import (
    COMPONENT_URN,
    OWNERSHIP,
    STACK_URN,
    UNKNOWN,
    Resource,
    changed,
    container,
    file_writer,
    labels,
)

DATA = Path(__file__).parent / "data"
NOW = datetime.datetime(2027, 6, 15, 12, tzinfo=datetime.UTC)
HOSTNAME = "registry.example.com"
SECTIONS = ("compliant", "violating", "missing", "unknown", "configured")


@dataclass(frozen=True, eq=False)  # so that a case can be a key of a cache
class Case:
    """Resources, a policy that evaluates them, and whether it reports a violation."""

    policy: str
    section: str
    title: str
    resources: tuple[Resource, ...]
    violates: bool
    config: dict[str, Any] | None = None

    @property
    def id(self) -> str:
        return ": ".join(filter(None, [self.policy, self.section, self.title]))


class _Loader(yaml.SafeLoader):
    """Reads the tags, and rejects duplicate keys: PyYAML would drop the first case silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        if repeated := {key for key in keys if keys.count(key) > 1}:
            raise yaml.constructor.ConstructorError(
                None, None, f"duplicate keys {repeated}", node.start_mark
            )
        return super().construct_mapping(node, deep)


@functools.cache
def load() -> tuple[Case, ...]:
    """All test cases, in the order of the files."""
    cases: list[Case] = []
    for path in sorted(DATA.rglob("*.yaml")):
        target = "" if path.parent == DATA else path.parent.name
        for policy, sections in yaml.load(path.read_text(), _Loader).items():
            if not policy.startswith("."):  # only holds anchors
                cases += _policy_cases(policy, sections, target)
    return tuple(cases)


def load_stacks(path: Path) -> dict[str, dict[str, tuple[Resource, ...]]]:
    """The stacks of a file that maps groups to titles, and titles to resources."""
    groups = yaml.load(path.read_text(), _Loader).items()
    return {
        group: {title: _resources(stack) for title, stack in stacks.items()}
        for group, stacks in groups
        if not group.startswith(".")
    }


def _policy_cases(policy: str, sections: dict[str, Any], target: str) -> list[Case]:
    assert set(sections) == set(SECTIONS) - ({"configured"} - set(sections)), f"{policy}: sections"
    cases: list[Case] = []
    for section, verdict in (("compliant", False), ("violating", True), ("unknown", False)):
        for title, resources in sections[section].items():
            stack = _resources(resources)
            cases.append(Case(policy, section, _titled(target, title), stack, verdict))
    configured = sections.get("configured", {})
    for section, detailed in (("missing", {"": sections["missing"]}), ("configured", configured)):
        for title, case in detailed.items():
            verdict = {"violation": True, "compliant": False}[case["expect"]]
            stack, config = _resources(case["resources"]), case.get("config")
            cases.append(Case(policy, section, _titled(target, title), stack, verdict, config))
    return cases


def _titled(target: str, title: str) -> str:
    return f"{target}, {title}".removesuffix(", ") if target else title


def _resources(stack: list[dict[str, Any]]) -> tuple[Resource, ...]:
    return tuple(_resource(dict(resource)) for resource in stack)


def _resource(described: dict[str, Any]) -> Resource:
    options = described.pop("options", {})
    if "parent" in options:
        options = {**options, "parent": PARENTS[options["parent"]]}
    ((kind, value),) = described.items()
    resource = KINDS[kind](_with_floats(value))
    return Resource(**{**vars(resource), **options})


def _with_floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_floats(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _uploaded(file: str, content: str) -> Resource:
    return file_writer(uploads=[{"file": file, "content": content, "permissions": "0444"}])


def users_file(*lines: str) -> Resource:
    """A file writer with an htpasswd file."""
    return _uploaded("/config/htpasswd-basic.new", "".join(f"{line}\n" for line in lines))


def _volume(changes: dict[str, Any]) -> Resource:
    properties = changed({"name": "packs-data", "labels": labels(**OWNERSHIP)}, changes)
    return Resource(VOLUME, properties, name=str(properties.get("name", "packs-data")))


def _self_signed(changes: dict[str, Any]) -> Resource:
    defaults = {
        "subject": {"commonName": HOSTNAME},
        "dnsNames": [HOSTNAME],
        "validityPeriodHours": 24.0 * 365,
    }
    return Resource(SELF_SIGNED, changed(defaults, changes))


PARENTS = {
    "stack": STACK_URN,
    "component of another type": COMPONENT_URN.replace("PackRegistry", "Registry"),
}

KINDS: dict[str, Callable[[Any], Resource]] = {
    "container": lambda changes: container(**changes),
    "file-writer": lambda changes: file_writer(**changes),
    "uploaded-certificate": lambda pem: _uploaded("/config/tls.crt", pem),
    "uploaded-users": lambda lines: users_file(*lines),
    "volume": _volume,
    "self-signed": _self_signed,
    "locally-signed": lambda properties: Resource(LOCALLY_SIGNED, properties),
    "request": lambda properties: Resource(REQUEST, properties),
    "private-key": lambda properties: Resource(PRIVATE_KEY, properties),
    "remote-image": lambda properties: Resource(REMOTE_IMAGE, properties),
    "network": lambda properties: Resource(NETWORK, properties),
    "resource": lambda described: Resource(described["type"], described.get("properties", {})),
    **{
        kind: functools.partial(kubernetes_resources.workload, kind)
        for kind in (type_.rpartition(":")[2] for type_ in kubernetes.TEMPLATES)
    },
    "Secret": lambda changes: kubernetes_resources.resource(kubernetes.SECRET, changes),
    "cluster": lambda described: kubernetes_resources.resource(
        f"kubernetes:{described['type']}",
        {key: value for key, value in described.items() if key != "type"},
    ),
}


@functools.cache
def _key(kind: str) -> Any:
    """A key of a kind, generated once per process."""
    generate: dict[str, Callable[[], Any]] = {
        "rsa-2048": lambda: rsa.generate_private_key(65537, 2048),
        "rsa-3072": lambda: rsa.generate_private_key(65537, 3072),
        "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "ed25519": ed25519.Ed25519PrivateKey.generate,
    }
    return generate[kind]()


def _days(count: float) -> datetime.timedelta:
    return datetime.timedelta(days=count)


def _certificate(
    subject: str,
    names: tuple[str, ...] = (),
    *,
    ca: bool = False,
    server: bool = False,
    key: str = "p256",
    starts: float = -1 / 24,
    ends: float = 90,
) -> str:
    if key == "unreadable":
        return issue_unreadable_key(subject)[0]
    begins, expires = _days(starts), _days(ends)
    uses = [ExtendedKeyUsageOID.SERVER_AUTH] if server else []
    options = {"ca": ca, "uses": uses, "key": _key(key), "now": NOW}
    issued = issue(subject, names, begins=begins, ends=expires, **options)
    return issued.certificate_pem


def _private_key(kind: str) -> str:
    if kind == "unreadable":
        return issue_unreadable_key(HOSTNAME)[1]
    return issue(HOSTNAME, [HOSTNAME], key=_key(kind)).key_pem


def _certificate_request(subject: str, names: tuple[str, ...] = (), key: str = "p256") -> str:
    return request_certificate(subject, names, _key(key))


def user_line(name: str, cost: int, password: str = "", hash: str = "") -> str:  # noqa: A002
    """A line of an htpasswd file; see the tag `!user`."""
    if hash:
        return f"{name}:$2y${cost:02}${hash * 53}"
    salt = f"$2b${cost:02}${'C' * 21}."
    return f"{name}:{bcrypt.hashpw(password.encode(), salt.encode()).decode()}"


def _join(loader: _Loader, node: yaml.SequenceNode) -> str:
    return "".join(loader.construct_sequence(node, deep=True))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _from_mapping(build: Callable[..., Any]) -> Callable[[_Loader, yaml.MappingNode], Any]:
    return lambda loader, node: build(**loader.construct_mapping(node, deep=True))


TAGS: dict[str, Callable[[_Loader, Any], Any]] = {
    "!unknown": lambda _loader, _node: UNKNOWN,
    "!labels": _from_mapping(labels),
    "!certificate": _from_mapping(_certificate),
    "!certificate-request": _from_mapping(_certificate_request),
    "!private-key": lambda _loader, node: _private_key(node.value),
    "!join": _join,
    "!base64": lambda loader, node: _base64(_join(loader, node).encode()),
    "!base64-bytes": lambda loader, node: _base64(_join(loader, node).encode("latin-1")),
    "!base64-lines": lambda loader, node: base64.encodebytes(_join(loader, node).encode()).decode(),
    "!user": _from_mapping(user_line),
    "!in-days": lambda _loader, node: (NOW + _days(float(node.value))).isoformat(),
}
for _tag, _construct in TAGS.items():
    _Loader.add_constructor(_tag, _construct)
