"""The provider of a component, and the credentials with which nodes pull its image."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pulumi_kubernetes
import pytest

from common.errors import UserError
from components.kubernetes.files import docker_config
from components.kubernetes_pack_registry import KubernetesPackRegistry
from tests.support.component import arguments_of, served
from tests.support.kubernetes import declared_on_kubernetes, objects
from tests.support.kubernetes_plan import S3
from tests.support.recording import Recorder, run

PROVIDER = "registry-kubernetes"


def test_features() -> None:
    inputs = declared_on_kubernetes().resources[PROVIDER].inputs
    assert inputs["enableServerSideApply"] == "true"
    assert inputs["enableSecretMutable"] == "true", "a new password would replace the Deployment"
    assert inputs["upsertExistingObjects"] == "true", "a kept volume is found again"
    assert not {"kubeconfig", "context"} & set(inputs), "the environment selects the cluster"


def test_chosen_cluster() -> None:
    cluster = {"kubeconfig": "/etc/kube/config", "context": "prod"}
    inputs = declared_on_kubernetes(kubernetes=cluster).resources[PROVIDER].inputs
    assert (inputs["kubeconfig"], inputs["context"]) == ("/etc/kube/config", "prod")


def test_every_object_uses_provider() -> None:
    made = declared_on_kubernetes()
    assert len(objects(made)) > 5
    for each in objects(made):
        assert f"::{PROVIDER}::" in each.request.provider, each.name


def test_provider_in_options() -> None:
    def program() -> dict[str, pulumi.Output[Any]]:
        provider = pulumi_kubernetes.Provider("other", context="other")
        options = pulumi.ResourceOptions(providers=[provider])
        return KubernetesPackRegistry("registry", arguments_of({"storage": S3}), options).outputs

    with pytest.raises(UserError, match="the checks might use another cluster"):
        run(Recorder(served()), program)


@pytest.mark.parametrize(
    ("image", "host"),
    [
        ("registry.example.com:5000/packs/server:1", "registry.example.com:5000"),
        ("docker.io/library/registry:3.0.0", "https://index.docker.io/v1/"),
        ("library/registry:3.0.0", "https://index.docker.io/v1/"),
        ("registry:3.0.0", "https://index.docker.io/v1/"),
    ],
)
def test_docker_config(image: str, host: str) -> None:
    auths = json.loads(docker_config(image, "reader", "a:password"))["auths"]
    entry = {"username": "reader", "password": "a:password", "auth": "cmVhZGVyOmE6cGFzc3dvcmQ="}
    assert auths == {host: entry}


def test_pull_secrets_of_pod() -> None:
    made = declared_on_kubernetes(
        imageUsername="reader", imagePassword="a password", kubernetes={"imagePullSecrets": ["x"]}
    )
    spec = made.resources["registry-server"].inputs["spec"]["template"]["spec"]
    assert spec["imagePullSecrets"] == [{"name": "spectro-registry-pull"}, {"name": "x"}]
    assert made.resources["registry-pull-secret"].secret_inputs == {"stringData"}
    assert (
        "imagePullSecrets"
        not in (
            declared_on_kubernetes().resources["registry-server"].inputs["spec"]["template"]["spec"]
        )
    )
