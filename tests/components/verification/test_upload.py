"""Verification of uploads against a stand-in registry, working and broken."""

from __future__ import annotations

from dataclasses import replace

import pytest

from components.servers.distribution.routes import REGISTRY_APIS, UPLOAD_PATH, registry_api
from components.settings import Flavor, StorageKind
from components.storage.location import StorageLocation
from components.verification.diagnosis import suggest_fix
from components.verification.probe import Failure, Probe, RegistryApi
from components.verification.tls_client import Endpoint
from components.verification.upload import CHECKED_READERS, check_roles, check_upload
from tests.support.registry_server import Registry, serving

WRITES = [f"POST {UPLOAD_PATH}", f"DELETE {UPLOAD_PATH}uuid?_state=a%3D"]
PACK, OCI = REGISTRY_APIS[Flavor.PACK], REGISTRY_APIS[Flavor.OCI]
PUBLIC = "https://packs.example.com"
LOCATION = StorageLocation(StorageKind.VOLUME, "packs")


def failures(registry: Registry, api: RegistryApi = PACK, endpoint: str = "") -> list[Failure]:
    """Check an upload.

    :param endpoint: the public endpoint. By default, the server's URL.
    """
    with serving(registry, None) as port:
        probe = Probe(Endpoint("localhost", "127.0.0.1", port, None), api)
        url = endpoint or f"http://localhost:{port}"
        return check_upload(probe, registry.users["admin"], url)


@pytest.mark.parametrize("api", [PACK, OCI], ids=["pack", "oci"])
def test_upload_is_cancelled(api: RegistryApi) -> None:
    registry = Registry()
    assert failures(registry, api) == []
    assert registry.writes == WRITES


def test_content_of_upload() -> None:
    registry, session = Registry(), f"{UPLOAD_PATH}uuid?_state=a%3D"
    assert failures(registry, replace(OCI, upload_size=4096)) == []
    assert registry.writes == [WRITES[0], f"PATCH {session} (4096 bytes)", WRITES[1]]


def test_content_of_upload_is_refused() -> None:
    registry = Registry(append=500, body="write /data/upload: no space left on device")
    (failure,) = failures(registry, replace(OCI, upload_size=4096))
    assert "expected status 202" in failure.request
    assert suggest_fix([failure], [], OCI, LOCATION) == (
        "The volume packs is full. Free space, then update again."
    )
    assert registry.writes[-1] == WRITES[1], "the upload is cancelled nevertheless"


@pytest.mark.parametrize(
    ("location", "endpoint"),
    [
        ("{path}", PUBLIC),
        (PUBLIC + "{path}", PUBLIC),
        (PUBLIC + ":443{path}", PUBLIC),
        ("HTTPS://Packs.Example.com{path}", f"{PUBLIC}:443"),
        (PUBLIC + "/registry{path}", f"{PUBLIC}/registry"),
        (PUBLIC + "/registry{path}", f"{PUBLIC}/registry/"),
        ("/a/b{path}", f"{PUBLIC}/a/b"),
        ("https://[FD00::1]:8443{path}", "https://[fd00::1]:8443"),
        ("http://packs.example.com{path}", "http://packs.example.com:80"),
    ],
)
def test_location_of_endpoint(location: str, endpoint: str) -> None:
    registry = Registry(location=location)
    assert failures(registry, endpoint=endpoint) == []
    assert registry.writes == WRITES, "the upload is cancelled at the server itself"


@pytest.mark.parametrize(
    "location",
    [
        "http://packs.example.com{path}",
        PUBLIC + ":8443{path}",
        "https://other.example.com{path}",
        "//packs.example.com{path}",
        "https://packs.example.com:port{path}",
    ],
)
def test_location_elsewhere_fails(location: str) -> None:
    registry = Registry(location=location)
    (failure,) = failures(registry, endpoint=PUBLIC)
    assert failure.request.endswith(f"expected status 202 and a Location at {PUBLIC}")
    assert failure.response == f"202 with Location {location.removesuffix('{path}')}".replace(
        "Location //", "Location ://"
    )
    assert registry.writes == WRITES, "the upload is cancelled nevertheless"


@pytest.mark.parametrize(
    ("location", "endpoint"),
    [
        (PUBLIC + "{path}", f"{PUBLIC}/registry"),
        ("{path}", f"{PUBLIC}/registry"),
        (PUBLIC + "/other{path}", f"{PUBLIC}/registry"),
        (PUBLIC + "/registry{path}", PUBLIC),
        ("/registry{path}", PUBLIC),
        (PUBLIC + "/registry/registry{path}", f"{PUBLIC}/registry"),
        (PUBLIC + "//registry{path}", f"{PUBLIC}/registry"),
    ],
)
def test_location_at_other_path_fails(location: str, endpoint: str) -> None:
    registry = Registry(location=location)
    (failure,) = failures(registry, endpoint=endpoint)
    assert failure.response.startswith(f"202 with Location {location.removesuffix('{path}')}/v2/")
    assert "_state" not in failure.response
    assert registry.writes == WRITES, "the upload is cancelled nevertheless"


def test_missing_location_fails() -> None:
    (failure,) = failures(Registry(location=None))
    assert failure.response == "202 with Location none"


@pytest.mark.parametrize("status", [401, 403, 500, 503, 200])
def test_rejected_upload_fails(status: int) -> None:
    registry = Registry(upload=status, body="permission denied")
    (failure,) = failures(registry)
    assert failure.request.startswith("POST http://localhost:")
    assert failure.request.endswith("as admin (connected to 127.0.0.1), expected status 202")
    assert failure.response == f"{status}: permission denied"
    assert failure.is_write
    assert len(registry.writes) == 1


def test_failed_cancellation_fails() -> None:
    (failure,) = failures(Registry(cancel=500))
    assert failure.request.startswith("DELETE ")


@pytest.mark.parametrize("status", [404, 405])
def test_other_upload_protocol(status: int) -> None:
    assert failures(Registry(upload=status), PACK) == [], "the official image's is not published"
    assert failures(Registry(upload=status), OCI), "CNCF Distribution serves uploads"


def test_read_only_server() -> None:
    extra = {"storage": {"maintenance": {"readonly": {"enabled": True}}}}
    registry = Registry()
    assert failures(registry, registry_api(Flavor.OCI, extra)) == []
    assert registry.writes == []
    writable = {"storage": {"maintenance": {"readonly": {"enabled": False}}}}
    assert registry_api(Flavor.OCI, writable) == OCI


def role_failures(registry: Registry, readers: tuple[str, ...]) -> list[Failure]:
    with serving(registry, None) as port:
        probe = Probe(Endpoint("localhost", "127.0.0.1", port, None), replace(OCI, readers=readers))
        return check_roles(probe, registry.users)


def test_readers_cannot_push() -> None:
    registry = Registry()
    assert role_failures(registry, ("spectro", "of-unknown-password")) == []
    assert registry.writes == []


def test_reader_who_can_push() -> None:
    registry = Registry(writers=frozenset({"admin", "spectro"}))
    (failure,) = role_failures(registry, ("spectro",))
    assert (failure.user, failure.status, failure.is_write) == ("spectro", 202, True)
    fix = suggest_fix([failure], [], replace(OCI, readers=("spectro",)), LOCATION)
    assert fix.startswith("The server lets a reader push.")


def test_some_of_many_readers_are_tried() -> None:
    names = tuple(f"reader-{number}" for number in range(50))
    registry = Registry(users=dict.fromkeys(names, "x"), writers=frozenset(names))
    assert len(role_failures(registry, names)) == CHECKED_READERS
