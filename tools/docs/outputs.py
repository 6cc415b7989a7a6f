"""``docs/reference/outputs.md``: the outputs of both projects, from the component's docstrings."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from pathlib import Path

from pydantic.alias_generators import to_camel

from cli.table import SECRETS
from palette.program import OUTPUTS
from tools.docs.markdown import page, table

SOURCE = Path(__file__).resolve().parent.parent.parent / "components" / "registry_component.py"

INTRODUCTION = """
`make outputs` prints the outputs of the stack `dev`.
`make outputs STACK=<stack>` prints those of another stack.
`OUTPUT=json` prints JSON, and `OUTPUT=<name>` prints one output. `SECRETS=1` shows secrets.

Other Pulumi programs read them with a stack reference to the project `pack-registry`.
A component in another program has the same outputs in snake case.
"""

TYPES = {"str": "string", "dict[str, str]": "map of strings", "dict[str, Any]": "object"}


def render() -> str:
    """Render the page."""
    rows = ((f"`{name}`", kind, text) for name, kind, text in registry_outputs())
    palette = ((f"`{name}`", "string", text) for name, text in OUTPUTS.items())
    header = ("Output", "Type", "Description")
    return page(
        "Outputs",
        INTRODUCTION,
        table(header, rows),
        "## Registration in Palette",
        "The project in `palette/` has these outputs. None is secret.",
        table(header, palette),
    )


def registry_outputs() -> Iterator[tuple[str, str, str]]:
    """Name, type and description of each output of the component."""
    module = ast.parse(SOURCE.read_text(encoding="utf-8"))
    body = next(
        node.body
        for node in module.body
        if isinstance(node, ast.ClassDef) and node.name == "RegistryComponent"
    )
    for node, following in itertools.pairwise(body):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            assert isinstance(following, ast.Expr)  # noqa: S101 - each output has a docstring
            name = to_camel(node.target.id)
            declared = ast.unparse(node.annotation)
            kind = TYPES[declared.removeprefix("pulumi.Output[").removesuffix("]")]
            secret = ", secret" if name in SECRETS else ""
            text = " ".join(str(ast.literal_eval(following.value)).split())
            yield name, f"{kind}{secret}", text
