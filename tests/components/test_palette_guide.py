"""Requirements of Palette's guide on the container, item by item."""

from __future__ import annotations

import time
from typing import Any

import pulumi
import pytest

from tests.support.component import WRITERS, container, declare, labels, served, uploads
from tests.support.recording import Recorder, Run

ENVIRONMENT = [
    "REGISTRY_LOG_LEVEL=info",
    "REGISTRY_AUTH=htpasswd",
    "REGISTRY_AUTH_HTPASSWD_REALM=Registry Realm",
    "REGISTRY_AUTH_HTPASSWD_PATH=/auth/htpasswd-basic",
]
TLS_ENVIRONMENT = [
    "REGISTRY_HTTP_TLS_CERTIFICATE=/certs/tls.crt",
    "REGISTRY_HTTP_TLS_KEY=/certs/tls.key",
]


def test_image(default: Run) -> None:
    image = default.resources["registry-image"]
    official = "us-docker.pkg.dev/palette-images/palette/spectro-registry:4.7.0"
    assert image.inputs["name"] == official
    assert image.inputs["keepLocally"] is True, "others may use the image"
    assert container(default).inputs["image"] == "sha256:" + "1" * 64, (
        "if a tag is moved, image_id changes and id does not"
    )


def test_older_image() -> None:
    older = "gcr.io/spectro-images-public/release/spectro-registry:2.7.0"
    assert declare(image=older).resources["registry-image"].inputs["name"] == older


def test_container_name(default: Run) -> None:
    assert container(default).inputs["name"] == "spectro-registry"


def test_restart_policy(default: Run) -> None:
    assert container(default).inputs["restart"] == "always"


def test_https_port(default: Run) -> None:
    assert container(default).inputs["ports"] == [
        {"internal": 5000, "external": 443, "ip": "0.0.0.0"}
    ]


def test_http_port(http: Run) -> None:
    assert container(http).inputs["ports"] == [{"internal": 5000, "external": 80, "ip": "0.0.0.0"}]


@pytest.mark.parametrize("mode", ["self-signed", "off"])
def test_custom_port_and_address(mode: str) -> None:
    run = declare(port=8443, bindAddress="127.0.0.1", tls={"mode": mode})
    assert container(run).inputs["ports"] == [
        {"internal": 5000, "external": 8443, "ip": "127.0.0.1"}
    ], "the container's port is the same in every mode"


def test_mounts(default: Run) -> None:
    assert container(default).inputs["mounts"] == [
        {
            "type": "volume",
            "source": "spectro-registry-config",
            "target": "/auth",
            "readOnly": True,
        },
        {
            "type": "volume",
            "source": "spectro-registry-config",
            "target": "/certs",
            "readOnly": True,
        },
        {"type": "volume", "source": "spectro-registry-data", "target": "/data"},
    ], "a compromised server can't change its users or its key"


def test_http_mounts(http: Run) -> None:
    assert [mount["target"] for mount in container(http).inputs["mounts"]] == ["/auth", "/data"]


def test_environment(default: Run) -> None:
    assert container(default).inputs["envs"] == ENVIRONMENT + TLS_ENVIRONMENT


def test_http_environment(http: Run) -> None:
    assert container(http).inputs["envs"] == ENVIRONMENT


def test_log_level_and_realm() -> None:
    envs = container(declare(logLevel="debug", realm="Packs of ACME")).inputs["envs"]
    assert envs[0] == "REGISTRY_LOG_LEVEL=debug"
    assert envs[2] == "REGISTRY_AUTH_HTPASSWD_REALM=Packs of ACME"


def test_environment_is_public(default: Run) -> None:
    assert "envs" not in container(default).secret_inputs, "`docker inspect` shows it"


def test_files(default: Run) -> None:
    assert set(uploads(default)) == {
        "/config/htpasswd-basic.new",
        "/config/tls.crt",
        "/config/tls.key",
    }
    for writer in WRITERS:
        assert default.resources[writer].inputs["mounts"] == [
            {"type": "volume", "source": "spectro-registry-config", "target": "/config"}
        ], "the volume that the server mounts"


def test_http_files(http: Run) -> None:
    assert "registry-certificate-writer" not in http.resources
    assert set(uploads(http)) == {"/config/htpasswd-basic.new"}


def test_file_modes(default: Run) -> None:
    modes = {file: upload["permissions"] for file, upload in uploads(default).items()}
    assert modes == {
        "/config/htpasswd-basic.new": "0444",
        "/config/tls.crt": "0444",
        "/config/tls.key": "0400",
    }, "only root can read the key"


def test_private_key_mode() -> None:
    run = declare(server={"privateKeyMode": "0444"})
    assert uploads(run)["/config/tls.key"]["permissions"] == "0444", (
        "for images that do not run as root"
    )


@pytest.mark.parametrize("name", WRITERS)
def test_writers_never_run(default: Run, name: str) -> None:
    writer = default.resources[name].inputs
    assert (writer["start"], writer["mustRun"], writer["restart"], writer["networkMode"]) == (
        False,
        False,
        "no",
        "none",
    ), "as a server, a writer would not be protected"


@pytest.mark.parametrize("writer", WRITERS)
def test_server_waits_for_files(writer: str) -> None:
    class SlowWriter(Recorder):
        def new_resource(
            self, args: pulumi.runtime.MockResourceArgs
        ) -> tuple[str | None, dict[str, Any]]:
            if args.name == writer:
                time.sleep(0.02)
            return super().new_resource(args)

    made = list(declare(recorder=SlowWriter(served())).resources)
    assert made.index(writer) < made.index("registry-server"), (
        "without an htpasswd file, the server creates a user and logs its password"
    )


def test_containers_are_deleted_before_replacement(default: Run) -> None:
    for name in ("registry-server", *WRITERS):
        assert default.resources[name].request.deleteBeforeReplace, (
            f"{name}: the new container needs the name and the port"
        )


def test_certificate_change_replaces_container(default: Run) -> None:
    label = labels(default)["pack-registry.certificate"]
    assert label == default.outputs["certificateFingerprint"], "the server reads it at its start"


def test_ownership_labels(default: Run) -> None:
    for name in ("registry-server", *WRITERS, "registry-config", "registry-data"):
        found = {
            label["label"]: label["value"] for label in default.resources[name].inputs["labels"]
        }
        owner = {
            "pack-registry.project": "pack-registry",
            "pack-registry.stack": "test",
            "pack-registry.component": "registry",
        }
        assert owner.items() <= found.items(), f"{name}: they identify orphans"
