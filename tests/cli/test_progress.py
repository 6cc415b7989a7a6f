"""Progress without a terminal."""

from __future__ import annotations

import pytest

from cli.backups import progress
from cli.backups.progress import shown_progress


@pytest.mark.parametrize(
    ("size", "text"), [(None, "Copying: 1.5 kB"), (3_000_000, "Copying: 1.5 kB of 3.0 MB")]
)
def test_progress_lines(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    size: int | None,
    text: str,
) -> None:
    monkeypatch.setattr(progress, "_SECONDS", -1.0)
    with shown_progress() as bar:
        bar.stage("Copying", size)
        bar.advance(1500)
    assert capsys.readouterr().err.splitlines() == ["> Copying", f"> {text}"]
