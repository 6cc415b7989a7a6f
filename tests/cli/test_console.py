"""What the commands say: on standard error, to the letter, whatever is in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cli.console import CommandError, say, step

TEXTS = [
    "a plain sentence.",
    "the lock organization/pack-registry/dev [/usr/local/bin/pulumi] is held",
    "https://[fd00::5]:8443 does not answer",
    "users[0].password in ['a', 'b'] [bold]x[/bold]",
]


def stop(text: str) -> None:
    CommandError(text).show()


@pytest.mark.parametrize("tell", [say, stop])
@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_said_to_the_letter_on_standard_error(
    tell: Callable[[str], None], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tell(text)
    said = capsys.readouterr()
    assert text in said.err, (
        "addresses and other programs' words have brackets, which are no marks of ours"
    )
    assert said.out == "", "standard output is for results alone"


def test_a_long_text_is_not_broken(capsys: pytest.CaptureFixture[str]) -> None:
    stop("word " * 100)
    assert capsys.readouterr().err.count("\n") == 1, (
        "a terminal breaks lines itself, and a log must not have them broken"
    )


def test_a_step_is_said_at_its_start_and_at_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    with step("Installing [something]"):
        assert "> Installing [something]\n" in capsys.readouterr().err, "before it takes a while"
    assert "Installing [something]: done in 0 s" in capsys.readouterr().err, "and how long it took"


def test_a_step_that_fails_is_not_said_to_be_done(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        with step("Installing"):
            raise CommandError("no")

    with pytest.raises(CommandError):
        fail()
    assert "done" not in capsys.readouterr().err, "it was not"


def test_a_command_that_can_not_go_on_fails() -> None:
    assert CommandError("no").exit_code == 1, "make and CI go by it"
