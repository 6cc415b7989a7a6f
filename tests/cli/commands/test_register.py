"""``make register``, ``register-preview``, ``register-key`` and ``unregister``."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cli import registration
from tests.cli.commands.fakes import NO_STACK, run
from tests.cli.commands.palette_fakes import PalettePulumi


def test_register(palette: PalettePulumi) -> None:
    result = run("register", "--stack", "prod")
    assert result.exit_code == 0
    assert palette.calls[:2] == ["project pack-registry-palette", "stack prod"]
    update = palette.calls[2].split()
    assert (update[0], update[1:3]) == ("up", ["--stack", "prod"])
    assert {
        "--yes",
        "--skip-preview",
        "--refresh",
        "--run-program",
        "--skip-config-validation",
    } <= set(update)
    assert "registrationUid" in result.stdout


def test_register_fails(palette: PalettePulumi) -> None:
    palette.answers["up"] = (255, "", "")
    result = run("register")
    assert result.exit_code == 1
    assert result.stderr.endswith(
        "x Registration of stack dev failed. Fix the error above and run `make register` again. "
        "The command does not change the registry.\n"
    )


def test_misspelled_stack(palette: PalettePulumi) -> None:
    for command in ("register", "register-preview", "unregister", "registration-form"):
        palette.calls.clear()
        assert "STACK: unknown" in run(command, "--stack", "mistyped").stderr
        assert palette.calls == []


def test_stack_of_palette_project_only(
    palette: PalettePulumi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(registration, "ROOT", tmp_path)
    (tmp_path / "palette").mkdir()
    (tmp_path / "palette" / "Pulumi.mistyped.yaml").write_text("config: {}\n")
    assert run("register", "--stack", "mistyped").exit_code == 0


def test_preview_exit_code(palette: PalettePulumi) -> None:
    palette.answers["preview"] = (7, "", "")
    assert run("register-preview").exit_code == 7
    assert {"--refresh", "--run-program"} <= set(palette.calls[-1].split())


def test_unregister(palette: PalettePulumi) -> None:
    result = run("unregister")
    assert palette.calls_of("destroy") == [
        "destroy --stack dev --yes --skip-preview --skip-config-validation"
    ]
    assert result.stderr == (
        "> The registry of stack dev is not registered in Palette. It is still running. You "
        "can ignore the command that Pulumi suggests. To delete the empty stack, see "
        "docs/how-to/remove.md.\n"
    )


def test_unregister_without_registration(palette: PalettePulumi) -> None:
    palette.answers["stack export"] = NO_STACK
    assert run("unregister").stderr == "> Stack dev has no registration. Nothing was removed.\n"
    assert not palette.calls_of("destroy")


def test_unregister_with_new_api_key(palette: PalettePulumi) -> None:
    palette.answers["destroy"] = (255, "", "")
    result = run("unregister")
    destroys = palette.calls_of("destroy")
    assert [call.endswith("--run-program") for call in destroys] == [False, True]
    assert result.exit_code == 1
    assert (
        "Removal of the registration of stack dev failed. Fix the error above and run "
        "`make unregister` again."
    ) in result.stderr


def test_key_is_stored_as_secret(palette: PalettePulumi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PALETTE_API_KEY", "MARKER")
    result = run("register-key")
    assert result.exit_code == 0
    assert "config set --secret paletteApiKey --stack dev" in palette.calls
    assert "MARKER" not in str(palette.calls) + result.stderr + result.stdout
    assert "PALETTE_API_KEY" not in os.environ, "the Pulumi CLI's processes inherit it"
    monkeypatch.setenv("PALETTE_API_KEY", "MARKER")
    palette.answers["config set"] = (255, "", "error: passphrase must be set\n")
    refused = run("register-key")
    assert (refused.exit_code, refused.stderr.splitlines()[-1]) == (
        1,
        "x error: passphrase must be set",
    )


def test_key_is_not_an_argument(palette: PalettePulumi) -> None:
    assert run("register-key", "--key", "MARKER").exit_code == 2
    assert palette.calls == []


def test_key_without_terminal(palette: PalettePulumi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PALETTE_API_KEY", raising=False)
    result = run("register-key")
    assert result.exit_code == 1
    assert result.stderr == (
        "x The API key can't be prompted for without a terminal. "
        "Run `PALETTE_API_KEY=... make register-key`.\n"
    )
    assert palette.calls == []
