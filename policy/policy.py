"""What a policy is: data with a function that validates.

``to_pulumi`` converts it to a policy of ``pulumi-policy``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi_policy
from pulumi_policy import EnforcementLevel, Severity

from common.redaction import redact
from policy.resources import Resource, to_plain

Config = Mapping[str, Any]
Remediate = Callable[[MutableMapping[str, Any], Resource, Config], bool]


@dataclass(frozen=True)
class Option:
    """One key of a policy's configuration."""

    default: Any
    description: str
    schema: Mapping[str, Any]
    """The JSON schema, without default and description."""

    @property
    def allowed(self) -> str:
        """The allowed values, for messages."""
        match self.schema:
            case {"type": "array", "items": {"type": kind}}:
                return f"a list of {kind}s"
            case {"type": "number", "minimum": minimum}:
                return f"a number of {minimum} or more"
            case _:
                return "a string"


def number(default: float, description: str, *, minimum: float = 0) -> Option:
    """An option that is a number."""
    return Option(default, description, {"type": "number", "minimum": minimum})


def string(default: str, description: str) -> Option:
    """An option that is a string."""
    return Option(default, description, {"type": "string"})


def string_list(default: Sequence[str], description: str) -> Option:
    """An option that is a list of strings."""
    return Option(list(default), description, {"type": "array", "items": {"type": "string"}})


EXEMPT_OPTION = string_list((), "Resources that the policy ignores, by their names in the program.")
"""The option that every policy has."""


@dataclass(frozen=True)
class Violation:
    """What a stack policy reports, and about which resource."""

    what: str
    """A sentence without its full stop."""
    resource: Resource


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What all policies have in common."""

    name: str
    """In kebab case; unique within the pack."""
    description: str
    """What the resources must have, as a sentence."""
    reason: str
    """Why, in sentences."""
    severity: Severity
    settings: tuple[str, ...]
    """The pack registry's settings that the policy is about; the first is the one to change."""
    remediation: str
    """How to fix the pack registry's settings, as a sentence without its full stop."""
    remediation_elsewhere: str
    """How to fix a resource of another program, as a sentence without its full stop."""
    command: Callable[[Resource], str] | None = None
    """The command that helps to fix a violation, if there is one."""
    options: Mapping[str, Option] = field(default_factory=dict)
    level: EnforcementLevel = EnforcementLevel.MANDATORY

    @property
    def all_options(self) -> Mapping[str, Option]:
        """The policy's options, and the option that every policy has."""
        return {**self.options, "exempt": EXEMPT_OPTION}

    def config(self, configured: Config | None = None) -> dict[str, Any]:
        """The configuration, with the options' defaults."""
        return {
            **{key: option.default for key, option in self.all_options.items()},
            **(configured or {}),
        }

    @property
    def full_description(self) -> str:
        """What the resources must have, and why."""
        return f"{self.description} {self.reason}"

    @property
    def remediation_steps(self) -> str:
        """How to fix a violation."""
        return f"{self.remediation}. In another program: {self.remediation_elsewhere}."

    def message(self, what: str, resource: Resource) -> str:
        """A violation as Pulumi shows it, below the policy's description, without secrets."""
        steps = f"{what}.\nFix: {self.remediation_steps}"
        return redact(f"{steps}\nRun: {self.command(resource)}" if self.command else steps)

    @property
    def schema(self) -> pulumi_policy.PolicyConfigSchema:
        """The JSON schema of the policy's configuration."""
        options = self.all_options.items()
        return pulumi_policy.PolicyConfigSchema(
            {
                key: {**option.schema, "default": option.default, "description": option.description}
                for key, option in options
            }
        )

    def _common_arguments(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "description": self.full_description,
            "severity": self.severity,
            "enforcement_level": self.level,
            "config_schema": self.schema,
            "remediation_steps": self.remediation_steps,
        }

    def to_pulumi(self) -> pulumi_policy.Policy:
        """Convert to a policy of ``pulumi-policy``."""
        raise NotImplementedError


def _always(_: Resource) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class ResourcePolicy(Policy):
    """A policy that checks the inputs of each resource before Pulumi creates or updates it."""

    types: frozenset[str]
    """The resource types that it checks, in any program."""
    packages: frozenset[str] = frozenset()
    """The packages whose resource types it checks, whatever their names."""
    all_types: bool = False
    """Whether it checks all resource types."""
    condition: Callable[[Resource], bool] = _always
    """Whether it checks a resource of these types."""
    validate: Callable[[Resource, Config], Iterable[str]]
    """Yields the violations of a resource, each as a sentence without its full stop."""
    remediate: Remediate | None = None
    """Corrects a resource's inputs and returns whether it changed any. The level `remediate`
    enables it."""

    def applies_to(self, type_: str) -> bool:
        """Whether it checks resources of a type."""
        package = type_.partition(":")[0]
        return self.all_types or type_ in self.types or package in self.packages

    def violations(self, resource: Resource, configured: Config | None = None) -> list[str]:
        """The violations of a resource of any type."""
        config = self.config(configured)
        if not self.applies_to(resource.type) or resource.name in config["exempt"]:
            return []
        return list(self.validate(resource, config)) if self.condition(resource) else []

    def to_pulumi(self) -> pulumi_policy.ResourceValidationPolicy:
        """Convert to a policy of ``pulumi-policy``."""
        return pulumi_policy.ResourceValidationPolicy(
            **self._common_arguments(),
            validate=self._validate,
            remediate=self._remediate if self.remediate else None,
        )

    def _validate(
        self, args: pulumi_policy.ResourceValidationArgs, report: pulumi_policy.ReportViolation
    ) -> None:
        if self.applies_to(args.resource_type):
            resource = _to_resource(args)
            for what in self.violations(resource, args.get_config()):
                report(self.message(what, resource), None)

    def _remediate(self, args: pulumi_policy.ResourceValidationArgs) -> Any:
        if self.remediate is None or not self.applies_to(args.resource_type):
            return None
        resource, configured = _to_resource(args), args.get_config()
        if not self.violations(resource, configured):
            return None
        # The properties are changed in place, so secret values stay marked as secret.
        properties: Any = args.props
        changed = self.remediate(properties, resource, self.config(configured))
        return properties if changed else None


@dataclass(frozen=True, kw_only=True)
class StackPolicy(Policy):
    """A policy that checks all resources of a stack together.

    Pulumi runs it at the end of a preview and of an update.
    """

    validate: Callable[[Sequence[Resource], Config], Iterator[Violation]]

    def violations(
        self, resources: Sequence[Resource], configured: Config | None = None
    ) -> list[Violation]:
        """The violations of a stack."""
        config = self.config(configured)
        checked = [resource for resource in resources if resource.name not in config["exempt"]]
        return list(self.validate(checked, config))

    def to_pulumi(self) -> pulumi_policy.StackValidationPolicy:
        """Convert to a policy of ``pulumi-policy``."""
        return pulumi_policy.StackValidationPolicy(
            **self._common_arguments(), validate=self._validate
        )

    def _validate(
        self, args: pulumi_policy.StackValidationArgs, report: pulumi_policy.ReportViolation
    ) -> None:
        resources = [_to_resource(resource) for resource in args.resources]
        for violation in self.violations(resources, args.get_config()):
            message = self.message(violation.what, violation.resource)
            report(message, violation.resource.urn)


def _to_resource(
    source: pulumi_policy.ResourceValidationArgs | pulumi_policy.PolicyResource,
) -> Resource:
    return Resource(
        type=source.resource_type,
        urn=source.urn,
        properties=to_plain(source.props),
        protected=bool(source.opts.protect),
        parent=source.opts.parent or "",
        is_component=source.provider is None,
        provider=to_plain(source.provider.props) if source.provider else {},
        secret_outputs=frozenset(source.opts.additional_secret_outputs),
    )
