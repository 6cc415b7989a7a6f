"""``docs/reference/commands.md``: the targets of the Makefile with their variables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from cli.__main__ import cli
from tools.docs.markdown import page, table

MAKEFILE = Path(__file__).resolve().parent.parent.parent / "Makefile"

INTRODUCTION = """
`make` without a target prints this list. Variables follow the target: `make up STACK=prod`.
"""

VARIABLES = {
    "STACK": "The stack. Default: `dev`. `make up`, `make preview` and `make status` also accept "
    "several, as in `STACK=a,b`, or `STACK=all`.",
    "FROM": "The stack whose packs `make copy-packs` copies, or whose backup `make restore` "
    "restores. Default of `make restore`: the stack.",
    "PACK": "The directory of a pack or of packs, or a pack as `NAME:VERSION`.",
    "FORCE": "`1` overwrites versions that have other content.",
    "DRY_RUN": "`1` shows what would happen, and changes nothing.",
    "APPLY": "`1` removes the reported blobs.",
    "SYNC": "`1` makes Palette read the registry, and waits for the result.",
    "JOBS": "The number of stacks that run at the same time, from 1 to 64. Default: `4`.",
    "POLICY": "`1` checks the policies, `0` skips them. Default: `1`, and `0` for the stack `dev`.",
    "OUTPUT": "`table`, `json` or the name of one output. For `make renewal` and "
    "`make status`, `table`, `json` or `notice`. Default: `table`.",
    "SECRETS": "`1` shows secrets.",
    "PURGE": "`1` also deletes the packs, after a confirmation.",
    "YES": "`1` skips the confirmation.",
    "FILE": "The file to write the CA certificate to. Default: `ca.crt`, or `ca-<stack>.crt`. For "
    "`make pull`, the directory to write the pack to. Default: `NAME-VERSION`. For "
    "`make catalog`, the page to write. Default: `catalog.html`. For `make monitoring`, the "
    "directory to write to. For `make bundle`, a new directory. "
    "For backups, a directory, a `.tar` file, or `s3://BUCKET/PREFIX`.",
    "PART_SIZE": "The size of each part of a bundle in bytes, with the unit `K`, `M`, `G` or `T`. "
    "Default: `4G`.",
    "BACKUP": "The name of a backup in `FILE`. Default: the newest of the stack.",
    "RECIPIENTS": "A file with public keys of age or ssh. The backup is encrypted for them.",
    "IDENTITY": "A file with a private key of age or ssh, for an encrypted backup.",
    "CLI_TRUST": "`1` also writes the CA certificate to the directory that the Spectro CLI reads.",
    "DETACH": "`1` leaves the registry running instead of waiting for Ctrl-C.",
    "PYTHON": "The Python interpreter for `.venv`. Default: `python3`.",
    "MEASURE": "Names of the benchmarks to run. Default: all.",
    "CELLS": "Values of the matrix to run. Default: all.",
    "REQUIRE_DOCKER": "`1` fails tests that Docker is missing for, instead of skipping them.",
    "REQUIRE_CHROMIUM": "`1` fails tests that Chromium is missing for.",
    "REQUIRE_ENGINE": "`1` fails tests that the Pulumi CLI is missing for.",
}

ENVIRONMENT = {
    "DOCKER_HOST": "The Docker host, if `dockerHost` is not set. A selected Docker context is "
    "ignored, and `DOCKER_CONTEXT` is refused.",
    "DOCKER_CERT_PATH": "The directory of client certificates, if `dockerCertPath` is not set.",
    "PULUMI_BACKEND_URL": "The backend for the state.",
    "PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE": "The passphrase for secrets.",
    "PULUMI_HOME": "The directory of the Pulumi CLI. Default: `~/.pulumi`.",
    "PULUMI_INSTALL_SECONDS": "Time limit to install the Pulumi CLI. Default: `120`.",
    "ALLOW_OLDER_PROGRAM": "`1` permits an update by an older version of this program than the "
    "last one.",
    "PALETTE_API_KEY": "The API key that `make register-key` stores.",
    "PIP_INDEX_URL": "The index for Python packages.",
}


@dataclass(frozen=True)
class Target:
    """A target of the Makefile."""

    name: str
    group: str
    text: str
    recipe: str

    @property
    def variables(self) -> list[str]:
        """The variables that the recipe uses and that a person may set."""
        inserted = re.findall(r"\$\((\w+)\)", self.recipe)
        used = "\n".join([self.recipe, *map(definition, inserted)])
        read = set(read_by_commands(self.recipe))
        return [n for n in VARIABLES if n in read or re.search(rf"\b{n}\b", used)]


def read_by_commands(recipe: str) -> Iterator[str]:
    """The variables that the commands of a recipe read as defaults of their options."""
    for name in re.findall(r"\$\(CLI\) ([a-z-]+)", recipe):
        command = cli.get_command(click.Context(cli), name)
        for option in command.params if command else ():
            shown = getattr(option, "show_default", None)
            if isinstance(shown, str) and (found := re.match(r"[A-Z_]+", shown)):
                yield found[0]


def definition(variable: str) -> str:
    """The value of a variable of the Makefile; empty if it has none there."""
    found = re.search(rf"^{variable} :?= (.+)$", MAKEFILE.read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else ""


def render() -> str:
    """Render the page."""
    parts: list[str] = [INTRODUCTION]
    every = list(targets())
    for group in dict.fromkeys(target.group for target in every):
        rows = (
            (f"`make {target.name}`", target.text, ", ".join(f"`{v}`" for v in target.variables))
            for target in every
            if target.group == group
        )
        parts += [
            *([f"## {group}"] if group else []),
            table(("Command", "Effect", "Variables"), rows),
        ]
    parts += ["## Variables", table(("Variable", "Value"), _rows(VARIABLES))]
    parts += ["## Environment", table(("Variable", "Value"), _rows(ENVIRONMENT))]
    return page("Commands", *parts)


def targets() -> Iterator[Target]:
    """The documented targets in their order; a line `##@ NAME` starts a group."""
    group = ""
    lines = MAKEFILE.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if heading := re.match(r"##@ (.+)", line):
            group = heading[1]
        if found := re.match(r"([a-z][a-z-]*):.*?## (.+)", line):
            recipe = [line]
            for following in lines[number + 1 :]:
                if not following.startswith("\t"):
                    break
                recipe.append(following)
            yield Target(found[1], group, found[2], "\n".join(recipe))


def _rows(variables: dict[str, str]) -> Iterator[tuple[str, str]]:
    for names, text in variables.items():
        yield ", ".join(f"`{name}`" for name in names.split(", ")), text
