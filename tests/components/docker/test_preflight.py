"""The Docker host before anything is touched: every problem is told, each with what mends it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import docker.errors
import pulumi
import pytest

from cli.paths import ROOT
from common.labels import DATA_LABEL, STORAGE_LABEL, Owner
from components.docker.engine import DockerEngine
from components.docker.preflight import PreflightError, preflight
from components.settings import DEVELOPMENT_TAG, Settings
from components.validation import validate_settings
from tests.support.docker import free_port
from tests.support.fakes import OWNER, OTHER_OWNER, FakeContainer, FakeDockerHost

LOCAL = "unix:///var/run/docker.sock"
OFFICIAL = "us-docker.pkg.dev/palette-images/palette/spectro-registry:4.7.0"


def settings(**given: Any) -> Settings:
    port = given.pop("port", None) or free_port()
    return validate_settings({"hostname": "localhost", "port": port, **given}, "a test")


def problems(host: DockerEngine, pull: bool = True, **given: Any) -> list[str]:
    """What is told of a host; nothing where it is ready."""
    try:
        preflight(host, settings(**given), OWNER, pull=pull)
    except PreflightError as error:
        first, *lines = str(error).split("\n")
        assert (
            first
            == f"The Docker host {host.url} can't take this registry as it is; nothing was touched."
        ), "the user must know that nothing has happened yet"
        assert all(line.startswith("  - ") for line in lines), "a line per problem"
        return [line.removeprefix("  - ") for line in lines]
    return []


def test_a_host_in_order_passes() -> None:
    host = FakeDockerHost()
    assert problems(host) == [], "there is nothing to tell"
    assert host.asked == [], "looking must change nothing"


def test_a_host_that_is_not_there_is_told_with_what_starts_it() -> None:
    (told,) = problems(DockerEngine("unix:///nonexistent.sock"))
    assert told.startswith("Docker can't be reached at unix:///nonexistent.sock ("), (
        "which Docker was meant"
    )
    assert "No such file or directory" in told, "why it can't be reached"
    assert told.endswith(
        "; start it with `sudo systemctl start docker`, or set dockerHost or DOCKER_HOST"
    ), "what mends it"


def test_a_remote_host_that_is_not_there_is_told_with_how_to_ask_it() -> None:
    url = f"tcp://127.0.0.1:{free_port()}"
    (told,) = problems(DockerEngine(url))
    assert told.startswith(f"Docker can't be reached at {url} ("), "which Docker was meant"
    assert "Connection refused" in told, "why it can't be reached"
    assert told.endswith(f"; check dockerHost or DOCKER_HOST, and `docker -H {url} info`"), (
        "starting Docker here would not help"
    )


def test_a_user_who_may_not_ask_docker_is_told_of_its_group() -> None:
    class Closed(FakeDockerHost):
        def facts(self) -> dict[str, Any]:
            raise docker.errors.DockerException(
                "Error while fetching server API version: ('Connection aborted.', PermissionError(13, 'Permission denied'))"
            )

    assert problems(Closed()) == [
        f"Docker refuses this user at {LOCAL}; add the user to its group with `sudo usermod -aG docker $USER`, then log in again"
    ], "the daemon runs; starting it would not help"


@pytest.mark.parametrize(
    ("facts", "given", "told"),
    [
        (
            {"ApiVersion": "1.40", "ServerVersion": "19.03.15"},
            {},
            "Docker 19.03.15 is too old; install Docker Engine 20.10 or newer",
        ),
        (
            {"OSType": "windows"},
            {},
            "Docker runs windows containers; the registry needs Linux containers",
        ),
        (
            {"MemTotal": 1_799_999_999},
            {},
            "the host has 2 CPU and 1.8 GB of memory; the registry needs at least 1 CPU and 2 GB",
        ),
        (
            {"MemTotal": 510_000_000, "NCPU": 1},
            {},
            "the host has 1 CPU and 0.5 GB of memory; the registry needs at least 1 CPU and 2 GB",
        ),
        (
            {},
            {"limits": {"cpus": 2.5}},
            "limits.cpus: 2.5 is more than the host has; allowed is 0.1 to 2",
        ),
    ],
)
def test_a_host_that_does_not_do_is_told_with_what_is_missing(
    facts: dict[str, Any], given: dict[str, Any], told: str
) -> None:
    assert problems(FakeDockerHost(**facts), **given) == [told], (
        "the guide's minimum holds on every host"
    )


@pytest.mark.parametrize(
    ("facts", "given"),
    [
        ({"ApiVersion": "1.41"}, {}),
        ({"ApiVersion": "1.100"}, {}),
        ({"NCPU": 1, "MemTotal": 1_900_000_000}, {}),
        ({}, {"limits": {"cpus": 2}}),
    ],
)
def test_a_host_that_just_does_passes(facts: dict[str, Any], given: dict[str, Any]) -> None:
    assert problems(FakeDockerHost(**facts), **given) == [], (
        "a machine of 2 GB shows a little less, and 1.100 is newer than 1.41"
    )


@pytest.mark.parametrize(
    "name",
    [
        "spectro-registry",
        "spectro-registry-config-users-writer",
        "spectro-registry-config-certificate-writer",
    ],
)
def test_somebody_elses_container_of_our_name_is_told(name: str) -> None:
    told = f"containerName: a container named {name} is there already and does not belong to this stack; "
    free = f"set another containerName, or remove that container with `docker rm -f {name}`"
    tried = Owner("pack-registry", "trial/dev", "registry").labels
    mended = "it is of the trial of dev (`make try-down STACK=dev` removes it): set another containerName"
    for labels, mend in (
        ({}, free),
        (OTHER_OWNER.labels, f"it is of the stack {OTHER_OWNER.stack}: set another containerName"),
        (tried, mended),
    ):
        assert problems(FakeDockerHost(FakeContainer(name, labels, status="exited"))) == [
            told + mend
        ], "it must not be taken over, running or not"


def test_our_own_container_is_no_problem() -> None:
    assert (
        problems(
            FakeDockerHost(
                FakeContainer("spectro-registry"),
                FakeContainer("spectro-registry-config-users-writer", status="created"),
            )
        )
        == []
    )


def test_a_container_whose_name_only_looks_like_ours_is_no_problem() -> None:
    assert (
        problems(
            FakeDockerHost(
                FakeContainer("spectro-registry-2", {}), FakeContainer("my-spectro-registry", {})
            )
        )
        == []
    )


REMOVED = "a volume named {} is there already, does not belong to this stack, and would be removed with its registry; "


@pytest.mark.parametrize(
    ("given", "name", "setting", "mend"),
    [
        ({}, "spectro-registry-config", "containerName", "set another containerName"),
        ({"containerName": "packs"}, "packs-config", "containerName", "set another containerName"),
        (
            {"storage": {"volume": "old-packs", "keepOnDestroy": False}},
            "old-packs",
            "storage.volume",
            "set storage.keepOnDestroy to true, or another storage.volume",
        ),
    ],
    ids=["configuration", "another name", "packs"],
)
@pytest.mark.parametrize("pull", [True, False])
def test_somebody_elses_volume_that_would_go_with_the_registry_is_told(
    given: dict[str, Any], name: str, setting: str, mend: str, pull: bool
) -> None:
    host = FakeDockerHost()
    for labels, way_out in (
        (
            {},
            f"{mend}, or remove that volume, and all that is in it, with `docker volume rm {name}`",
        ),
        (OTHER_OWNER.labels, f"it is of the stack {OTHER_OWNER.stack}: {mend}"),
    ):
        host.volumes = {name: labels}
        assert problems(host, pull, **given) == [f"{setting}: {REMOVED.format(name)}{way_out}"], (
            "Docker would hand it out, and say nothing"
        )
    host.volumes = {name: dict(OWNER.labels)}
    assert problems(host, pull, **given) == [], (
        "the last update's, or what one left behind that was interrupted"
    )


@pytest.mark.parametrize("labels", [{}, OTHER_OWNER.labels])
def test_a_volume_that_is_kept_is_taken_whoever_made_it(labels: dict[str, str]) -> None:
    host = FakeDockerHost()
    host.volumes = {
        "old-packs": labels,
        "spectro-registry-acme": labels,
        "spectro-registry-data": labels,
    }
    certified = {
        "mode": "letsencrypt",
        "letsencrypt": {
            "email": "ops@example.com",
            "directoryUrl": "https://acme.internal/directory",
        },
    }
    assert problems(host, storage={"volume": "old-packs"}) == [], (
        "packs of an earlier registry are found again"
    )
    assert problems(host, hostname="registry.example.com", tls=certified) == [], (
        "and so is a certificate, put back from a backup perhaps"
    )


def test_a_directory_that_is_not_there_is_told_with_what_makes_it(tmp_path: Path) -> None:
    path = tmp_path / "packs"
    storage = {"kind": "path", "path": str(path)}
    told = f"storage.path: {path} is no directory of the Docker host; make it with `sudo mkdir -p {path}`, or set storage.path to one that is there"
    assert problems(FakeDockerHost(), storage=storage) == [told], (
        "Docker would fail after other things were made"
    )
    path.write_text("a file")
    assert problems(FakeDockerHost(), storage=storage) == [told], "a file is no directory"
    path.unlink()
    path.mkdir()
    assert problems(FakeDockerHost(), storage=storage) == [], "it is there"


def test_a_directory_of_another_machine_is_not_looked_for_here() -> None:
    storage = {"kind": "path", "path": "/srv/not-on-this-machine"}
    assert problems(FakeDockerHost(url="tcp://127.0.0.1:2375"), storage=storage) == [], (
        "only Docker can tell, and does"
    )


def test_an_image_that_is_missing_is_fetched_by_an_update_and_not_by_a_preview() -> None:
    previewed, updated = FakeDockerHost(images=()), FakeDockerHost(images=())
    assert problems(previewed, pull=False) == [], "a preview may be made before the image is there"
    assert previewed.asked == [], "a preview changes nothing"
    assert problems(updated) == [], "it could be fetched"
    assert updated.asked == [("pull", OFFICIAL)], (
        "an update needs it, and must not fail half-way for want of it"
    )


@pytest.mark.parametrize(
    ("image", "registry"),
    [
        (OFFICIAL, "us-docker.pkg.dev"),
        ("localhost:5000/packs:1", "localhost:5000"),
        ("library/registry:2", "docker.io"),
        ("registry:2", "docker.io"),
    ],
)
def test_an_image_that_can_not_be_fetched_is_told_with_the_reason(
    image: str, registry: str
) -> None:
    host = FakeDockerHost(images=())
    host.refuses_pull = docker.errors.APIError(
        "500 Server Error", explanation="Get https://x/v2/: dial tcp:\n lookup x: no such host"
    )
    (told,) = problems(host, image=image)
    assert told == (
        f"image: {image} is not on the Docker host and can't be fetched (Get https://x/v2/: dial tcp: lookup x: no such host); "
        f"check the reference and the host's route to {registry}, "
        "set imageUsername and imagePassword where it is private, or load the image with `docker load` (imageArchive)"
    ), "the registry that was asked must be named: without one it is Docker Hub"


@pytest.mark.parametrize("pull", [True, False])
def test_the_development_image_is_told_with_what_builds_it(pull: bool) -> None:
    host = FakeDockerHost(images=())
    assert problems(host, pull, image="pack-registry-dev:1.0.0") == [
        "image: pack-registry-dev:1.0.0 is not on the Docker host and is not published anywhere; build it with `make dev-image`"
    ], "a name that is on no registry must not be asked for there"
    assert host.asked == [], "on Docker Hub it could be anybody's"


def test_another_development_image_than_is_built_here_is_told_with_the_one_that_is() -> None:
    assert (ROOT / "dev_image" / "VERSION").read_text().strip() == DEVELOPMENT_TAG, (
        "as dev_image/build.sh tags it"
    )
    (told,) = problems(FakeDockerHost(images=()), image="pack-registry-dev:9.9.9")
    assert told == (
        "image: pack-registry-dev:9.9.9 is not on the Docker host and is not published anywhere; "
        "`make dev-image` builds pack-registry-dev:1.0.0: set image to that"
    ), "building it would not help"


def test_an_image_that_is_only_named_like_a_development_image_is_fetched() -> None:
    host = FakeDockerHost(images=())
    assert problems(host, image="example/packs-dev:1.0.0") == [], "it may well be published"
    assert host.asked == [("pull", "example/packs-dev:1.0.0")], (
        "only pack-registry-dev is built from here"
    )


def test_several_problems_are_told_at_once() -> None:
    host = FakeDockerHost(
        FakeContainer("spectro-registry", {}),
        NCPU=1,
        MemTotal=1_000_000_000,
        ApiVersion="1.30",
        images=(),
    )
    told = problems(host, limits={"cpus": 4}, storage={"kind": "path", "path": "/srv/not-there"})
    starts = [
        "Docker 28.0.1 is too old",
        "the host has 1 CPU",
        "limits.cpus: 4",
        "containerName: ",
        "storage.path: ",
    ]
    assert [any(line.startswith(start) for line in told) for start in starts] == [True] * 5, (
        "one run per problem would take all day"
    )
    assert len(told) == 5, "and nothing twice"
    assert host.asked == [], "no image is fetched for a host that does not do"


def server(place: str, *, keeps: bool = True, name: str = "spectro-registry") -> FakeContainer:
    """Our own server, as the last update made it."""
    return FakeContainer(
        name, {**OWNER.labels, STORAGE_LABEL: place, DATA_LABEL: str(keeps).lower()}
    )


STAY = "the packs that are in the volume spectro-registry-data stay there and will not be in {}; docs/storage.md says how to copy them."
WOULD_BE_REMOVED = "storage: the packs in {} would be removed with the volume; set storage.keepOnDestroy to true where they are now, run `make up`, then move"


@pytest.mark.parametrize(
    ("place", "given"),
    [
        ("the volume spectro-registry-data", {"storage": {"volume": "other"}}),
        ("the volume spectro-registry-data", {"containerName": "other"}),
        ("the volume spectro-registry-data", {"storage": {"kind": "memory", "confirmLoss": True}}),
        (
            "the volume spectro-registry-data",
            {"storage": {"volume": "other", "keepOnDestroy": True}},
        ),
        (
            "an OCI registry's part of the volume spectro-registry-data",
            {"storage": {"volume": "other"}},
        ),
    ],
)
@pytest.mark.parametrize("pull", [True, False])
def test_a_volume_that_would_go_with_its_packs_is_not_given_up(
    place: str, given: dict[str, Any], pull: bool
) -> None:
    host = FakeDockerHost(server(place, keeps=False))
    assert problems(host, pull, **given) == [WOULD_BE_REMOVED.format(place)], (
        "the last update did not say that the volume is to be kept"
    )
    assert host.asked == []


@pytest.mark.parametrize(
    ("made", "given"),
    [
        (server("the volume spectro-registry-data", keeps=False), {}),
        (server("the volume spectro-registry-data", keeps=False), {"flavor": "oci"}),
        (server("an OCI registry's part of the volume spectro-registry-data", keeps=False), {}),
        (server("the server's memory", keeps=False), {}),
        (server("the volume spectro-registry-data"), {"storage": {"volume": "other"}}),
        (
            FakeContainer(
                "another",
                {**OTHER_OWNER.labels, STORAGE_LABEL: "the volume x", DATA_LABEL: "false"},
            ),
            {},
        ),
    ],
)
def test_a_volume_that_stays_or_holds_nothing_is_no_problem(
    made: FakeContainer, given: dict[str, Any]
) -> None:
    assert problems(FakeDockerHost(made), **given) == []


@pytest.mark.parametrize(
    ("place", "given", "told"),
    [
        ("the volume spectro-registry-data", {}, None),
        (
            "the volume spectro-registry-data",
            {"containerName": "other"},
            STAY.format("the volume other-data"),
        ),
        (
            "the server's memory",
            {},
            "the packs that are in the server's memory are lost with it, and will not be in the volume spectro-registry-data.",
        ),
        ("the server's memory", {"storage": {"kind": "memory", "confirmLoss": True}}, None),
    ],
)
def test_packs_that_stay_behind_are_told(
    place: str, given: dict[str, Any], told: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warned.append)
    assert problems(FakeDockerHost(server(place)), pull=False, **given) == []
    assert warned == ([f"storage: {told}"] if told else []), "nothing is copied"
