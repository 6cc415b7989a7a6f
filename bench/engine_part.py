"""`python -m bench.engine_part DIRECTORY COMMAND...`: time the Pulumi command of a workspace.

It is a separate process, as under `make`: the program is loaded while the Pulumi CLI starts.
"""

from __future__ import annotations

import subprocess
import sys
import time

from cli.pulumi.inline_program import serve_program
from components.settings import Target


def main(directory: str, *command: str) -> int:
    """Run a command of the Pulumi CLI with the program served by this process."""
    began = time.monotonic()
    with serve_program(Target.DOCKER) as served:
        done = subprocess.run(
            ["pulumi", *command, *served.options],
            cwd=directory,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    seconds = time.monotonic() - began
    sys.stdout.write(f"{seconds}\n" if done.returncode == 0 else f"{done.stdout}{done.stderr}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
