"""Runs ``console`` blocks of a page and compares what they print."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.markdown import Block


@dataclass
class Command:
    """A command after a prompt, and the output that the page shows."""

    text: str
    output: list[str] = field(default_factory=list)


def commands(block: Block) -> list[Command]:
    """The commands of a block: a line with ``$ `` starts one, a line with ``> `` continues it."""
    found: list[Command] = []
    for line in block.lines:
        if line.startswith("$ "):
            found.append(Command(line[2:]))
        elif found and not found[-1].output and "<<" in found[-1].text and line.startswith("> "):
            found[-1].text += f"\n{line[2:]}"
        else:
            found[-1].output.append(line)
    return found


def matches(expected: Iterable[str], printed: str) -> bool:
    """Whether a command printed what the page shows; ``...`` is any text."""
    pattern = re.escape("\n".join(expected)).replace(re.escape("..."), ".*")
    return re.fullmatch(f"\\s*{pattern}\\s*", printed, re.DOTALL) is not None


def run_blocks(
    page: Iterable[Block],
    directory: Path,
    environment: Mapping[str, str],
    replaced: Mapping[str, str],
) -> list[str]:
    """Run the blocks of a page in one shell session, and describe every difference.

    :param replaced: what to replace in commands and expected output, such as the address.
    """
    state = directory / ".session"
    state.write_text("")
    differences = []
    for block in page:
        expected_code = int(block.options.get("exit code", "0"))
        listed = commands(block)
        for command in listed:
            text, output = command.text, command.output
            for old, new in replaced.items():
                text = text.replace(old, new)
                output = [line.replace(old, new) for line in output]
            # Variables survive from one command to the next.
            script = (
                f". ./.session\n{text}\ncode=$?\nset | grep '^PASSWORD=' > .session\nexit $code"
            )
            done = subprocess.run(
                ["bash", "-c", script],
                cwd=directory,
                env=dict(environment),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                timeout=300,
            )
            wanted = expected_code if command is listed[-1] else 0
            printed = _without_noise(done.stdout)
            if done.returncode != wanted or not matches(output, printed):
                differences.append(
                    f"$ {text}\nexit code {done.returncode}, expected {wanted}\n"
                    f"{printed}\nexpected output:\n" + "\n".join(output)
                )
    return differences


def _without_noise(printed: str) -> str:
    """Leave out curl's progress and make's own line about a failed target."""
    lines = re.sub(r"[^\n]*\r", "", printed).splitlines()
    kept = [
        line
        for line in lines
        if not re.match(
            r"make(\[\d+\])?: \*\*\*|\s+% Total|\s+Dload|\s*\d+\s+\d+\s+\d+\s+\d+", line
        )
    ]
    return "\n".join(kept)
