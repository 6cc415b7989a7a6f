"""Files that are replaced complete or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.atomic_file import write_atomically


def test_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "state" / "known.json"
    write_atomically(file, "before")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(file, "after")
    assert [each.name for each in file.parent.iterdir()] == ["known.json"]
    assert file.read_text() == "before"
    assert file.stat().st_mode & 0o777 == 0o600
