"""Load the cases of ``data/*.yaml``.

A case is a stack config. The files are YAML 1.1, as Pulumi reads it, with these tags:

``!absent``
    Removes the hostname, which every other case has.
``!repeat {before: a, text: b, times: 3, after: c}``
    A long string: here ``abbbc``. ``before`` and ``after`` are optional.
``!power_of_ten 5000``
    An integer that Python refuses to print.
``!pem server.key`` or ``!pem [server.certificate, server.key]``
    PEM blocks of the certificates in ``certificates.yaml``. :func:`certificate_data.pem` lists the
    parts of a certificate.
``!key MARKER``
    A private key in PEM that contains this text.
``!output MARKER``
    A secret Pulumi output.

A lone surrogate, which JSON and YAML can write, is an escape in double quotes: ``"\\ud800"``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import yaml

from tests.components.settings import certificate_data

DATA = Path(__file__).parent / "data"
HOSTNAME = "registry.example.com"


class _Absent:
    """Type of the value of ``!absent``."""


ABSENT = _Absent()


@dataclass(frozen=True)
class _Secret:
    """The value of ``!output``. Only a test, which has an event loop, can create the output."""

    text: str


class _Loader(yaml.SafeLoader):
    """YAML with the tags above. A duplicate key is an error: it would hide a case."""


class _FastLoader(yaml.CSafeLoader):
    """The same. libyaml takes a tenth of the time, but reads no lone surrogates."""


_AnyLoader = _Loader | _FastLoader


def _mapping(loader: _AnyLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    mapping = loader.construct_mapping(node, deep=True)
    if len(mapping) != len(node.value):
        raise ValueError(f"duplicate key{node.start_mark}")
    return mapping


def _repeat(loader: _AnyLoader, node: yaml.MappingNode) -> str:
    given = loader.construct_mapping(node)
    return f"{given.get('before', '')}{given['text'] * given['times']}{given.get('after', '')}"


def _pem(loader: _AnyLoader, node: yaml.Node) -> str:
    if isinstance(node, yaml.SequenceNode):
        return "".join(map(certificate_data.pem, loader.construct_sequence(node)))
    assert isinstance(node, yaml.ScalarNode)
    return certificate_data.pem(str(loader.construct_scalar(node)))


def _key(loader: _AnyLoader, node: yaml.ScalarNode) -> str:
    return f"-----BEGIN PRIVATE KEY-----\n{node.value}\n-----END PRIVATE KEY-----\n"


for _loader in (_Loader, _FastLoader):
    _loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
    _loader.add_constructor("!absent", lambda loader, node: ABSENT)
    _loader.add_constructor("!repeat", _repeat)
    _loader.add_constructor("!power_of_ten", lambda loader, node: 10 ** int(node.value))
    _loader.add_constructor("!pem", _pem)
    _loader.add_constructor("!key", _key)
    _loader.add_constructor("!output", lambda loader, node: _Secret(node.value))


@cache
def load_file(name: str) -> dict[str, dict[str, Any]]:
    """Return the cases of ``data/<name>.yaml`` as they are written there."""
    text = (DATA / f"{name}.yaml").read_text()
    loader = _Loader if r"\uD" in text else _FastLoader
    cases: dict[str, dict[str, Any]] = yaml.load(text, loader)
    return cases


@cache
def load_cases(name: str) -> dict[str, dict[str, Any]]:
    """Return the cases of ``data/<name>.yaml`` with a hostname each."""
    return {case: with_hostname(config) for case, config in load_file(name).items()}


def with_hostname(config: dict[str, Any]) -> dict[str, Any]:
    """Return a config with a hostname, unless the config says ``!absent``."""
    complete = {"hostname": HOSTNAME, **config}
    return {
        key: pulumi.Output.secret(value.text) if isinstance(value, _Secret) else value
        for key, value in complete.items()
        if value is not ABSENT
    }
