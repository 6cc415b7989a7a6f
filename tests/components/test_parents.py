"""The component's children: whose they are, how they are named, which provider serves them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_docker as docker
import pulumi_random as random
import pytest

from common.errors import UserError
from components.pack_registry import PackRegistry
from tests.support.component import arguments_of, declare, served
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
def test_every_resource_is_the_components_child_and_bears_its_name(
    settings: dict[str, Any],
) -> None:
    made = declare(name="packs", **settings)
    assert len(children(made)) > 4, "there must be children to look at"
    for child in children(made):
        assert child.request.parent.endswith(f"{TOKEN}::packs"), (
            f"{child.name} would stand alone in `pulumi stack`"
        )
        assert child.name.startswith("packs-"), f"{child.name} would clash with a second registry's"


def test_the_component_has_the_guidelines_token(default: Run) -> None:
    assert default.resources["registry"].typ == TOKEN, (
        "<package>:index:<Class> is what other languages and policies look for"
    )


def test_two_registries_in_one_program_do_not_clash() -> None:
    def program() -> dict[str, pulumi.Output[Any]]:
        first = PackRegistry("first", arguments_of({"containerName": "first", "port": 8443}))
        second = PackRegistry(
            "second",
            arguments_of({"containerName": "second", "port": 9443, "users": [{"name": "spectro"}]}),
        )
        return {"first": first.endpoint, "second": second.endpoint}

    made = run(Recorder(served()), program)  # which refuses a name that is declared twice
    assert made.outputs == {
        "first": "https://registry.example.com:8443",
        "second": "https://registry.example.com:9443",
    }, "each has its own"
    names = [
        resource.inputs["name"]
        for resource in made.resources.values()
        if resource.typ.startswith(("docker:index/c", "docker:index/v"))
    ]
    assert len(names) == len(set(names)), "Docker's names are one space for the whole host"


def test_a_docker_host_of_ones_own_gets_its_own_provider() -> None:
    made = declare(dockerHost=HOST)
    (provider,) = [
        resource
        for resource in made.resources.values()
        if resource.typ == "pulumi:providers:docker"
    ]
    assert provider.inputs["host"] == HOST, "the provider is what connects to the host"
    assert provider.name.startswith("registry-"), "a second registry may be on another host"
    for child in children(made):
        served_by = child.request.provider.split("::")
        if child.typ.startswith("docker:"):
            assert provider.name in served_by, f"{child.name} would be made on the default host"
        else:
            assert provider.name not in served_by, f"{child.name} is no Docker object"


def expect_refused(
    options: Callable[[docker.Provider], pulumi.ResourceOptions], **settings: Any
) -> None:
    """A registry with these options is refused in a sentence, and nothing of it is declared."""

    def program() -> dict[str, pulumi.Output[Any]]:
        return PackRegistry(
            "packs", arguments_of(settings), options(docker.Provider("elsewhere", host=HOST))
        ).outputs

    recorder = Recorder(served())
    with pytest.raises(UserError) as raised:
        run(recorder, program)
    assert str(raised.value) == (
        "The pack registry packs is given a Docker provider by its resource options or its parent, but what it checks and verifies might be on "
        "another Docker host; name the host by docker_host (in a stack's settings dockerHost) instead; nothing was touched."
    )
    assert not [
        resource for resource in recorder.resources.values() if resource.name.startswith("packs")
    ], "nothing is declared"


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
def test_a_docker_provider_of_the_callers_is_refused(
    options: Callable[[docker.Provider], pulumi.ResourceOptions], settings: dict[str, str]
) -> None:
    """Its resources would be made on one host, and another one checked, held and verified."""
    expect_refused(options, **settings)


def of_a_platform(provider: docker.Provider) -> pulumi.ResourceOptions:
    """Options of a child of a component that hands a Docker provider down."""
    return pulumi.ResourceOptions(
        parent=pulumi.ComponentResource(
            "platform:index:Platform", "platform", {}, pulumi.ResourceOptions(providers=[provider])
        )
    )


def test_a_docker_provider_that_the_parent_hands_down_is_refused() -> None:
    expect_refused(of_a_platform)


def test_a_docker_host_of_ones_own_goes_before_what_the_parent_hands_down() -> None:
    def program() -> dict[str, pulumi.Output[Any]]:
        return PackRegistry(
            "packs",
            arguments_of({"dockerHost": HOST}),
            of_a_platform(docker.Provider("elsewhere", host=OTHER)),
        ).outputs

    made = run(Recorder(served()), program)
    used = {
        child.request.provider.split("::")[-2]
        for child in children(made)
        if child.typ.startswith("docker:")
    }
    assert [name.rpartition("-")[0] for name in used] == ["packs-docker"], (
        "it is the host that is checked, too"
    )


def test_another_provider_of_the_callers_is_no_matter_of_docker_hosts() -> None:
    def program() -> dict[str, pulumi.Output[Any]]:
        return PackRegistry(
            "packs", arguments_of({}), pulumi.ResourceOptions(providers=[random.Provider("chance")])
        ).outputs

    made = run(Recorder(served()), program)
    assert "::chance::" in made.resources["packs-salt"].request.provider


@pytest.mark.parametrize("host", ["", HOST])
def test_what_is_on_a_docker_host_is_replaced_when_that_is_another_one(host: str) -> None:
    nfs = {"kind": "nfs", "nfs": {"server": "nfs.example.com", "export": "/export"}}
    for child in children(declare(dockerHost=host)) + children(
        declare(dockerHost=host, storage=nfs)
    ):
        request = child.request
        if child.typ.startswith("docker:"):
            assert request.HasField("replacement_trigger"), (
                f"{child.name} would stay, forgotten, where it is"
            )
            assert request.replacement_trigger.string_value == host, (
                "a null would be no trigger: what is recorded now is compared with the next host"
            )
        elif child.typ.startswith("tls:") or child.name.endswith(("password", "seed", "salt")):
            assert not request.HasField("replacement_trigger"), (
                f"{child.name} is on no host: clients would notice"
            )


def test_every_docker_host_has_a_provider_of_its_own() -> None:
    def provider(**settings: Any) -> str:
        (found,) = [
            resource.name
            for resource in declare(**settings).resources.values()
            if resource.typ == "pulumi:providers:docker"
        ]
        return found

    there = "tcp://10.0.0.5:2376"
    assert provider(dockerHost=HOST) != provider(dockerHost=there), (
        "the old host's removes what is there"
    )
    assert provider(dockerHost=there, dockerCertPath="/a") == provider(
        dockerHost=there, dockerCertPath="/b"
    ), "it is the same host"


def test_without_a_docker_host_the_environments_own_is_used(default: Run) -> None:
    assert not [
        resource
        for resource in default.resources.values()
        if resource.typ.startswith("pulumi:providers:")
    ], "the environment's own Docker"
    assert not [child.name for child in children(default) if child.request.provider], (
        "the environment's own Docker"
    )


def test_the_callers_options_are_the_components_and_not_its_childrens() -> None:
    made = declare(opts=pulumi.ResourceOptions(protect=True, ignore_changes=["users"]))
    assert made.resources["registry"].request.protect, "the caller's options hold for the component"
    for child in children(made):
        assert "users" not in child.request.ignoreChanges, (
            f"{child.name}: options merged into children mean something else there"
        )


def test_the_callers_options_are_kept_beside_a_docker_host() -> None:
    options = pulumi.ResourceOptions(protect=True)
    made = declare(dockerHost=HOST, opts=options)
    assert made.resources["registry"].request.protect, (
        "a Docker host must not undo the caller's options"
    )
    assert options.providers is None, (
        "the caller may use the options object for other resources too"
    )
