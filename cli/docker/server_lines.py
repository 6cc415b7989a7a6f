"""Lines about a server's container: its state, its restarts and its image."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from cli.condition import Line, State
from cli.console import make_command
from cli.owners import stack_owner
from cli.pulumi.record import Record
from components.docker.engine import ACTIVE_STATES, DockerEngine
from components.settings import Settings

RESTART_DAYS = 7
"""Days for which a restart of a server that ended by itself is worth a warning."""

IMAGE = "docker:index/remoteImage:RemoteImage"


def server_lines(
    engine: DockerEngine,
    settings: Settings,
    record: Record,
    name: str,
    found: Mapping[str, Any] | None,
) -> Iterator[Line]:
    """Yield the lines.

    :param name: the container's name.
    :param found: the output of `docker inspect`; None if there is no such container.
    """
    up = make_command("up", record.stack)
    if found is None:
        yield Line("server", State.ERROR, f"there is no container {name}", f"Run `{up}`.")
        return
    if not stack_owner(record.stack).owns(found["Config"]["Labels"] or {}):
        fix = f"Set containerName to another name, then run `{up}`."
        value = f"the container {name} does not belong to this stack"
        yield Line("server", State.ERROR, value, fix)
        return
    yield _state(found, name, up)
    if found["State"]["Status"] in ACTIVE_STATES:
        yield _restarts(engine, found, name, up)
    yield _image(engine, settings, record, str(found["Image"]), up)


def docker_command(engine: DockerEngine, *words: str) -> str:
    """Return a command of the Docker CLI for an engine."""
    url = engine.configured_url
    return shlex.join(["docker", *(["-H", url] if url else []), *words])


def container_state(name: str, status: str) -> str:
    """Say in which state a container is, with Docker's word for it."""
    return f"container {name} {'has' if status == 'exited' else 'is'} {status}"


def _state(found: Mapping[str, Any], name: str, up: str) -> Line:
    state = found["State"]
    status, started = state["Status"], str(state.get("StartedAt", ""))
    health = (state.get("Health") or {}).get("Status", "")
    figures = {"container": name, "status": status, "startedAt": started}
    if status == "running" and health != "unhealthy":
        value = f"container {name} runs since {_minute(started)}"
        return Line("server", State.OK, value, figures=figures)
    value = container_state(name, health if status == "running" else status)
    if status not in ACTIVE_STATES:
        value += f" (exit code {state.get('ExitCode')})"
    fix = f"Run `{up}`. If it fails, it shows the end of the server's log."
    return Line("server", State.ERROR, value, fix, figures)


def _restarts(engine: DockerEngine, found: Mapping[str, Any], name: str, up: str) -> Line:
    """Report how often Docker has started the server again after it ended by itself."""
    state, number = found["State"], int(found.get("RestartCount") or 0)
    started, out_of_memory = str(state.get("StartedAt", "")), bool(state.get("OOMKilled"))
    figures = {"restarts": number, "outOfMemory": out_of_memory}
    if not number:
        return Line("restarts", State.OK, "0", figures=figures)
    value = f"{number}, the last one at {_minute(started)}"
    if _age_in_days(started) > RESTART_DAYS:
        return Line("restarts", State.OK, value, figures=figures)
    log = docker_command(engine, "logs", "--tail", "100", name)
    fix = f"To read why the server ended, run `{log}`."
    if out_of_memory:
        value += ", because its memory was exhausted"
        fix = f"Increase limits.memory, then run `{up}`."
    return Line("restarts", State.WARNING, value, fix, figures)


def _image(engine: DockerEngine, settings: Settings, record: Record, running: str, up: str) -> Line:
    """Compare the image that runs with the settings, and with what its tag names now."""
    wanted = settings.server_image
    images = (str(each["inputs"].get("name", "")) for each in record.of_type(IMAGE))
    deployed = next(images, wanted)
    figures = {"configured": wanted, "deployed": deployed, "id": running}
    fix = f"Run `{up}`, which tests the image before it replaces the server."
    if deployed != wanted:
        value = f"{deployed} runs, and the settings name {wanted}"
        return Line("image", State.WARNING, value, fix, figures)
    named = engine.image_id(wanted)
    if not named:
        value = f"{wanted} is no longer on the Docker host, so the server can't be created again"
        return Line("image", State.WARNING, value, fix, figures)
    if named != running:
        value = f"the tag {wanted} has moved to {_short(named)}, and {_short(running)} runs"
        return Line("image", State.WARNING, value, fix, figures)
    return Line("image", State.OK, f"{wanted} ({_short(running)})", figures=figures)


def _age_in_days(timestamp: str) -> float:
    try:
        return (time.time() - datetime.fromisoformat(timestamp).timestamp()) / 86400
    except ValueError:
        return 0.0


def _minute(timestamp: str) -> str:
    return timestamp[:16].replace("T", " ")


def _short(image_id: str) -> str:
    return image_id.removeprefix("sha256:")[:12]
