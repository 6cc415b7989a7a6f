"""The provider of the package: it declares a component when a program registers one.

One process serves all components of a program until the engine ends. Its resource hooks and
verifications run in it, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import grpc
import pulumi
from pulumi.errors import InputPropertiesError
from pulumi.output import UNKNOWN
from pulumi.provider import ConstructResult, Provider

from common.errors import UserError
from common.features import current_features, use_features
from common.validation import SettingsError
from common.version import VERSION
from common.wording import use_wording
from components.pack_registry_args import PackRegistryArgs
from components.program import component_of
from components.registry_component import RegistryComponent, type_token
from components.setting_names import in_language, program_runtime
from components.settings import Target
from components.validation import validate_settings
from package.inputs import Inputs, read_inputs
from package.schema import output_names, schema_text

TARGETS = {type_token(target): target for target in Target}
"""The target of each component by its type."""


@dataclass(frozen=True)
class _Built:
    """A component whose resources exist and whose registry is verified."""

    urn: str
    outputs: Mapping[str, pulumi.Output[Any]]


class PackRegistryProvider(Provider):
    """Serves the schema, and constructs the components."""

    def __init__(self) -> None:
        super().__init__(VERSION, schema_text())
        runtime = program_runtime(Path.cwd())  # Pulumi starts a provider in the program's directory
        use_wording(lambda text: in_language(text, runtime))

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Declare a component. The engine waits until the registry is verified.

        :raises InputPropertiesError: if a UserError is raised. The engine shows its text alone.
        """
        building = self._build(name, TARGETS[resource_type], inputs, options)
        built = cast("pulumi.Output[_Built]", pulumi.Output.from_input(building))

        def output(key: str) -> pulumi.Output[Any]:
            return built.apply(lambda result: result.outputs[key], run_with_unknowns=True)

        return ConstructResult(
            built.apply(lambda result: result.urn, run_with_unknowns=True),
            {key: output(key) for key in output_names()},
        )

    async def _build(
        self,
        name: str,
        target: Target,
        inputs: Mapping[str, Any],
        options: pulumi.ResourceOptions | None,
    ) -> _Built:
        try:
            read = await read_inputs(inputs)
            depends_on = pulumi.ResourceOptions(depends_on=list(read.resources))
            merged = pulumi.ResourceOptions.merge(options, depends_on)
            if read.replaced and pulumi.runtime.is_dry_run():
                return await self._preview(name, target, read, merged)
            component = _declare(name, target, read, merged)
            await _settle(component, name)
            return _Built(str(await component.urn.future()), component.outputs)
        except UserError as error:
            # Of the errors that the SDK knows, it passes on only this one as it is.
            raise InputPropertiesError(str(error), []) from None

    async def _preview(
        self, name: str, target: Target, read: Inputs, options: pulumi.ResourceOptions
    ) -> _Built:
        """Declare a component with other values for unknown settings. No host is checked."""
        listed = "".join(f"\n  - {path}: known only during the update" for path in read.replaced)
        pulumi.log.warn(
            f"The preview of the pack registry {name} shows its resources with examples for "
            f"unknown settings. It checks neither these nor the host.{listed}"
        )
        component: pulumi.ComponentResource
        try:
            with use_features(replace(current_features(), checks=False)):
                component = _declare(name, target, read, options)
        except SettingsError:  # the examples may conflict with other settings
            component = pulumi.ComponentResource(type_token(target), name, {}, options)
        return _Built(
            str(await component.urn.future()),
            {key: pulumi.Output.from_input(UNKNOWN) for key in output_names()},
        )


def _declare(
    name: str, target: Target, read: Inputs, options: pulumi.ResourceOptions
) -> RegistryComponent:
    """Declare a component.

    :raises UserError: if its settings are invalid, or its host is not ready.
    """
    values = {**read.values, "target": target.value}
    origin = f"the inputs of the pack registry {name}"
    validate_settings(values, origin, read.secret, target=target)  # hides what the user hides
    return component_of(target)(name, cast(PackRegistryArgs, values), options)


async def _settle(component: RegistryComponent, name: str) -> None:
    """Wait for all resources that outputs need, and for the verification.

    :raises UserError: if one fails. The engine has shown the error of a resource already.
    """
    try:
        await pulumi.Output.all(component.verified, *component.outputs.values()).future()
    except (grpc.RpcError, grpc.aio.AioRpcError) as error:
        raise UserError(f"A resource of the pack registry {name} failed.") from error
