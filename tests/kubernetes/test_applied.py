"""The objects of a registry on a real cluster, without Pulumi's engine and its plugin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes import client

from common.features import Features, use_features
from components.kubernetes import names
from components.verification.diagnosis import VerificationError
from tests.support.docker import skip_or_fail
from tests.support.kubernetes import SERVER, manifest
from tests.support.kubernetes_applied import AppliedRegistry, cluster_is_missing
from tests.support.recording import Run

USERS = "registry-users-secret"


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppliedRegistry]:
    """A namespace for a registry. It is removed at the end, which must leave nothing."""
    skip_or_fail(cluster_is_missing(), "REQUIRE_CLUSTER")
    created = AppliedRegistry(tmp_path_factory.mktemp("applied"))
    with use_features(Features(checks=False, resource_hooks=False)):
        yield created
    created.remove()


@pytest.fixture(scope="module")
def run(applied: AppliedRegistry) -> Run:
    """The rendered objects, which the cluster runs and the product has verified."""
    rendered = applied.render()
    applied.apply(rendered)
    applied.pod()
    applied.verify(rendered)
    return rendered


def test_cluster_keeps_all_fields(applied: AppliedRegistry, run: Run) -> None:
    """Objects that the cluster changes would differ at every update."""
    sent = manifest(run.resources[SERVER])["spec"]["template"]["spec"]
    live = applied.cluster.find("Deployment", applied.plan().name, applied.namespace)
    kept = client.ApiClient().sanitize_for_serialization(live)["spec"]["template"]["spec"]
    assert list(differences(sent, kept)) == []


def differences(sent: Any, kept: Any, path: str = "") -> Iterator[str]:
    """Yield the fields whose value is not the sent one."""
    if isinstance(sent, dict) and isinstance(kept, dict):
        for key, value in sent.items():
            yield from differences(value, kept.get(key), f"{path}.{key}")
    elif isinstance(sent, list) and isinstance(kept, list) and len(sent) == len(kept):
        for index, value in enumerate(sent):
            yield from differences(value, kept[index], f"{path}[{index}]")
    elif sent != kept and not (kept is None and sent in ("", [], {}, False)):
        yield f"{path}: {sent!r}, {kept!r}"


def test_packs(applied: AppliedRegistry, run: Run) -> None:
    with applied.client(run, "admin") as admin:
        digest = admin.push("packs/applied", b"a pack" * 50_000)
    with applied.client(run, "spectro") as reader:
        assert reader.pull("packs/applied", digest) == b"a pack" * 50_000
        assert reader.status("/v1/packs/applied/blobs/uploads/", "POST") == 403


def test_admission_enforces_restricted(applied: AppliedRegistry, run: Run) -> None:
    """The namespace admitted the registry's pod. A pod of an image's own user is rejected."""
    enforced = applied.cluster.core.read_namespace(applied.namespace).metadata.labels
    assert enforced["pod-security.kubernetes.io/enforce"] == "restricted"
    sent = manifest(run.resources[SERVER])["spec"]["template"]["spec"]
    weakened = {**sent, "securityContext": {}}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "weakened"}, "spec": weakened}
    with pytest.raises(client.ApiException) as rejected:
        applied.cluster.core.create_namespaced_pod(applied.namespace, body, dry_run="All")
    assert rejected.value.status == 403
    assert "violates PodSecurity" in rejected.value.body


def test_rotation_keeps_pod(applied: AppliedRegistry, run: Run) -> None:
    before = applied.pod()
    rotated = applied.render(rotation="2")
    assert applied.status(run, "spectro") == 200
    applied.apply(rotated, USERS)
    applied.verify(rotated)
    assert applied.status(run, "spectro") == 401
    assert applied.status(rotated, "spectro") == 200
    after = applied.pod()
    assert (after.name, after.restarts) == (before.name, 0)
    version = names.USERS_VERSION_ANNOTATION
    assert after.annotations[version] != before.annotations[version]
    applied.apply(run, USERS)
    applied.verify(run)


def test_verification_rejects_wrong_password(
    applied: AppliedRegistry, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("components.kubernetes.post_update.USERS_SECONDS", 1.0)
    with pytest.raises(VerificationError, match="rejects a password that was just set"):
        applied.verify(applied.render(rotation="3"))
