"""Messages on standard error."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cli.console import CommandError, info, progress

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
