"""The two flavors: what differs for CNCF Distribution's image."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from components.docker.post_update import finish_update
from components.verification.tls_client import TlsTrust
from tests.support.certificates import issue
from tests.support.component import HOSTNAME, container, declare, declared, labels, plan_of
from tests.support.fakes import FakeContainer, FakeEngine
from tests.support.flavors import DISTRIBUTION
from tests.support.registry_server import Registry, serving

ROOT = "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY"
OCI: dict[str, Any] = DISTRIBUTION


@pytest.fixture(autouse=True)
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    logged: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_, **__: logged.append(text))
    return logged


@pytest.mark.parametrize(
    ("settings", "image"),
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
def test_default_image(settings: dict[str, Any], image: str) -> None:
    assert declared(**settings).resources["registry-image"].inputs["name"] == image


def test_container_differences() -> None:
    pack, oci = (container(declared(**settings)).inputs for settings in (dict[str, Any](), OCI))
    assert set(oci["envs"]) - set(pack["envs"]) == {f"{ROOT}=/data/registry"}, (
        "the image's default is not in the data directory"
    )
    assert set(pack["envs"]) <= set(oci["envs"])
    different = {name for name in pack if pack[name] != oci.get(name)}
    assert different <= {"envs", "labels", "image"}


def test_storage_label() -> None:
    label = labels(declared(**OCI))["pack-registry.storage"]
    assert label == '{"flavor":"oci","kind":"volume","name":"spectro-registry-data"}'


def test_outputs() -> None:
    outputs = declared(**OCI, baseContentPath="/platform/packs/", port=8443).outputs
    endpoint = f"https://{HOSTNAME}:8443"
    assert outputs["endpoint"] == endpoint
    assert outputs["healthUrl"] == f"{endpoint}/v2/"
    assert outputs["catalogUrl"] == f"{endpoint}/v2/_catalog"
    registration = outputs["consoleRegistration"]
    added = {name: registration[name] for name in ("providerType", "basePath", "baseContentPath")}
    assert added == {
        "providerType": "pack",
        "basePath": "",
        "baseContentPath": "platform/packs",
    }, "fields of Palette's OCI registration"
    assert registration["endpoint"] == endpoint
    assert registration["password"] == outputs["adminPassword"]


def test_default_base_content_path() -> None:
    registration = declared(**OCI).outputs["consoleRegistration"]
    assert registration["baseContentPath"] == "packs", "Palette rejects an empty path"


LETS_ENCRYPT = {"mode": "letsencrypt", "letsencrypt": {"email": "admin@example.org"}}


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        ({}, f"--ca-file ca-test.crt {HOSTNAME}"),
        ({"port": 8443}, f"--ca-file ca-test.crt {HOSTNAME}:8443"),
        ({"tls": {"mode": "off"}}, f"--plain-http {HOSTNAME}"),
        (
            {"hostname": "localhost", "port": 8443},
            "--plain-http=false --ca-file ca-test.crt localhost:8443",
        ),
        ({"publicEndpoint": "https://packs.example.org"}, "packs.example.org"),
        ({"hostname": "packs.example.org", "tls": LETS_ENCRYPT}, "packs.example.org"),
    ],
)
def test_login_command(settings: dict[str, Any], options: str) -> None:
    login = declared(**OCI, **settings).outputs["cliLogin"]
    assert login == f"oras login --username admin {options}"


@pytest.mark.parametrize(
    "settings", [{}, {**OCI, "users": []}, {**OCI, "users": [{"name": "admin"}]}]
)
def test_no_roles_warning(settings: dict[str, Any], warnings: list[str]) -> None:
    declare(**settings)
    assert warnings == []


def test_verification_paths() -> None:
    own, registry = issue("localhost", ["localhost"]), Registry(oci=True)
    with serving(registry, own) as port:
        engine, plan = FakeEngine(FakeContainer("spectro-registry")), plan_of(port=port, **OCI)
        finish_update(engine, plan, registry.users, TlsTrust(own.certificate_pem))
    assert {path for path, _ in registry.seen} == {"/v2/", "/v2/_catalog"}
