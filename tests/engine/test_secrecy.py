"""Generated secrets are only in the server's volume and, encrypted, in the state."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import docker
import psutil

from tests.engine.conftest import configure, make_up
from tests.support.docker import container_names, volume_names
from tests.support.engine import engine_environment


def encodings(secret: str) -> set[bytes]:
    """Return the encodings of a secret: plain, base64 at each alignment, URL-escaped, JSON."""
    raw = secret.encode()
    encoded = {base64.b64encode(b"-" * shift + raw)[(4 if shift else 0) : -4] for shift in range(3)}
    urlsafe = {value.replace(b"+", b"-").replace(b"/", b"_") for value in encoded}
    return {
        raw,
        *encoded,
        *urlsafe,
        quote(secret, safe="").encode(),
        quote_plus(secret).encode(),
        json.dumps(secret)[1:-1].encode(),
    }


def generated_secrets(deployment: dict[str, Any]) -> set[str]:
    """Return the secrets of a decrypted state: passwords, salt seed, private key lines, hashes."""
    secrets: set[str] = set()
    for resource in deployment["resources"]:
        outputs = resource.get("outputs", {})
        match resource["type"]:
            case "random:index/randomPassword:RandomPassword":
                secrets |= {outputs["result"], outputs["bcryptHash"]}
            case "tls:index/privateKey:PrivateKey":
                for pem in (outputs["privateKeyPem"], outputs["privateKeyPemPkcs8"]):
                    lines = [line for line in pem.splitlines() if len(line) == 64]
                    # The first half of an RSA key is its modulus, which is public.
                    secrets |= set(lines[len(lines) // 2 :])
            case "docker:index/container:Container":
                for upload in outputs.get("uploads", []):
                    if "htpasswd" in upload["file"]:
                        secrets |= {
                            line.partition(":")[2] for line in upload["content"].splitlines()
                        }
            case _:
                pass
    return secrets


def unwrapped(value: Any) -> Any:
    """Replace the decrypted secrets of a state by their values."""
    if isinstance(value, dict):
        if "plaintext" in value:
            return json.loads(value["plaintext"])
        return {name: unwrapped(item) for name, item in value.items()}
    return [unwrapped(item) for item in value] if isinstance(value, list) else value


@contextmanager
def command_lines() -> Iterator[set[bytes]]:
    """Collect the command lines and environments of all processes except this test's own."""
    seen: set[bytes] = set()
    stopped = threading.Event()

    def watch() -> None:
        while not stopped.is_set():
            for process in psutil.process_iter():
                if process.pid == os.getpid():
                    continue
                for part in ("cmdline", "environ"):
                    try:
                        seen.add(Path(f"/proc/{process.pid}/{part}").read_bytes())
                    except OSError:
                        continue
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        stopped.set()
        watcher.join()


def pulumi_cli(directory: Path, stack: str) -> Callable[..., str]:
    """Return a function that runs the Pulumi CLI on the state of `make up`."""
    (directory / "elsewhere").mkdir()
    environment = {
        **os.environ,
        **engine_environment(directory / "elsewhere"),
        "PULUMI_BACKEND_URL": (directory / ".state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(directory / ".state" / "passphrase"),
    }
    del environment["PULUMI_CONFIG_PASSPHRASE"]

    def pulumi(*arguments: str) -> str:
        done = subprocess.run(
            ["pulumi", *arguments, "--stack", stack],
            cwd=directory,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout + done.stderr

    return pulumi


def secret_values(pulumi: Callable[..., str]) -> set[str]:
    """Return all secrets of a stack: those of its resources and the derived passwords."""
    users = set(json.loads(pulumi("stack", "output", "users", "--show-secrets", "--json")).values())
    assert len(users) == 3, "admin and two readers"
    return users | generated_secrets(
        unwrapped(json.loads(pulumi("stack", "export", "--show-secrets"))["deployment"])
    )


def test_generated_secrets_are_encrypted_everywhere(project: tuple[Path, str]) -> None:
    directory, stack = project
    configure(directory, stack, users=[{"name": "spectro"}, {"name": "ci"}])
    with command_lines() as lines:
        first = make_up(directory, stack)
        places = {"the output of `make up`": first.communicate()[0]}
    assert first.returncode == 0, places
    pulumi = pulumi_cli(directory, stack)
    secrets = secret_values(pulumi)
    places["a preview's output"] = pulumi("preview", "--debug", "--diff")
    places["a preview's JSON"] = pulumi("preview", "--json")
    configure(
        directory,
        stack,
        users=[{"name": "spectro", "rotation": "next"}, {"name": "ci"}],
        rotation="2027-01",
    )
    with command_lines() as later:
        places["a rotation's output"] = pulumi("up", "--yes", "--skip-preview", "--diff", "--debug")
    places["the outputs"] = pulumi("stack", "output", "--json")
    before, secrets = secrets, secrets | secret_values(pulumi)
    assert len(secrets - before) >= 6, "both the replaced and the new secrets are searched"

    client = docker.from_env()
    inspected = [client.api.inspect_container(name) for name in container_names(stack)]
    images = [client.images.get(container["Image"]).attrs for container in inspected]
    volumes = [client.api.inspect_volume(name) for name in volume_names(stack)]
    found_in = {name: text.encode() for name, text in places.items()}
    found_in["command lines and environments"] = b"\0".join(lines | later)
    found_in["docker inspect"] = json.dumps([inspected, images, volumes]).encode()
    found_in["the container's log"] = client.api.logs(stack)
    for path in directory.rglob("*"):
        if (
            path.is_file()
            and not path.is_symlink()
            and path.relative_to(directory).parts[0] not in (".venv", ".pulumi")
        ):
            found_in[str(path.relative_to(directory))] = path.read_bytes()
    assert any(place.startswith(".state/.pulumi/stacks") for place in found_in), (
        "the state file was read"
    )

    found = {
        place
        for place, content in found_in.items()
        for secret in secrets
        if any(encoding in content for encoding in encodings(secret))
    }
    assert found == set()
