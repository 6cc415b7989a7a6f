"""Packs in a bucket that the other server of an OCI registry can't read."""

from __future__ import annotations

import contextlib
from typing import Any
from urllib.parse import urlsplit

import pulumi
import pytest

from common.labels import STORAGE_LABEL, TLS_LABEL
from components.docker.container_state import ContainerState
from components.docker.packs_in_bucket import unreadable_packs
from components.settings import StorageKind
from components.storage.location import StorageLocation
from components.verification.probe import Probe
from components.verification.tls_client import Endpoint, TlsTrust
from tests.support.component import plan_of
from tests.support.fakes import FakeContainer, FakeEngine
from tests.support.flavors import DISTRIBUTION, ZOT
from tests.support.oci_server import OciServer, serving_oci

BUCKET = {"kind": "s3", "s3": {"bucket": "packs", "region": "eu-central-1"}}
IN_BUCKET = StorageLocation(StorageKind.S3, bucket="packs")
OF_ZOT = StorageLocation(StorageKind.S3, bucket="packs", flavor="zot")
MANIFEST = ("application/vnd.oci.image.manifest.v1+json", b"{}")


def with_packs(*versions: str, **options: Any) -> OciServer:
    names = (version.rpartition(":") for version in versions)
    return OciServer(manifests={(name, tag): MANIFEST for name, _, tag in names}, **options)


def problem(
    old: OciServer,
    new: OciServer,
    location: StorageLocation = IN_BUCKET,
    passwords: dict[str, str] | None = None,
    **settings: Any,
) -> str:
    with contextlib.ExitStack() as stack:
        ports = [urlsplit(stack.enter_context(serving_oci(each))).port or 0 for each in (old, new)]
        labels = {STORAGE_LABEL: location.to_label(), TLS_LABEL: "off"}
        container = FakeContainer("spectro-registry", labels, ports=(ports[0],), ip="127.0.0.1")
        plan = plan_of(**{**ZOT, "storage": BUCKET, "tls": {"mode": "off"}, **settings})
        changed = Probe(Endpoint("localhost", "127.0.0.1", ports[1], None), plan.process.api)
        running: ContainerState = container.state
        users = old.users if passwords is None else passwords
        return unreadable_packs(FakeEngine(container), plan, running, changed, users, TlsTrust())


def test_packs_that_are_not_copied() -> None:
    old = with_packs("packs/nginx:1.0.0", "packs/nginx:1.1.0", "packs/istio:1.0.0")
    stack = pulumi.get_stack()
    assert problem(old, with_packs("packs/nginx:1.0.0")) == (
        "ociServer: 2 versions in the bucket packs would not be in zot's directory in the bucket "
        f"packs, such as packs/istio:1.0.0. Copy them with `make copy-packs FROM={stack} "
        f"STACK={stack}-new` (docs/how-to/move-packs.md), set ociServer and flavor back, or set "
        "storage.s3.prefix to another path to start without packs."
    )


def test_server_back_to_distribution() -> None:
    settings = {**DISTRIBUTION, "storage": BUCKET}
    found = problem(with_packs("packs/nginx:1.0.0"), with_packs(), OF_ZOT, **settings)
    assert found.startswith("ociServer: 1 version in zot's directory in the bucket packs would not")


@pytest.mark.parametrize("new", [("packs/nginx:1.0.0",), ("packs/nginx:1.0.0", "packs/b:2")])
def test_packs_that_are_copied(new: tuple[str, ...]) -> None:
    assert problem(with_packs("packs/nginx:1.0.0"), with_packs(*new)) == ""


def test_empty_registry() -> None:
    assert problem(with_packs(), with_packs()) == ""


@pytest.mark.parametrize(
    "location",
    [OF_ZOT, StorageLocation(StorageKind.S3, bucket="packs", prefix="old"), "other kind"],
    ids=str,
)
def test_other_changes(location: StorageLocation | str) -> None:
    """A warning says that the packs stay in the previous place."""
    found = (
        location
        if isinstance(location, StorageLocation)
        else StorageLocation(StorageKind.VOLUME, name="packs")
    )
    assert problem(with_packs("packs/nginx:1.0.0"), with_packs(), found) == ""


@pytest.mark.parametrize("passwords", [{}, {"admin": "a new password"}], ids=["hashes", "changed"])
def test_packs_that_cannot_be_listed(passwords: dict[str, str]) -> None:
    assert problem(with_packs("packs/nginx:1.0.0"), with_packs(), passwords=passwords) == ""
