"""The provider, on the recording engine."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pulumi
import pulumi_random as random
import pytest
from pulumi.errors import InputPropertiesError
from pulumi.output import UNKNOWN, Unknown

from common import wording
from common.errors import UserError
from components.registry_component import type_token
from components.settings import Target
from package import provider as module
from package.provider import PackRegistryProvider
from package.schema import output_names
from tests.support.component import served
from tests.support.recording import Recorder, Run, run

DOCKER, KUBERNETES = map(type_token, Target)


@pytest.fixture(autouse=True)
def _in_a_go_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "Pulumi.yaml").write_text("{name: program, runtime: go}")
    monkeypatch.chdir(tmp_path)
    yield
    wording._current.clear()


def construct(
    token: str = DOCKER,
    *,
    preview: bool = False,
    options: pulumi.ResourceOptions | None = None,
    **inputs: Any,
) -> Run:
    """Construct a component. Inputs that are functions are called when the program runs."""

    def program() -> dict[str, pulumi.Output[Any]]:
        made = {key: value() if callable(value) else value for key, value in inputs.items()}
        result = PackRegistryProvider().construct(
            "registry", token, {"hostname": "registry.example.com", **made}, options
        )
        state = cast(dict[str, pulumi.Output[Any]], result.state)
        return {**state, "urn": pulumi.Output.from_input(result.urn)}

    return run(Recorder(served()), program, preview=preview)


def unknown() -> pulumi.Output[Any]:
    return pulumi.Output.from_input(UNKNOWN)


def test_docker() -> None:
    made = construct(port=8443.0)
    assert made.outputs["endpoint"] == "https://registry.example.com:8443"
    assert made.outputs["urn"].endswith("pack-registry:index:PackRegistry::registry")
    assert set(made.outputs) == {*output_names(), "urn"}
    assert {"adminPassword", "users", "consoleRegistration"} <= made.secret_outputs
    assert "registry-server" in made.resources


def test_kubernetes() -> None:
    made = construct(KUBERNETES, kubernetes=lambda: {"replicas": 1.0})
    assert made.outputs["urn"].endswith("KubernetesPackRegistry::registry")
    assert "registry-kubernetes" in made.resources


def test_invalid_settings() -> None:
    with pytest.raises(InputPropertiesError) as error:
        construct(port=99999.0, tls={"validityDays": 0.0})
    assert error.value.errors == []
    assert error.value.message.startswith("Found 2 invalid settings in the inputs of the pack")
    assert "  - Port: invalid value 99999. " in error.value.message
    assert "  - Tls.ValidityDays: invalid value 0. " in error.value.message


def test_secret_inputs_are_hidden() -> None:
    with pytest.raises(InputPropertiesError) as error:
        construct(port=lambda: pulumi.Output.secret(99999.0))
    assert "99999" not in error.value.message


def test_wrong_target_is_no_input() -> None:
    made = construct(target="kubernetes")
    assert "registry-server" in made.resources, "the component decides"


def test_failed_verification(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unverified(pulumi.ComponentResource):
        def __init__(self, name: str, _args: Any, opts: pulumi.ResourceOptions) -> None:
            super().__init__(DOCKER, name, {}, opts)
            self.outputs: dict[str, pulumi.Output[str]] = {}

            def fail(_: Any) -> None:
                raise UserError("Verification failed. Run `make up` again.")

            self.verified = self.urn.apply(fail)

    monkeypatch.setattr(module, "component_of", lambda _: Unverified)
    raised: list[str] = []

    async def answer() -> None:
        inputs = {"hostname": "localhost"}
        try:
            await PackRegistryProvider()._build("registry", Target.DOCKER, inputs, None)
        except InputPropertiesError as error:
            raised.append(error.message)

    # The recorder raises the error of the verification, too. A provider's answer does not.
    with contextlib.suppress(UserError):
        run(Recorder(served()), lambda: {"answer": pulumi.Output.from_input(answer())})
    assert raised == ["Verification failed. Run `pulumi up` again."]


def test_preview_of_unknown_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warnings.append)
    made = construct(preview=True, port=unknown, rotation=unknown)
    assert "registry-server" in made.resources
    assert all(isinstance(made.outputs[name], Unknown) for name in output_names())
    assert warnings[0].endswith(
        "\n  - port: known only during the update\n  - rotation: known only during the update"
    )


def test_preview_of_conflicting_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi.log, "warn", lambda _: None)
    made = construct(preview=True, ociServer=unknown)
    assert list(made.resources) == ["registry"], "a pack registry has no OCI server"
    assert isinstance(made.outputs["endpoint"], Unknown)


def test_unknown_contents_keep_the_preview_complete() -> None:
    tls = {"mode": "provided", "certificatePem": unknown, "privateKeyPem": unknown}
    made = construct(
        preview=True, tls=lambda: {key: v() if callable(v) else v for key, v in tls.items()}
    )
    assert made.outputs["endpoint"] == "https://registry.example.com"


def test_resources_of_inputs_are_dependencies() -> None:
    def port() -> pulumi.Output[int]:
        return random.RandomPassword("other", length=16).result.apply(lambda _: 8443)

    request = construct(port=port).resources["registry"].request
    assert [urn.split("::")[-1] for urn in request.dependencies] == ["other"]


def test_resource_options() -> None:
    request = construct(options=pulumi.ResourceOptions(protect=True)).resources["registry"].request
    assert request.protect
