"""The outputs of the components, as their class declares and describes them."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic.alias_generators import to_camel

SOURCE = Path(__file__).resolve().parent.parent / "components" / "registry_component.py"

SECRET_OUTPUTS = ("adminPassword", "users", "consoleRegistration")


@dataclass(frozen=True)
class OutputRow:
    """One output."""

    name: str
    type: str
    """The Python type of its value, for example ``dict[str, str]``."""
    description: str

    @property
    def secret(self) -> bool:
        """Whether its value is encrypted in the state and hidden by Pulumi."""
        return self.name in SECRET_OUTPUTS


def output_rows() -> Iterator[OutputRow]:
    """Yield every output, in the order of the class."""
    module = ast.parse(SOURCE.read_text(encoding="utf-8"))
    body = next(
        node.body
        for node in module.body
        if isinstance(node, ast.ClassDef) and node.name == "RegistryComponent"
    )
    for node, following in itertools.pairwise(body):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            assert isinstance(following, ast.Expr)  # noqa: S101 - each output has a docstring
            declared = ast.unparse(node.annotation)
            yield OutputRow(
                name=to_camel(node.target.id),
                type=declared.removeprefix("pulumi.Output[").removesuffix("]"),
                description=" ".join(str(ast.literal_eval(following.value)).split()),
            )
