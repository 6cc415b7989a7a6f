"""Messages on standard error."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import CliRunner

from cli.__main__ import cli
from cli.console import CommandError, duration_text, info, progress, result, size_text
from cli.table import print_outputs
from tests.support.cases import check_each
from tests.support.secret_shapes import MARKER, SECRETS

TEXTS = [
    "a plain sentence.",
    "the lock organization/pack-registry/dev [/usr/local/bin/pulumi] is held",
    "https://[fd00::5]:8443 does not answer",
    "users[0].password in ['a', 'b'] [bold]x[/bold]",
]


def stop(text: str) -> None:
    CommandError(text).show()


@pytest.mark.parametrize("tell", [info, stop])
@pytest.mark.parametrize("text", TEXTS)
def test_text_is_printed_literally(
    tell: Callable[[str], None], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tell(text)
    said = capsys.readouterr()
    assert text in said.err
    assert said.out == ""


def test_long_text_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    stop("word " * 100)
    assert capsys.readouterr().err.count("\n") == 1


def test_progress(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("Installing [something]"):
        assert "> Installing [something]\n" in capsys.readouterr().err
    assert "Installing [something]: done in 0 s" in capsys.readouterr().err


def test_progress_fails(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        with progress("Installing"):
            raise CommandError("no")

    with pytest.raises(CommandError):
        fail()
    assert "done" not in capsys.readouterr().err


def test_exit_code() -> None:
    assert CommandError("no").exit_code == 1


def test_secret_in_message_hidden(capsys: pytest.CaptureFixture[str]) -> None:
    def check(secret: str) -> None:
        text = f"Docker said: {SECRETS[secret]}"
        info(text)
        with progress(text):
            pass
        CommandError(text).show()
        result(text)
        captured = capsys.readouterr()
        assert MARKER not in captured.err + captured.out
        assert captured.err.count("Docker said: ") == 4
        assert captured.out.startswith("Docker said: ")

    check_each(SECRETS, check)


def test_requested_secret_shown(capsys: pytest.CaptureFixture[str]) -> None:
    result("password=MARKER", secrets=True)
    assert capsys.readouterr().out == "password=MARKER\n"


def test_secret_in_outputs_hidden(capsys: pytest.CaptureFixture[str]) -> None:
    values = {"endpoint": SECRETS["https login"], "nested": {"a": [SECRETS["bcrypt hash"]]}}
    for only in ("table", "json", "endpoint"):
        print_outputs(values, only, "make outputs")
    assert MARKER not in capsys.readouterr().out
    print_outputs(values, "endpoint", "make outputs", secrets=True)
    assert MARKER in capsys.readouterr().out


def test_outputs_without_command_are_whole(capsys: pytest.CaptureFixture[str]) -> None:
    values = {"login": "x" * 300, "ca": "-----BEGIN\nabc"}
    print_outputs(values, "table", "", {"ca": "make --silent try-ca"})
    assert capsys.readouterr().out == (
        "ca     -----BEGIN ... (full value: `make --silent try-ca`)\n" + f"login  {'x' * 300}\n"
    )


def test_secret_in_arguments_hidden() -> None:
    for arguments in (["up", "password=MARKER-1"], ["--password=MARKER-1"], ["password=MARKER-1"]):
        done = CliRunner().invoke(cli, arguments)
        assert done.exit_code == 2
        assert MARKER not in done.output


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (1, "1 byte"),
        (999, "999 bytes"),
        (1500, "1.5 kB"),
        (3_000_000, "3.0 MB"),
        (41_500_000_000, "41.5 GB"),
    ],
)
def test_size_text(size: int, text: str) -> None:
    assert size_text(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0 seconds"),
        (1, "1 second"),
        (119.9, "119 seconds"),
        (120, "2 minutes"),
        (7200, "2 hours"),
        (2 * 86400, "2 days"),
    ],
)
def test_duration_text(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text
