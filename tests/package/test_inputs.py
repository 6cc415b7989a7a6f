"""Inputs as programs of other languages send them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest
from pulumi.output import UNKNOWN

from package.inputs import Inputs, read_inputs
from package.schema import input_defaults


def read(**inputs: Any) -> Inputs:
    async def reading() -> Inputs:
        made = {key: value() if callable(value) else value for key, value in inputs.items()}
        return await read_inputs(made)

    return asyncio.get_event_loop().run_until_complete(reading())


def unknown() -> pulumi.Output[Any]:
    return pulumi.Output.from_input(UNKNOWN)


async def is_known(output: pulumi.Output[Any]) -> bool:
    return await output.is_known()


def test_integers_arrive_as_floats() -> None:
    found = read(port=8443.0, tls={"validityDays": 30.0}, limits={"cpus": 1.5})
    assert found.values == {"port": 8443, "tls": {"validityDays": 30}, "limits": {"cpus": 1.5}}
    assert type(found.values["port"]) is int


def test_nulls_are_not_set() -> None:
    found = read(port=None, tls={"mode": "off", "sans": None}, users=[{"name": "a", "role": None}])
    assert found.values == {"tls": {"mode": "off"}, "users": [{"name": "a"}]}


def test_known_outputs_are_values() -> None:
    found = read(
        hostname=lambda: pulumi.Output.from_input("registry.example.com"),
        users=lambda: [{"name": pulumi.Output.from_input("ci")}],
    )
    assert found.values == {"hostname": "registry.example.com", "users": [{"name": "ci"}]}
    assert found.replaced == []


def test_defaults_of_sdks_are_not_set() -> None:
    assert read(hostname="localhost", **input_defaults()).values == {"hostname": "localhost"}


def test_secrets() -> None:
    found = read(
        realm=lambda: pulumi.Output.secret("hidden"),
        users=lambda: [{"name": "ci", "password": pulumi.Output.secret("a password")}],
        port=8443.0,
    )
    assert found.secret == {"realm", "users"}
    assert found.values["users"] == [{"name": "ci", "password": "a password"}]


@pytest.mark.parametrize(
    ("inputs", "values", "replaced"),
    [
        ({"hostname": unknown}, {"hostname": "registry.example.com"}, ["hostname"]),
        ({"port": unknown}, {"port": 8443}, ["port"]),
        ({"tls": unknown}, {}, ["tls"]),
        ({"users": lambda: [unknown()]}, {}, ["users"]),
        ({"users": lambda: [{"name": unknown()}]}, {"users": [{"name": "ci-reader"}]}, None),
        ({"tls": lambda: {"mode": unknown()}}, {"tls": {"mode": "self-signed"}}, ["tls.mode"]),
    ],
)
def test_unknown_settings_get_an_example(
    inputs: Mapping[str, Any], values: Mapping[str, Any], replaced: list[str] | None
) -> None:
    found = read(**inputs)
    assert found.values == values
    assert found.replaced == (["users[0].name"] if replaced is None else replaced)


def test_unknown_contents_stay_outputs() -> None:
    found = read(
        tls=lambda: {"mode": "provided", "certificatePem": unknown(), "clientCas": [unknown()]}
    )
    tls = found.values["tls"]
    loop = asyncio.get_event_loop()
    assert not loop.run_until_complete(is_known(tls["certificatePem"]))
    assert not loop.run_until_complete(is_known(tls["clientCas"][0]))
    assert found.replaced == []


def test_unknown_settings_are_reported_by_validation() -> None:
    assert read(portt=8443.0).values == {"portt": 8443}
