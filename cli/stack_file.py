"""Reads a stack's file like the Pulumi CLI, and rejects what the CLI rejects."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from cli.config_keys import invalid_keys, misplaced_keys
from cli.console import CommandError, NoRegistryError, make_command
from cli.options import validate_stack_name
from cli.paths import REGISTRY, ROOT
from cli.yaml_fixes import yaml_fix
from common.suggestions import did_you_mean

_BOOLEAN = "tag:yaml.org,2002:bool"
_UNSUPPORTED = tuple(f"tag:yaml.org,2002:{kind}" for kind in ("binary", "omap", "pairs", "set"))


class _Loader(yaml.SafeLoader):
    """Reads `yes`, `no`, `on` and `off` as strings.

    Rejects duplicate keys, objects that contain themselves, and lone surrogates.
    """

    def construct_scalar(self, node: Any) -> Any:
        value = super().construct_scalar(node)
        if re.search(r"[\ud800-\udfff]", value):
            raise yaml.constructor.ConstructorError(
                None, None, "a lone surrogate is not a character", node.start_mark
            )
        return value

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        names = [name.value for name, _ in node.value if isinstance(name, yaml.ScalarNode)]
        if twice := [name for place, name in enumerate(names) if name in names[:place]]:
            raise yaml.constructor.ConstructorError(
                None, None, f"duplicate key {twice[0]!r}", node.start_mark
            )
        return dict(super().construct_mapping(node, deep=deep))

    def construct_whole_mapping(self, node: Any) -> dict[Any, Any]:
        """Construct an object with its values, so that one that contains itself is an error."""
        return self.construct_mapping(node, deep=True)

    def construct_whole_sequence(self, node: Any) -> list[Any]:
        """Construct a list with its items."""
        return list(self.construct_sequence(node, deep=True))


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _BOOLEAN]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    _BOOLEAN, re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_Loader.yaml_constructors = {
    tag: make for tag, make in yaml.SafeLoader.yaml_constructors.items() if tag not in _UNSUPPORTED
}
_Loader.add_constructor("tag:yaml.org,2002:map", _Loader.construct_whole_mapping)
_Loader.add_constructor("tag:yaml.org,2002:seq", _Loader.construct_whole_sequence)


def read_config(stack: str) -> dict[str, Any]:
    """Read a stack's config as written, by key without the project's namespace.

    :raises CommandError: if the file is missing, unreadable or invalid.
    """
    validate_stack_name(stack)
    path = ROOT / f"Pulumi.{stack}.yaml"
    content = _read(path)
    _ensure_none(misplaced_keys(content), path)
    config = content.get("config") or {}
    if not isinstance(config, dict):
        raise CommandError(
            f"{path.name} is not a valid stack file: config must be an object "
            f"with keys such as {REGISTRY.name}:hostname."
        )
    _ensure_none(invalid_keys(config), path)
    return {str(key).removeprefix(f"{REGISTRY.name}:"): value for key, value in config.items()}


def _ensure_none(problems: Iterable[str], path: Path) -> None:
    """Check that a file has no problems.

    :raises CommandError: with all of them.
    """
    if text := "\n".join(f"{path.name}: {problem}" for problem in problems):
        raise CommandError(text)


EXAMPLE = "example"
"""`Pulumi.example.yaml` documents the settings and is no stack."""


def stacks_with_file() -> list[str]:
    """Return the stacks that have a file, in alphabetical order."""
    return sorted({_stack_of(file) for file in ROOT.glob("Pulumi.*.yaml")} - {EXAMPLE})


def without_file(option: str, stack: str, advice: str = "") -> CommandError:
    """Return the error of an option that names a stack without a file.

    :param advice: another sentence, after a space.
    """
    stacks = stacks_with_file()
    known, near = ", ".join(stacks), did_you_mean(stack, stacks)
    suggestion = f" {near}" if near else ""
    return CommandError(
        f"{option}: Pulumi.{stack}.yaml does not exist.{suggestion} Must be a stack that has a "
        f"file ({known}).{advice}"
    )


def no_registry(stack: str) -> CommandError:
    """Return the error for a stack without a registry. A stack without a file may be a typo."""
    if stack not in stacks_with_file():
        return without_file("STACK", stack)
    return NoRegistryError(
        f"Stack {stack} has no registry.", f"Create it with `{make_command('up', stack)}`."
    )


def _stack_of(file: Path) -> str:
    """Return the stack of a file. Its name may have dots: `Pulumi.a.b.yaml`."""
    return file.name.removeprefix("Pulumi.").removesuffix(".yaml")


def _read(path: Path) -> dict[str, Any]:
    """Read a stack's file, by top-level key.

    :raises CommandError: if the file is missing, unreadable or invalid.
    """
    try:
        text = io.StringIO(path.read_text(encoding="utf-8"))
        text.name = path.name  # for YAML's error messages
        content = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader
    except FileNotFoundError:
        copied = f" To add a stack, copy Pulumi.prod.yaml to {path.name} and edit it."
        raise without_file("STACK", _stack_of(path), copied) from None
    except OSError as error:
        raise CommandError(
            f"{path.name} can't be read ({error.strerror}). Check that it is a file "
            "and that you may read it."
        ) from None
    except RecursionError:
        raise CommandError(
            f"{path.name} is not valid YAML: its objects and lists are nested too deeply."
        ) from None
    except (yaml.YAMLError, ValueError) as error:
        fix = f" {found}" if (found := yaml_fix(error)) else ""
        raise CommandError(
            f"{path.name} is not valid YAML: {' '.join(str(error).split())}.{fix}"
        ) from None
    if content is not None and not isinstance(content, dict):
        raise CommandError(
            f"{path.name} is not a valid stack file: it must be an object with keys such as config."
        )
    return content or {}
