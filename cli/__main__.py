"""Entry point: ``python -m cli --help``."""

from cli import interrupts

interrupts.exit_on_interrupt()  # before the imports below, which take a while

import os  # noqa: E402
import sys  # noqa: E402

import click  # noqa: E402

from cli.console import escape_unencodable_output  # noqa: E402
from cli.lazy_group import LazyGroup  # noqa: E402
from cli.options import API_KEY  # noqa: E402
from common import redaction_hooks  # noqa: E402
from common.environment_variables import remove_ignored  # noqa: E402
from common.redaction import register_environment  # noqa: E402


@click.group(cls=LazyGroup)
def cli() -> None:
    """Manage the pack registry of one stack."""


if __name__ == "__main__":
    escape_unencodable_output()
    redaction_hooks.install()
    register_environment(os.environ)
    remove_ignored(os.environ)
    if sys.argv[1:2] != ["register-key"]:
        os.environ.pop(API_KEY, None)
    try:
        cli()
    except SystemExit as end:
        interrupts.leave(end.code)
