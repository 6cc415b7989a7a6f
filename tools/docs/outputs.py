"""``docs/reference/outputs.md``: the outputs of both projects, from the component's docstrings."""

from __future__ import annotations

from collections.abc import Iterator

from package.outputs import output_rows
from palette.program import OUTPUTS
from tools.docs.markdown import page, table

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
    for row in output_rows():
        yield row.name, TYPES[row.type] + (", secret" if row.secret else ""), row.description
