"""The guide's contract on the declared container, item by item."""

from __future__ import annotations

import time
from typing import Any

import pulumi
import pytest

from tests.support.component import WRITERS, container, declare, served, uploads
from tests.support.recording import Recorder, Run

GUIDE_ENVIRONMENT = [
    "REGISTRY_LOG_LEVEL=info",
    "REGISTRY_AUTH=htpasswd",
    "REGISTRY_AUTH_HTPASSWD_REALM=Registry Realm",
    "REGISTRY_AUTH_HTPASSWD_PATH=/auth/htpasswd-basic",
]
GUIDE_TLS_ENVIRONMENT = [
    "REGISTRY_HTTP_TLS_CERTIFICATE=/certs/tls.crt",
    "REGISTRY_HTTP_TLS_KEY=/certs/tls.key",
]


def test_the_image_is_the_guides_and_the_container_runs_it_by_its_id(default: Run) -> None:
    image = default.resources["registry-image"]
    assert (
        image.inputs["name"] == "us-docker.pkg.dev/palette-images/palette/spectro-registry:4.7.0"
    ), "the guide names this image"
    assert image.inputs["keepLocally"] is True, (
        "removing a registry must not remove an image that others use"
    )
    assert container(default).inputs["image"] == "sha256:" + "1" * 64, (
        "only image_id changes when a tag is moved to other contents; id does not"
    )


def test_another_image_is_taken_as_it_is_given() -> None:
    older = "gcr.io/spectro-images-public/release/spectro-registry:2.7.0"
    assert declare(image=older).resources["registry-image"].inputs["name"] == older, (
        "the original guide's image must work too"
    )


def test_the_container_has_the_guides_name(default: Run) -> None:
    assert container(default).inputs["name"] == "spectro-registry", (
        "`docker logs spectro-registry` is what the guide's readers type"
    )


def test_the_container_comes_back_after_a_reboot(default: Run) -> None:
    assert container(default).inputs["restart"] == "always", (
        "the guide runs it with --restart=always"
    )


def test_https_is_published_on_443(default: Run) -> None:
    assert container(default).inputs["ports"] == [
        {"internal": 5000, "external": 443, "ip": "0.0.0.0"}
    ], "the guide maps 443:5000"


def test_http_is_published_on_80(http: Run) -> None:
    assert container(http).inputs["ports"] == [
        {"internal": 5000, "external": 80, "ip": "0.0.0.0"}
    ], "the guide maps 80:5000 without TLS"


@pytest.mark.parametrize("mode", ["self-signed", "off"])
def test_a_port_and_an_address_of_ones_own_are_published(mode: str) -> None:
    run = declare(port=8443, bindAddress="127.0.0.1", tls={"mode": mode})
    assert container(run).inputs["ports"] == [
        {"internal": 5000, "external": 8443, "ip": "127.0.0.1"}
    ], "the server listens on 5000 in every mode"


def test_credentials_and_certificate_are_mounted_read_only_and_data_writable(default: Run) -> None:
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
    ], "a server that is broken into must not be able to change its users or its key"


def test_http_mode_mounts_no_certificates(http: Run) -> None:
    assert [mount["target"] for mount in container(http).inputs["mounts"]] == ["/auth", "/data"], (
        "there is no certificate in HTTP mode"
    )


def test_the_environment_is_the_guides_to_the_letter_and_nothing_else(default: Run) -> None:
    assert container(default).inputs["envs"] == GUIDE_ENVIRONMENT + GUIDE_TLS_ENVIRONMENT, (
        "every other variable would change the server"
    )


def test_the_environment_in_http_mode_is_without_tls(http: Run) -> None:
    assert container(http).inputs["envs"] == GUIDE_ENVIRONMENT, (
        "with a TLS variable the server would look for a certificate that is not there"
    )


def test_log_level_and_realm_reach_the_environment() -> None:
    envs = container(declare(logLevel="debug", realm="Packs of ACME")).inputs["envs"]
    assert envs[0] == "REGISTRY_LOG_LEVEL=debug", "it is logLevel's only effect"
    assert envs[2] == "REGISTRY_AUTH_HTPASSWD_REALM=Packs of ACME", "it is realm's only effect"


def test_the_environment_holds_no_secret(default: Run) -> None:
    assert "envs" not in container(default).secret_inputs, (
        "`docker inspect` shows the environment to everybody who may ask Docker"
    )


def test_the_server_finds_its_files_where_the_environment_says(default: Run) -> None:
    assert set(uploads(default)) == {
        "/config/htpasswd-basic.new",
        "/config/tls.crt",
        "/config/tls.key",
    }, "the volume is mounted at /auth and /certs"
    for writer in WRITERS:
        assert default.resources[writer].inputs["mounts"] == [
            {"type": "volume", "source": "spectro-registry-config", "target": "/config"}
        ], "a writer must write into the volume that the server mounts"


def test_http_mode_writes_no_key_anywhere(http: Run) -> None:
    assert "registry-certificate-writer" not in http.resources, "there is nothing for it to write"
    assert set(uploads(http)) == {"/config/htpasswd-basic.new"}, (
        "a key that nobody uses must not lie about"
    )


def test_only_the_private_key_is_closed_to_others(default: Run) -> None:
    modes = {file: upload["permissions"] for file, upload in uploads(default).items()}
    assert modes == {
        "/config/htpasswd-basic.new": "0444",
        "/config/tls.crt": "0444",
        "/config/tls.key": "0400",
    }, "the key is for root alone"


def test_an_image_that_does_not_run_as_root_can_be_given_its_key() -> None:
    run = declare(server={"privateKeyMode": "0444"})
    assert uploads(run)["/config/tls.key"]["permissions"] == "0444", (
        "a server of another user could not read its key otherwise"
    )


@pytest.mark.parametrize("name", WRITERS)
def test_a_writer_is_never_started_and_reaches_no_network(default: Run, name: str) -> None:
    writer = default.resources[name].inputs
    assert (writer["start"], writer["mustRun"], writer["restart"], writer["networkMode"]) == (
        False,
        False,
        "no",
        "none",
    ), (
        "it only lends Docker a way into the volume; as a running server it would be a second, unprotected one"
    )


@pytest.mark.parametrize("writer", WRITERS)
def test_the_server_waits_for_its_files(writer: str) -> None:
    class SlowWriter(Recorder):
        def new_resource(
            self, args: pulumi.runtime.MockResourceArgs
        ) -> tuple[str | None, dict[str, Any]]:
            if args.name == writer:
                time.sleep(0.2)
            return super().new_resource(args)

    made = list(declare(recorder=SlowWriter(served())).resources)
    assert made.index(writer) < made.index("registry-server"), (
        "without an htpasswd file the server invents a user and logs its password"
    )


def test_the_container_is_replaced_by_deletion_first(default: Run) -> None:
    for name in ("registry-server", *WRITERS):
        assert default.resources[name].request.deleteBeforeReplace, (
            f"{name}: two containers can't have one name, nor one port"
        )


def test_another_certificate_is_another_container(default: Run) -> None:
    labels = {label["label"]: label["value"] for label in container(default).inputs["labels"]}
    assert labels["pack-registry.certificate"] == default.outputs["certificateFingerprint"], (
        "the server reads its certificate once, at its start"
    )


def test_what_is_made_on_the_host_says_whose_it_is(default: Run) -> None:
    for name in ("registry-server", *WRITERS, "registry-config", "registry-data"):
        labels = {
            label["label"]: label["value"] for label in default.resources[name].inputs["labels"]
        }
        owner = {
            "pack-registry.project": "pack-registry",
            "pack-registry.stack": "test",
            "pack-registry.component": "registry",
        }
        assert owner.items() <= labels.items(), (
            f"{name}: an orphan of an interrupted update is only known by its labels"
        )
