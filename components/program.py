"""The Pulumi program: the pack registry of the current stack and its outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pulumi

from common.stack_config import read_stack_config
from components.pack_registry_args import PackRegistryArgs
from components.registry_component import RegistryComponent
from components.settings import Settings, Target
from components.settings.plaintext import plaintext_secret_warnings
from components.validation import validate_settings

if TYPE_CHECKING:
    from components.kubernetes_pack_registry import KubernetesPackRegistry
    from components.pack_registry import PackRegistry


def stack_arguments() -> PackRegistryArgs:
    """Read and validate the current stack's config.

    :raises SettingsError: if settings are invalid, with one sentence for each.
    """
    values, secret = read_stack_config(Settings)
    stack = pulumi.get_stack()
    validate_settings(values, f"stack {stack}", secret, stack)
    for warning in plaintext_secret_warnings(values, values.keys() - secret, stack):
        pulumi.log.warn(warning)
    return cast(PackRegistryArgs, values)


def component_of(target: Target) -> type[PackRegistry | KubernetesPackRegistry]:
    """Return the component of a target.

    Each target's SDK takes time to load, so only the used one is imported.
    """
    if target is Target.KUBERNETES:
        from components.kubernetes_pack_registry import KubernetesPackRegistry

        return KubernetesPackRegistry
    from components.pack_registry import PackRegistry

    return PackRegistry


def declare_registry(name: str, args: PackRegistryArgs) -> RegistryComponent:
    """Declare a registry with the component of its target."""
    is_kubernetes = args.get("target") == Target.KUBERNETES.value
    return component_of(Target.KUBERNETES if is_kubernetes else Target.DOCKER)(name, args)


def program() -> None:
    """Declare the current stack's registry and export its outputs.

    :raises UserError: if settings are invalid or the Docker host or cluster is not ready.
    """
    registry = declare_registry("registry", stack_arguments())
    for name, value in registry.outputs.items():
        pulumi.export(name, value)
