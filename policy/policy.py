"""What a rule is: plain data with a function that judges, which becomes a policy of ``pulumi-policy`` when the pack is started.

Left out on purpose: what the rules say (the modules beside this one).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi_policy
from pulumi_policy import EnforcementLevel, Severity

from policy.resource import Declared, plain

Config = Mapping[str, Any]
Remedy = Callable[[MutableMapping[str, Any], Declared, Config], bool]


@dataclass(frozen=True)
class Option:
    """One key of a rule's configuration."""

    default: Any
    text: str
    schema: Mapping[str, Any]
    """Its JSON schema, without default and description."""

    @property
    def allowed(self) -> str:
        """What its schema allows, in words."""
        match self.schema:
            case {"type": "array", "items": {"type": kind}}:
                return f"a list of {kind}s".replace("strings", "texts")
            case {"type": "number", "minimum": minimum}:
                return f"a number of {minimum} or more"
        return "a text"


def number(default: float, text: str, *, minimum: float = 0) -> Option:
    """An option that is a number."""
    return Option(default, text, {"type": "number", "minimum": minimum})


def texts(default: Sequence[str], text: str) -> Option:
    """An option that is a list of texts."""
    return Option(list(default), text, {"type": "array", "items": {"type": "string"}})


EXEMPT = texts((), "Names, in the program, of resources that the rule leaves alone.")
"""The option that every rule has."""


@dataclass(frozen=True)
class Finding:
    """What a rule of the stack objects to, and in which resource."""

    what: str
    urn: str


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What all rules have in common."""

    name: str
    """In kebab case; unique within the pack."""
    description: str
    """What must hold, and for whom, as a sentence."""
    severity: Severity
    keys: tuple[str, ...]
    """The settings of the pack registry that the rule is about, as stack config names them; the first is the one to change."""
    fix: str
    """What to do in the pack registry's config, as a sentence without its full stop."""
    elsewhere: str
    """What to do on a resource that another program declares, as a sentence without its full stop."""
    options: Mapping[str, Option] = field(default_factory=dict)
    level: EnforcementLevel = EnforcementLevel.MANDATORY

    @property
    def all_options(self) -> Mapping[str, Option]:
        """Its own options, and the one that every rule has."""
        return {**self.options, "exempt": EXEMPT}

    def config(self, given: Config | None = None) -> dict[str, Any]:
        """The rule's configuration: what is given, and the defaults of the rest."""
        return {
            **{key: option.default for key, option in self.all_options.items()},
            **(given or {}),
        }

    @property
    def remediation(self) -> str:
        """What to do about a violation."""
        return f"{self.fix}; in another program: {self.elsewhere}."

    def message(self, what: str) -> str:
        """A violation as it is shown, below the rule's name and description."""
        return f"Found: {what}.\nFix: {self.remediation}"

    @property
    def schema(self) -> pulumi_policy.PolicyConfigSchema:
        """The JSON schema of the rule's configuration."""
        options = self.all_options.items()
        return pulumi_policy.PolicyConfigSchema(
            {
                key: {**option.schema, "default": option.default, "description": option.text}
                for key, option in options
            }
        )

    def _common(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "description": self.description,
            "severity": self.severity,
            "enforcement_level": self.level,
            "config_schema": self.schema,
            "remediation_steps": self.remediation,
        }

    def policy(self) -> pulumi_policy.Policy:
        """The rule as a policy of ``pulumi-policy``."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class ResourceRule(Rule):
    """A rule that judges each resource by its inputs, before it is made."""

    types: frozenset[str]
    """The types that it judges, whoever declares them."""
    judge: Callable[[Declared, Config], Iterable[str]]
    """What is wrong with a resource, each as a sentence without its full stop."""
    remedy: Remedy | None = None
    """Puts a resource's inputs right where that is safe; says whether it changed any. It is used where `enforcementLevel` is `remediate`."""

    def found(self, declared: Declared, given: Config | None = None) -> list[str]:
        """What is wrong with a resource of any type under a configuration."""
        config = self.config(given)
        return (
            list(self.judge(declared, config))
            if declared.typ in self.types and declared.name not in config["exempt"]
            else []
        )

    def policy(self) -> pulumi_policy.ResourceValidationPolicy:
        """The rule as a policy of ``pulumi-policy``."""
        return pulumi_policy.ResourceValidationPolicy(
            **self._common(),
            validate=self._validate,
            remediate=self._remediate if self.remedy else None,
        )

    def _validate(
        self, args: pulumi_policy.ResourceValidationArgs, report: pulumi_policy.ReportViolation
    ) -> None:
        if args.resource_type in self.types:
            for what in self.found(_declared(args), args.get_config()):
                report(self.message(what), None)

    def _remediate(self, args: pulumi_policy.ResourceValidationArgs) -> Any:
        if self.remedy is None or args.resource_type not in self.types:
            return None
        # The properties are changed in place: so the values that are secret stay marked as such.
        properties: Any = args.props
        declared, config = _declared(args), self.config(args.get_config())
        return (
            properties
            if declared.name not in config["exempt"] and self.remedy(properties, declared, config)
            else None
        )


@dataclass(frozen=True, kw_only=True)
class StackRule(Rule):
    """A rule that judges all resources of a stack together; Pulumi asks it at the end of a preview, and of an update."""

    judge: Callable[[Sequence[Declared], Config], Iterator[Finding]]

    def found(self, resources: Sequence[Declared], given: Config | None = None) -> list[Finding]:
        """What is wrong with a stack under a configuration."""
        config = self.config(given)
        return list(
            self.judge(
                [resource for resource in resources if resource.name not in config["exempt"]],
                config,
            )
        )

    def policy(self) -> pulumi_policy.StackValidationPolicy:
        """The rule as a policy of ``pulumi-policy``."""
        return pulumi_policy.StackValidationPolicy(**self._common(), validate=self._validate)

    def _validate(
        self, args: pulumi_policy.StackValidationArgs, report: pulumi_policy.ReportViolation
    ) -> None:
        for finding in self.found(
            [_declared(resource) for resource in args.resources], args.get_config()
        ):
            report(self.message(finding.what), finding.urn)


def _declared(
    source: pulumi_policy.ResourceValidationArgs | pulumi_policy.PolicyResource,
) -> Declared:
    """A resource as the rules read it."""
    return Declared(
        typ=source.resource_type,
        urn=source.urn,
        properties=plain(source.props),
        protected=bool(source.opts.protect),
        parent=source.opts.parent or "",
        provider=plain(source.provider.props) if source.provider else {},
    )
