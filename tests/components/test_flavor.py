"""The two flavors of one program: what CNCF Distribution's image is told otherwise, and that the pack registry's is told nothing new."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest
import yaml

from components.docker.post_update import finish_update
from components.servers.distribution import config_file
from components.servers.distribution.environment import environment
from components.validation import validate_settings
from components.verification.probe import TlsTrust
from tests.support.certificates import issue
from tests.support.component import HOSTNAME, container, declare
from tests.support.fakes import FakeContainer, FakeDockerHost
from tests.support.registry_server import Registry, serving

ROOT = "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY"
OCI: dict[str, Any] = {"flavor": "oci"}
S3 = {"kind": "s3", "s3": {"bucket": "packs", "region": "eu-central-1"}}


def settings(**given: Any) -> Any:
    return validate_settings({"hostname": HOSTNAME, **given}, "a test")


@pytest.fixture(autouse=True)
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    heard: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_, **__: heard.append(text))
    return heard


@pytest.mark.parametrize(
    ("given", "image"),
    [
        ({}, "us-docker.pkg.dev/palette-images/palette/spectro-registry:4.7.0"),
        ({"image": ""}, "us-docker.pkg.dev/palette-images/palette/spectro-registry:4.7.0"),
        (OCI, "docker.io/library/registry:3.0.0"),
        (
            {**OCI, "image": "mirror.example.com/registry:3.0.0"},
            "mirror.example.com/registry:3.0.0",
        ),
    ],
)
def test_the_image_is_the_flavors_own_unless_one_was_set(given: dict[str, Any], image: str) -> None:
    assert declare(**given).resources["registry-image"].inputs["name"] == image


def test_the_container_differs_by_where_packs_are_and_by_nothing_else() -> None:
    pack, oci = (container(declare(**given)).inputs for given in (dict[str, Any](), OCI))
    assert set(oci["envs"]) - set(pack["envs"]) == {f"{ROOT}=/data/registry"}, (
        "the official image's own default is not on the data volume"
    )
    assert set(pack["envs"]) <= set(oci["envs"]), (
        "users, realm and certificate are told in the same words"
    )
    differing = {name for name in pack if pack[name] != oci.get(name)}
    assert differing <= {"envs", "labels", "image"}, (
        "mounts, ports, hardening and limits are one program's"
    )


@pytest.mark.parametrize("storage", [S3, {"kind": "memory", "confirmLoss": True}])
def test_a_server_without_a_file_system_is_told_of_none(storage: dict[str, Any]) -> None:
    assert ROOT not in environment(settings(**OCI, storage=storage)), (
        "Distribution refuses to start with two storage drivers"
    )


@pytest.mark.parametrize(
    ("given", "root"), [({}, "/data/.spectro-server"), (OCI, "/data/registry")]
)
def test_the_yaml_file_names_the_directory_that_the_environment_names(
    given: dict[str, Any], root: str
) -> None:
    chosen = settings(**given, server={"logFormat": "json"})
    told = yaml.safe_load(config_file.render(chosen, {"http_secret": "x"}))
    assert told["storage"]["filesystem"]["rootdirectory"] == root
    assert environment(chosen).get(ROOT, root) == root, "one place, whichever way it is told"


@pytest.mark.parametrize("storage", [{}, {"kind": "path", "path": "/srv/packs"}])
def test_a_change_of_flavor_is_a_change_of_place(storage: dict[str, Any]) -> None:
    pack, oci = settings(storage=storage).data_place, settings(**OCI, storage=storage).data_place
    assert oci == f"an OCI registry's part of {pack}", (
        "a preview says that packs stay where they are"
    )


def test_what_has_no_directories_is_one_place_for_both_flavors() -> None:
    assert (
        settings(storage=S3).data_place
        == settings(**OCI, storage=S3).data_place
        == "the bucket packs"
    )


def test_the_outputs_follow_the_flavor() -> None:
    outputs = declare(**OCI, baseContentPath="/spectro-packs/archive/", port=8443).outputs
    endpoint = f"https://{HOSTNAME}:8443"
    assert outputs["endpoint"] == endpoint
    assert outputs["healthUrl"] == f"{endpoint}/v2/"
    assert outputs["catalogUrl"] == f"{endpoint}/v2/_catalog"
    assert outputs["cliLogin"] == f"oras login --username admin {HOSTNAME}:8443", (
        "the Spectro CLI speaks to pack registries only"
    )
    registration = outputs["consoleRegistration"]
    extra = {name: registration[name] for name in ("providerType", "basePath", "baseContentPath")}
    assert extra == {
        "providerType": "pack",
        "basePath": "",
        "baseContentPath": "spectro-packs/archive",
    }, "the fields of Palette's OCI registration"
    assert registration["endpoint"] == endpoint
    assert registration["password"] == outputs["adminPassword"]


def test_without_tls_oras_is_told_so() -> None:
    assert (
        declare(**OCI, tls={"mode": "off"}).outputs["cliLogin"]
        == f"oras login --username admin --plain-http {HOSTNAME}"
    )


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (OCI, "spectro as well as admin"),
        (
            {**OCI, "users": [{"name": "admin"}, {"name": "ci"}, {"name": "dev"}]},
            "ci, dev as well as admin",
        ),
    ],
)
def test_users_who_can_write_though_they_should_not_are_named(
    given: dict[str, Any], named: str, warnings: list[str]
) -> None:
    declare(**given)
    (warning,) = warnings
    assert "CNCF Distribution has no roles: every user may push and overwrite packs" in warning
    assert named in warning


@pytest.mark.parametrize("given", [{}, {**OCI, "users": []}, {**OCI, "users": [{"name": "admin"}]}])
def test_where_nobody_else_can_write_there_is_no_warning(
    given: dict[str, Any], warnings: list[str]
) -> None:
    declare(**given)
    assert warnings == []


def test_the_end_of_an_update_asks_by_the_flavors_paths() -> None:
    own, registry = issue("localhost", ["localhost"]), Registry(oci=True)
    with serving(registry, own) as port:
        chosen = validate_settings({"hostname": "localhost", "port": port, **OCI}, "a test")
        finish_update(
            FakeDockerHost(FakeContainer("spectro-registry")),
            chosen,
            registry.users,
            TlsTrust(own.certificate_pem),
        )
    assert {path for path, _ in registry.seen} == {"/v2/", "/v2/_catalog"}
