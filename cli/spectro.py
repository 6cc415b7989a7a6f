"""The Spectro CLI: pushes packs to a registry of flavor pack.

Source: "Spectro Cloud CLI Tool" in Palette's documentation. The CLI asks for a name and a password.
Its options for them would show the password to all users of the machine, so its login runs on a
separate terminal, which gets the answers. It stores the password unencrypted in its home directory,
which is therefore a temporary one.
"""

from __future__ import annotations

import os
import pty
import re
import select
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from cli.console import CommandError, info, make_command
from cli.stack_registry import StackRegistry
from common.redaction import redact, register_secrets

COMMAND = "spectro"
CLI_TRUST_DIRECTORY = Path("/etc/spectro/certs.d")
"""The Spectro CLI's directory of CA certificates of registries: `HOST[:PORT]/ca.crt`."""
LOGIN_SECONDS = 60.0
MESSAGE = "Pushed with make push"
"""The CLI demands a message for an overwritten version."""
_NAME_PROMPT = re.compile(rb"user\s*name[^\r\n]*:\s*$", re.IGNORECASE)
_PASSWORD_PROMPT = re.compile(rb"password[^\r\n]*:\s*$", re.IGNORECASE)
MAX_QUOTE = 500


def trust_file(endpoint: str) -> Path:
    """Return the file from which the CLI reads the CA certificate of a registry."""
    return CLI_TRUST_DIRECTORY / urlsplit(endpoint).netloc / "ca.crt"


def push_with_spectro(registry: StackRegistry, directories: Sequence[Path], *, force: bool) -> None:
    """Push packs with the Spectro CLI.

    :param force: overwrite versions that have other content.
    :raises CommandError: if the CLI is missing or fails. The message has the commands to type.
    """
    command = shutil.which(COMMAND)
    if command is None:
        raise CommandError(
            f"The registry of stack {registry.stack} has flavor pack. `make push` uses the Spectro "
            f"CLI for it, and `{COMMAND}` is not on PATH. Install it and run the command again, or "
            f"type on a machine that has it:\n{_typed(registry, directories, force=force)}"
        )
    _ensure_trusted(registry)
    if not registry.outputs["adminPassword"]:
        raise CommandError(
            f"The password of admin of stack {registry.stack} is unknown, because the settings "
            "have its hash. Log in and push by hand:\n"
            f"{_typed(registry, directories, force=force)}"
        )
    with tempfile.TemporaryDirectory(prefix="pack-registry-") as home:
        _log_in(command, home, registry, directories, force=force)
        failed = [each for each in directories if _push(command, home, registry, each, force=force)]
    if failed:
        raise CommandError(
            f"The Spectro CLI did not push {', '.join(map(str, failed))}. Fix the error above and "
            "run the command again. A version that is published already needs FORCE=1."
        )


def _login(registry: StackRegistry) -> list[str]:
    https = str(registry.outputs["endpoint"]).startswith("https://")
    return ["registry", "login", *([] if https else ["--insecure"]), registry.server]


def _push_arguments(registry: StackRegistry, directory: Path, *, force: bool) -> list[str]:
    path = str(directory)
    options = ["--force", "--message", MESSAGE] if force else []
    return [
        *("pack", "push", f"./{path}" if path.startswith("-") else path),
        *("--registry-server", registry.server, *options),
    ]


def _typed(registry: StackRegistry, directories: Sequence[Path], *, force: bool) -> str:
    """Return the commands that log in and push, one on a line."""
    lines = [_login(registry)]
    lines += [_push_arguments(registry, each, force=force) for each in directories]
    commands = [shlex.join([COMMAND, *line]) for line in lines]
    if _has_own_ca(registry):
        commands.insert(0, make_command("registration CLI_TRUST=1", registry.stack))
    password = make_command("outputs OUTPUT=adminPassword SECRETS=1", registry.stack)
    name = registry.outputs["adminUsername"]
    hint = f"The login asks for the name {name} and the password that `{password}` prints."
    return "\n".join([*(f"  {command}" for command in commands), hint])


def _has_own_ca(registry: StackRegistry) -> bool:
    return bool(registry.outputs["consoleRegistration"].get("caCertificate"))


def _ensure_trusted(registry: StackRegistry) -> None:
    """Check that the CLI trusts the registry's certificate, so that it needs no --insecure."""
    file = trust_file(str(registry.outputs["endpoint"]))
    certificates = str(registry.outputs["consoleRegistration"].get("caCertificate") or "")
    try:
        found = file.read_text(encoding="utf-8")
    except (OSError, ValueError):
        found = ""
    if certificates.strip() not in found:
        command = make_command("registration CLI_TRUST=1", registry.stack)
        raise CommandError(
            f"The Spectro CLI does not trust the registry's certificate: {file} does not have it. "
            f"Run `{command}`, then run the command again."
        )


def _push(command: str, home: str, registry: StackRegistry, directory: Path, *, force: bool) -> int:
    info(f"Pushing {directory} with the Spectro CLI")
    arguments = _push_arguments(registry, directory, force=force)
    return subprocess.run([command, "--home", home, *arguments], check=False).returncode


def _log_in(
    command: str,
    home: str,
    registry: StackRegistry,
    directories: Sequence[Path],
    *,
    force: bool,
) -> None:
    """Log in on a separate terminal.

    :raises CommandError: if the login fails or asks for something else.
    """
    name, password = (str(registry.outputs[key]) for key in ("adminUsername", "adminPassword"))
    register_secrets(password)
    info(f"Logging in to {registry.server} with the Spectro CLI")
    code, shown = _answer([command, "--home", home, *_login(registry)], name, password)
    if code:
        text = " ".join(redact(shown.replace(password, "[secret]")).split())[-MAX_QUOTE:]
        raise CommandError(
            f"The login with the Spectro CLI failed ({text or 'no output'}). Fix it and run the "
            f"command again, or type:\n{_typed(registry, directories, force=force)}"
        )


def _answer(arguments: list[str], name: str, password: str) -> tuple[int, str]:
    """Run a login on a terminal and answer its questions, each once.

    :returns: its exit code, 1 if it does not end in time, and what it printed.
    """
    process, terminal = pty.fork()
    if process == 0:
        try:
            os.execv(arguments[0], arguments)  # noqa: S606 - no shell
        finally:
            os._exit(127)
    shown, pending = b"", [(_NAME_PROMPT, name), (_PASSWORD_PROMPT, password)]
    deadline = time.monotonic() + LOGIN_SECONDS
    ended = False
    while not ended and (left := deadline - time.monotonic()) > 0:
        if not select.select([terminal], [], [], left)[0]:
            break
        part = _read(terminal)
        ended, shown = not part, shown + part
        for prompt, answer in [each for each in pending if each[0].search(shown)]:
            pending.remove((prompt, answer))
            os.write(terminal, f"{answer}\n".encode())
            shown += b"\n"
    if not ended:
        os.kill(process, signal.SIGKILL)
    os.close(terminal)
    _, status = os.waitpid(process, 0)
    code = os.waitstatus_to_exitcode(status)
    return (code if ended else 1), shown.decode(errors="replace")


def _read(terminal: int) -> bytes:
    """Read what was printed; nothing if the program has closed the terminal."""
    try:
        return os.read(terminal, 4096)
    except OSError:  # Linux reports the end of a terminal as an error
        return b""
