"""The lock for maintenance in commands: messages, signals, and its removal."""

from __future__ import annotations

import os
import signal
from dataclasses import replace

import pytest

from cli.console import CommandError
from cli.maintenance import break_lock, hold_lock
from components.maintenance.lock import Holder
from components.maintenance.operation import Operation
from tests.components.maintenance.test_lock import Store, ended_holder


def test_held_lock_stops_command() -> None:
    holder = Holder.current(Operation.BACKUP)
    with (
        pytest.raises(CommandError) as caught,
        hold_lock(Store(holder), Operation.RESTORE, "prod"),
    ):
        pass
    assert str(caught.value) == (
        f"The lock of stack prod is held: {holder}. No changes were made. Wait until it ends. If "
        "you are certain that it has ended, run `make unlock STACK=prod`."
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signal_releases_lock(number: int) -> None:
    store = Store()
    before = signal.signal(number, signal.SIG_DFL)  # `nohup` ignores one
    with pytest.raises(KeyboardInterrupt), hold_lock(store, Operation.RESTORE, "prod"):
        os.kill(os.getpid(), number)
    assert store.removed == ["own"]
    assert signal.signal(number, before) is signal.SIG_DFL


def test_unlock(capsys: pytest.CaptureFixture[str]) -> None:
    store = Store(replace(ended_holder(), machine="elsewhere"))
    break_lock(store, "prod")
    assert store.locks == []
    assert "Removed the lock of stack prod: backup by " in capsys.readouterr().err


def test_unlock_of_running_process() -> None:
    store = Store(Holder.current(Operation.BACKUP))
    with pytest.raises(CommandError, match="The process runs on this machine"):
        break_lock(store, "prod")
    assert store.removed == []


def test_unlock_without_lock(capsys: pytest.CaptureFixture[str]) -> None:
    break_lock(Store(), "prod")
    assert "Stack prod has no lock." in capsys.readouterr().err
