"""Resource options of the component's children: parents, names and providers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_docker as docker
import pulumi_random as random
import pytest

from common.errors import UserError
from components.pack_registry import PackRegistry
from tests.support.component import arguments_of, declare, declared, served
from tests.support.recording import Declared, Recorder, Run, run

TOKEN = "pack-registry:index:PackRegistry"
HOST = "ssh://ops@registry.example.com"
OTHER = "ssh://ops@elsewhere.example.com"


def children(made: Run) -> list[Declared]:
    return [
        resource
        for resource in made.resources.values()
        if resource.typ != TOKEN and not resource.typ.startswith("pulumi:providers:")
    ]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"tls": {"mode": "off"}},
        {"storage": {"kind": "path", "path": "/srv/packs"}},
        {"users": [{"name": "a"}, {"name": "b"}]},
        {"dockerHost": HOST},
    ],
)
def test_parents_and_names(settings: dict[str, Any]) -> None:
    made = declared(name="packs", **settings)
    assert len(children(made)) > 4
    for child in children(made):
        assert child.request.parent.endswith(f"{TOKEN}::packs"), child.name
        assert child.name.startswith("packs-"), "a second registry has the same children"


def test_type_token(default: Run) -> None:
    assert default.resources["registry"].typ == TOKEN, "policies and other languages use it"


def test_two_registries() -> None:
    def program() -> dict[str, pulumi.Output[Any]]:
        first = PackRegistry("first", arguments_of({"containerName": "first", "port": 8443}))
        second = PackRegistry(
            "second",
            arguments_of({"containerName": "second", "port": 9443, "users": [{"name": "spectro"}]}),
        )
        return {"first": first.endpoint, "second": second.endpoint}

    made = run(Recorder(served()), program)  # which rejects duplicate names
    assert made.outputs == {
        "first": "https://registry.example.com:8443",
        "second": "https://registry.example.com:9443",
    }
    names = [
        resource.inputs["name"]
        for resource in made.resources.values()
        if resource.typ.startswith(("docker:index/c", "docker:index/v"))
    ]
    assert len(names) == len(set(names)), "a host has one namespace"


def test_docker_host_has_provider() -> None:
    made = declared(dockerHost=HOST)
    (provider,) = [
        resource
        for resource in made.resources.values()
        if resource.typ == "pulumi:providers:docker"
    ]
    assert provider.inputs["host"] == HOST
    assert provider.name.startswith("registry-"), "a second registry may use another host"
    for child in children(made):
        served_by = child.request.provider.split("::")
        if child.typ.startswith("docker:"):
            assert provider.name in served_by, child.name
        else:
            assert provider.name not in served_by, child.name


def expect_rejected(
    options: Callable[[docker.Provider], pulumi.ResourceOptions], **settings: Any
) -> None:
    """Check that a registry with these options is rejected, and nothing is declared."""

    def program() -> dict[str, pulumi.Output[Any]]:
        return PackRegistry(
            "packs", arguments_of(settings), options(docker.Provider("elsewhere", host=HOST))
        ).outputs

    recorder = Recorder(served())
    with pytest.raises(UserError) as raised:
        run(recorder, program)
    assert str(raised.value) == (
        "The resource options or the parent of the pack registry packs have a Docker provider, but "
        "the checks might use another Docker host. Set dockerHost instead. No changes were made."
    )
    assert not [
        resource for resource in recorder.resources.values() if resource.name.startswith("packs")
    ]


@pytest.mark.parametrize(
    "settings", [{}, {"dockerHost": HOST}], ids=["no docker_host", "docker_host"]
)
@pytest.mark.parametrize(
    "options",
    [
        lambda provider: pulumi.ResourceOptions(provider=provider),
        lambda provider: pulumi.ResourceOptions(providers=[provider]),
        lambda provider: pulumi.ResourceOptions(providers={"docker": provider}),
    ],
    ids=["provider", "list", "mapping"],
)
def test_docker_provider_in_options(
    options: Callable[[docker.Provider], pulumi.ResourceOptions], settings: dict[str, str]
) -> None:
    expect_rejected(options, **settings)


def of_platform(provider: docker.Provider) -> pulumi.ResourceOptions:
    """Options with a parent that has a Docker provider."""
    return pulumi.ResourceOptions(
        parent=pulumi.ComponentResource(
            "platform:index:Platform", "platform", {}, pulumi.ResourceOptions(providers=[provider])
        )
    )


def test_docker_provider_of_parent() -> None:
    expect_rejected(of_platform)


def test_docker_host_overrides_parent() -> None:
    def program() -> dict[str, pulumi.Output[Any]]:
        return PackRegistry(
            "packs",
            arguments_of({"dockerHost": HOST}),
            of_platform(docker.Provider("elsewhere", host=OTHER)),
        ).outputs

    made = run(Recorder(served()), program)
    used = {
        child.request.provider.split("::")[-2]
        for child in children(made)
        if child.typ.startswith("docker:")
    }
    assert [name.rpartition("-")[0] for name in used] == ["packs-docker"]


def test_other_provider_in_options() -> None:
    def program() -> dict[str, pulumi.Output[Any]]:
        return PackRegistry(
            "packs", arguments_of({}), pulumi.ResourceOptions(providers=[random.Provider("chance")])
        ).outputs

    made = run(Recorder(served()), program)
    assert "::chance::" in made.resources["packs-salt"].request.provider


@pytest.mark.parametrize("host", ["", HOST])
def test_host_change_replaces_docker_resources(host: str) -> None:
    nfs = {"kind": "nfs", "nfs": {"server": "nfs.example.com", "export": "/export"}}
    for child in children(declared(dockerHost=host)) + children(
        declared(dockerHost=host, storage=nfs)
    ):
        request = child.request
        if child.typ.startswith("docker:"):
            assert request.HasField("replacement_trigger"), child.name
            assert request.replacement_trigger.string_value == host, (
                "without a recorded trigger, the next host replaces nothing"
            )
        elif child.typ.startswith("tls:") or child.name.endswith(("password", "seed", "salt")):
            assert not request.HasField("replacement_trigger"), (
                f"{child.name}: clients would notice the change"
            )


def test_each_host_has_own_provider() -> None:
    def provider(**settings: Any) -> str:
        (found,) = [
            resource.name
            for resource in declared(**settings).resources.values()
            if resource.typ == "pulumi:providers:docker"
        ]
        return found

    other = "tcp://10.0.0.5:2376"
    assert provider(dockerHost=HOST) != provider(dockerHost=other), (
        "the old provider removes what is on the old host"
    )
    assert provider(dockerHost=other, dockerCertPath="/a") == provider(
        dockerHost=other, dockerCertPath="/b"
    ), "one host"


def test_default_provider(default: Run) -> None:
    assert not [
        resource
        for resource in default.resources.values()
        if resource.typ.startswith("pulumi:providers:")
    ]
    assert not [child.name for child in children(default) if child.request.provider]


def test_options_are_not_inherited() -> None:
    made = declare(opts=pulumi.ResourceOptions(protect=True, ignore_changes=["users"]))
    assert made.resources["registry"].request.protect
    for child in children(made):
        assert "users" not in child.request.ignoreChanges, child.name


def test_options_with_docker_host() -> None:
    options = pulumi.ResourceOptions(protect=True)
    made = declare(dockerHost=HOST, opts=options)
    assert made.resources["registry"].request.protect
    assert options.providers is None, "the caller may use the object for other resources"


def test_renamed_registry_keeps_owner() -> None:
    aliases: list[str | pulumi.Alias] = [pulumi.Alias(parent=None), pulumi.Alias(name="old")]
    for alias in (aliases, ["urn:pulumi:test::pack-registry::pack-registry:index:X::old"]):
        renamed = declare(opts=pulumi.ResourceOptions(aliases=alias), dockerHost=HOST)
        server = renamed.resources["registry-server"].inputs
        assert {"label": "pack-registry.component", "value": "old"} in server["labels"]
        (provider,) = [name for name in renamed.resources if "-docker-" in name]
        request = renamed.resources[provider].request
        assert [item.spec.name for item in request.aliases] == [f"old{provider[8:]}"]
