"""The gate of a new image: when there is one, how the candidate is run, and that nothing is left of it."""

from __future__ import annotations

import io
import tarfile
from types import SimpleNamespace
from typing import Any

import docker.errors
import pytest

from common.errors import UserError
from components.docker.engine import LOCAL_SOCKET
from components.docker.smoke_test import needs_smoke_test, smoke_test_image
from components.servers.distribution.environment import READ_ONLY, environment
from components.validation import validate_settings
from components.verification.diagnosis import VerificationError
from components.verification.probe import TlsTrust
from tests.support.certificates import issue
from tests.support.component import container, declare
from tests.support.fakes import OWNER, OTHER_OWNER, FakeContainer, FakeDockerHost
from tests.support.registry_server import Registry, serving

CANDIDATE = "spectro-registry-candidate"
FILES = {"htpasswd-basic": ("admin:hash", "0444"), "tls.key": ("KEY", "0400")}
S3 = {"kind": "s3", "s3": {"bucket": "packs", "region": "eu-central-1"}}
LETSENCRYPT = {"mode": "letsencrypt", "letsencrypt": {"email": "ops@example.com"}}
REMOTE = "tcp://127.0.0.1:2376"


class Host(FakeDockerHost):
    """A host on which a candidate can be started; what it serves is at a port of this machine."""

    def __init__(self, port: int = 0, refuses: str = "", url: str = LOCAL_SOCKET) -> None:
        super().__init__(FakeContainer("spectro-registry"), url=url)
        self.port = port
        self.refuses = refuses
        """The step that fails."""
        self.created: dict[str, Any] = {}
        api = SimpleNamespace(
            put_archive=lambda identifier, directory, archive: self._step(
                "files", directory, archive
            ),
            connect_container_to_network=lambda identifier, network: self._step("network", network),
            start=lambda identifier: self._step("start", identifier),
            unpause=self._unpause,
        )
        self.__dict__["client"] = SimpleNamespace(
            api=api, containers=SimpleNamespace(create=self._create)
        )
        self.archive = b""

    def _create(self, image: str, name: str, **options: Any) -> Any:
        self.created = {"image": image, **options}
        self.held[name] = FakeContainer(
            name, dict(options["labels"]), image=image, log=["the candidate's log"]
        )
        self._step("create", name)
        return SimpleNamespace(id=name)

    def _step(self, step: str, what: str, archive: bytes = b"") -> None:
        self.asked.append((step, what))
        self.archive = archive or self.archive
        if step == self.refuses:
            raise docker.errors.APIError(
                "500 Server Error", explanation="no space\n left on device"
            )

    def published_port(self, identifier: str) -> int:
        return self.port


def settings(**given: Any) -> Any:
    return validate_settings({"hostname": "localhost", **given}, "a test")


def passes(host: Host, registry: Registry | None = None, trust: str = "", **given: Any) -> None:
    wanted = settings(**given)
    smoke_test_image(
        host,
        wanted,
        OWNER,
        "sha256:2",
        FILES,
        (registry or Registry()).users,
        TlsTrust(trust),
        wanted.data_volume or wanted.storage.path,
    )


def candidate(url: str = LOCAL_SOCKET, **given: Any) -> dict[str, Any]:
    """What a candidate is created with; nobody answers there."""
    host = Host(refuses="start", url=url)
    with pytest.raises(UserError):
        passes(host, **given)
    return host.created


def mounts(created: dict[str, Any]) -> set[tuple[str, str | None, str, bool]]:
    return {
        (mount["Target"], mount["Source"], mount["Type"], mount["ReadOnly"])
        for mount in created["mounts"]
    }


@pytest.mark.parametrize(
    ("given", "status", "image", "due"),
    [
        ({}, "running", "sha256:2", True),
        ({}, "running", "sha256:1", False),
        ({}, "paused", "sha256:2", True),
        ({}, "paused", "sha256:1", False),
        ({}, "exited", "sha256:2", False),
        ({"verify": False}, "running", "sha256:2", False),
    ],
)
def test_an_image_is_proven_where_another_one_runs(
    given: dict[str, Any], status: str, image: str, due: bool
) -> None:
    host = FakeDockerHost(FakeContainer("spectro-registry", status=status))
    assert needs_smoke_test(host, settings(**given), image) is due
    assert needs_smoke_test(FakeDockerHost(), settings(**given), image) is False, (
        "there is nothing to save from it"
    )


@pytest.mark.parametrize("tls", [True, False])
def test_a_good_image_passes_and_is_removed(tls: bool) -> None:
    own, registry = issue("localhost", ["localhost"]), Registry()
    with serving(registry, own if tls else None) as port:
        host = Host(port)
        passes(host, registry, own.certificate_pem, tls={} if tls else {"mode": "off"})
    assert set(host.held) == {"spectro-registry"}, "nothing is left, and the server is what it was"
    assert ("/v1/_catalog", f"localhost:{port}") in registry.seen


def test_a_bad_image_does_not_pass_and_is_removed() -> None:
    registry = Registry(open_catalog=True)
    with serving(registry, None) as port, pytest.raises(VerificationError) as raised:
        passes(host := Host(port), registry, tls={"mode": "off"})
    assert "the server that runs was not touched; set image back, or mend the new one" in str(
        raised.value
    )
    assert "the candidate's log" in str(raised.value), (
        "it says why, and is read before the candidate is gone"
    )
    assert set(host.held) == {"spectro-registry"}


def test_a_server_that_an_interrupted_update_left_held_goes_on_whether_the_image_passes_or_not() -> (
    None
):
    host = Host(refuses="create")
    host.held["spectro-registry"].status = "paused"
    with pytest.raises(UserError, match="that one was not touched"):
        passes(host)
    assert host.asked[0] == ("unpause", "spectro-registry"), (
        "the update ends here, and a registry that is held is down"
    )


@pytest.mark.parametrize("step", ["create", "files", "network", "start"])
def test_what_can_not_be_started_is_told_and_removed(step: str) -> None:
    host = Host(refuses=step)
    with pytest.raises(UserError) as raised:
        passes(host, image="example.com/registry:2", networks=["backend"])
    assert str(raised.value) == (
        "The new image example.com/registry:2 could not be started beside the server that runs (no space left on device); that one was not touched."
    )
    assert set(host.held) == {"spectro-registry"}, "whatever was made of it"


def test_a_candidate_that_an_update_left_is_removed_first_and_anothers_is_not() -> None:
    host = Host(refuses="start")
    host.held[CANDIDATE] = FakeContainer(CANDIDATE)
    with pytest.raises(UserError):
        passes(host)
    assert [step for step, _ in host.asked] == [
        "remove",
        "create",
        "files",
        "files",
        "start",
        "remove",
    ]
    host.held[CANDIDATE] = FakeContainer(CANDIDATE, dict(OTHER_OWNER.labels))
    with pytest.raises(Exception, match="does not belong to this stack"):
        passes(host)
    assert CANDIDATE in host.held


def test_the_candidate_has_its_files_and_networks_before_it_starts() -> None:
    host = Host(refuses="start")
    with pytest.raises(UserError):
        passes(host, networks=["backend", "storage"])
    steps = [
        ("create", CANDIDATE),
        ("files", "/auth"),
        ("files", "/certs"),
        ("network", "backend"),
        ("network", "storage"),
        ("start", CANDIDATE),
    ]
    assert host.asked[:6] == steps, "a bucket's server may only be reached there"
    with tarfile.open(fileobj=io.BytesIO(host.archive)) as tar:
        found = {
            member.name: (member.mode, member.uid, tar.extractfile(member).read())  # type: ignore[union-attr]
            for member in tar
        }
    assert found == {"htpasswd-basic": (0o444, 0, b"admin:hash"), "tls.key": (0o400, 0, b"KEY")}, (
        "root's, as the writers make them"
    )


def test_files_of_the_candidate_are_its_own_and_packs_can_not_be_changed() -> None:
    new = {("/auth", None, "volume", False), ("/certs", None, "volume", False)}
    assert mounts(candidate()) == new | {("/data", "spectro-registry-data", "volume", True)}, (
        "the server's own config volume is not touched"
    )
    assert mounts(candidate(storage={"kind": "path", "path": "/srv/packs"})) == new | {
        ("/data", "/srv/packs", "bind", True)
    }
    plaintext_secret_warnings = mounts(candidate(tls={"mode": "off"}))
    assert plaintext_secret_warnings == {
        ("/auth", None, "volume", False),
        ("/data", "spectro-registry-data", "volume", True),
    }
    acme = mounts(candidate(hostname="registry.example.com", tls=LETSENCRYPT))
    assert ("/acme", "spectro-registry-acme", "volume", True) in acme, (
        "a certificate is not asked for anew"
    )
    assert ("/config", None, "volume", False) in acme, "its YAML file"


def test_a_bucket_is_kept_from_changes_by_the_server_itself() -> None:
    created = candidate(storage=S3)
    assert mounts(created) == {
        (directory, None, "volume", False) for directory in ("/auth", "/certs", "/config")
    }, "there is nothing to mount"
    assert created["command"] == ["serve", "/config/registry.yml"]
    assert created["environment"] == {**environment(settings(storage=S3)), **READ_ONLY}
    assert not set(READ_ONLY) & set(candidate()["environment"]), (
        "where packs are mounted, the mount is read-only"
    )


@pytest.mark.parametrize(
    ("url", "given", "address"),
    [
        (LOCAL_SOCKET, {}, "127.0.0.1"),
        (LOCAL_SOCKET, {"bindAddress": "10.10.0.5"}, "127.0.0.1"),
        (REMOTE, {}, "0.0.0.0"),
        (REMOTE, {"bindAddress": "10.10.0.5"}, "10.10.0.5"),
    ],
)
def test_it_is_published_where_as_few_as_possible_reach_it(
    url: str, given: dict[str, Any], address: str
) -> None:
    assert candidate(url, **given)["ports"] == {5000: (address, None)}, (
        "a remote host's loopback address can't be reached from here"
    )


def test_it_is_hardened_and_limited_as_the_server_is() -> None:
    created = candidate(
        server={"addr": ":8443", "addCapabilities": ["CHOWN"]},
        limits={"memory": "512m", "cpus": 1.5, "pids": 64},
    )
    assert list(created["ports"]) == [8443]
    wanted = {
        "read_only": True,
        "cap_drop": ["ALL"],
        "cap_add": ["CAP_CHOWN"],
        "security_opt": ["no-new-privileges:true"],
    }
    wanted |= {
        "mem_limit": 2**29,
        "memswap_limit": 2**29,
        "nano_cpus": 1_500_000_000,
        "pids_limit": 64,
    }
    assert {name: created[name] for name in wanted} == wanted
    assert "/tmp" in created["tmpfs"]
    assert created["labels"] == {**OWNER.labels, "pack-registry.candidate": "true"}, (
        "the next update knows it as its own"
    )
    relaxed = candidate(server={"readOnlyRoot": False, "noNewPrivileges": False})
    assert (relaxed["read_only"], relaxed["tmpfs"], relaxed["security_opt"]) == (False, None, [])


@pytest.mark.parametrize(
    "given",
    [
        {},
        {
            "server": {
                "readOnlyRoot": False,
                "noNewPrivileges": False,
                "dropCapabilities": ["NET_RAW"],
                "addCapabilities": ["CHOWN"],
            }
        },
        {
            "limits": {"memory": "512m", "cpus": 1.5},
            "storage": {"kind": "path", "path": "/srv/packs"},
            "server": {"drainSeconds": 5},
        },
    ],
    ids=["default", "relaxed", "limited"],
)
def test_it_is_run_with_what_the_server_is_declared_with(given: dict[str, Any]) -> None:
    created, server = candidate(**given), container(declare(hostname="localhost", **given)).inputs
    assert (created["tmpfs"], created["read_only"]) == (server.get("tmpfs"), server["readOnly"])
    assert created["security_opt"] == server["securityOpts"]
    assert {"adds": created["cap_add"], "drops": created["cap_drop"]} == server["capabilities"]
    assert (created["mem_limit"], created["memswap_limit"]) == (
        server["memory"] * 2**20,
        server["memorySwap"] * 2**20,
    )
    assert created["nano_cpus"] == float(server["cpus"]) * 10**9
    assert [f"{variable}={value}" for variable, value in created["environment"].items()] == server[
        "envs"
    ]
    assert created["command"] == server.get("command")
