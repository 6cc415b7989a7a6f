"""The lifecycle of a registry in one cell of the matrix (``tests/matrix/matrix.py``)."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.support.acme import acme_server
from tests.support.certificates import issue_chain
from tests.support.engine import EngineRegistry
from tests.support.flavors import DISTRIBUTION, ZOT
from tests.support.registry import Client, expect_guides_answers, expect_oci_answers
from tests.support.remote_hosts import RemoteHost
from tests.support.s3 import bucket
from tests.support.zot import zot_image

HOSTNAME = "packs.example.com"
MOUNTS: dict[str, dict[str, Any]] = {
    "nfs": {"kind": "nfs", "nfs": {"server": "nfs.example.com", "export": "/export/packs"}},
    "cifs": {"kind": "cifs", "cifs": {"server": "files.example.com", "share": "packs"}},
}
OPTIONS = {
    "nfs": {"type": "nfs", "o": "addr=nfs.example.com,nfsvers=4,hard", "device": ":/export/packs"},
    "cifs": {
        "type": "cifs",
        "o": "addr=files.example.com,guest,vers=3.1.1",
        "device": "//files.example.com/packs",
    },
}
"""The options that Docker's volume driver needs for these mounts (mount(8))."""


@dataclass
class _Cell:
    """A registry of one cell."""

    cell: Mapping[str, str]
    host: RemoteHost
    registry: EngineRegistry
    packs: dict[str, bytes] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)

    def up(self) -> dict[str, Any]:
        """Update the registry, check its answers, and return its outputs."""
        outputs = self.registry.up()
        expect = expect_guides_answers if self.cell["server"] == "pack" else expect_oci_answers
        expect(outputs)
        return outputs

    def push_packs(self, outputs: dict[str, Any]) -> None:
        self.packs = {f"packs/pack-{number}": os.urandom(2**20) for number in range(2)}
        admin = Client.of(outputs, "admin")
        self.digests = {name: admin.push(name, content) for name, content in self.packs.items()}

    def expect_packs(self, outputs: dict[str, Any]) -> None:
        for name, content in self.packs.items():
            assert Client.of(outputs, "admin").pull(name, self.digests[name]) == content, (
                f"{name} must equal what was pushed"
            )

    @property
    def container_id(self) -> str | None:
        return self.host.client.containers.get(self.registry.stack_name).id


def run_lifecycle(cell: Mapping[str, str], host: RemoteHost) -> None:
    """Create, use, rotate, replace, remove and recreate a registry.

    :raises AssertionError: if a step fails.
    """
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory()))
        (directory / "project").mkdir()
        registry = _new_registry(cell, host, directory / "project")
        _set_server(cell["server"], registry, directory)
        stack.callback(_remove, host, registry.stack_name)
        _set_storage(cell["storage"], registry, directory, stack)
        tls = _certificates(cell["tls"], registry, stack)
        registry.write(tls=next(tls))

        run = _Cell(cell, host, registry)
        outputs = run.up()
        registry.expect_no_changes()
        run.push_packs(outputs)
        _rotate_user(run, outputs)
        _replace_certificate(run, outputs, next(tls))
        _recreate(run)


def _rotate_user(run: _Cell, outputs: dict[str, Any]) -> None:
    container = run.container_id
    (user,) = run.registry.settings.get("users") or [{"name": "spectro"}]
    run.registry.write(users=[{**user, "rotation": "next"}])
    rotated = run.up()
    old = Client.of(rotated, "spectro", outputs["users"]["spectro"])
    assert old.status(f"{old.api}/_catalog") == 401, "the old password is rejected"
    assert run.container_id == container, "new passwords need no new container"
    run.expect_packs(rotated)


def _replace_certificate(run: _Cell, outputs: dict[str, Any], tls: dict[str, Any]) -> None:
    container = run.container_id
    is_zot = run.cell["server"] == "zot"
    changed = {"logLevel": "debug"} if is_zot else {"server": {"drainSeconds": 4}}
    run.registry.write(tls=tls, **changed)
    replaced = run.up()
    assert run.container_id != container
    renewed = replaced["certificateFingerprint"] != outputs["certificateFingerprint"]
    assert renewed is (run.cell["tls"] not in ("letsencrypt", "off")), (
        "certificates of the program are replaced, those of ACME are kept"
    )
    if run.cell["tls"] == "private-ca":
        assert replaced["caCertificate"] == outputs["caCertificate"], (
            "the CA stays, and clients trust it"
        )
    if run.cell["storage"] != "memory":
        run.expect_packs(replaced)


def _recreate(run: _Cell) -> None:
    run.registry.down()
    assert not [
        name
        for name in run.host.names()
        if name.startswith(run.registry.stack_name) and not name.endswith(("-data", "-acme"))
    ]
    outputs = run.up()
    if run.cell["storage"] == "memory":
        admin = Client.of(outputs, "admin")
        assert admin.request("GET", f"{admin.api}/_catalog").json() == {"repositories": []}
    else:
        run.expect_packs(outputs)
    run.registry.expect_no_changes()
    run.registry.down()


def declared_options(cell: Mapping[str, str], host: RemoteHost) -> str:
    """Return the options for Docker's volume driver from a real preview on the cell's host.

    :raises AssertionError: if they differ from what mount(8) needs.
    """
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory()))
        registry = _new_registry(cell, host, directory)
        _set_server(cell["server"], registry, directory)
        registry.write(
            storage=MOUNTS[cell["storage"]], tls=next(_certificates(cell["tls"], registry, stack))
        )
        command = ["pulumi", "preview", "--json", "--stack", registry.stack_name]
        done = subprocess.run(
            command,
            cwd=directory,
            env=registry.environment,
            capture_output=True,
            text=True,
            check=True,
        )
    steps = json.loads(done.stdout)["steps"]
    options = next(
        step["newState"]["inputs"]["driverOpts"]
        for step in steps
        if step["urn"].endswith(f"::registry-data-{cell['storage']}")
    )
    assert options == OPTIONS[cell["storage"]], options
    return ", ".join(f"{option}={value}" for option, value in sorted(options.items()))


def _new_registry(cell: Mapping[str, str], host: RemoteHost, directory: Path) -> EngineRegistry:
    """Create a stack on the cell's host."""
    registry = EngineRegistry(directory, hostname=HOSTNAME, **host.settings)
    registry.use_environment(host.environment)
    return registry


def _set_server(server: str, registry: EngineRegistry, directory: Path) -> None:
    match server:
        case "distribution":
            registry.write(**DISTRIBUTION)
        case "zot":
            image = zot_image()
            registry.write(**ZOT, image=image)
            if registry.settings.get("imageArchive"):
                archive = directory / "zot.tar"
                subprocess.run(["docker", "save", "--output", archive, image], check=True)
                registry.write(imageArchive=str(archive))
        case _:
            pass


def _set_storage(
    kind: str, registry: EngineRegistry, directory: Path, stack: contextlib.ExitStack
) -> None:
    match kind:
        case "path":
            (directory / "packs").mkdir()
            registry.write(storage={"kind": kind, "path": str(directory / "packs")})
        case "s3":
            registry.write(storage=stack.enter_context(bucket()).storage)
            registry.set_secret("storage.s3.accessKey", "AKIAOFTHEMATRIX00000")
            registry.set_secret("storage.s3.secretKey", "a secret key for the matrix only")
        case "memory":
            registry.write(storage={"kind": kind, "confirmLoss": True})
        case _:
            registry.write(storage={"kind": kind})


def _certificates(
    mode: str, registry: EngineRegistry, stack: contextlib.ExitStack
) -> Iterator[dict[str, Any]]:
    """Yield the TLS settings before and after a replacement of the certificate."""
    server = (
        stack.enter_context(acme_server(registry.port)).settings if mode == "letsencrypt" else {}
    )
    for organization in ("Before", "After"):
        match mode:
            case "provided":
                chain = issue_chain(HOSTNAME)
                yield {
                    "mode": mode,
                    "certificatePem": chain.pem,
                    "privateKeyPem": chain.leaf.key_pem,
                }
            case "letsencrypt":
                yield server
            case "off":
                yield {"mode": mode}
            case _:
                yield {
                    "mode": mode,
                    "algorithm": "ecdsa-p256",
                    "subject": {"organization": organization},
                }


def _remove(host: RemoteHost, stack_name: str) -> None:
    """Remove everything that a cell left on its host, even if it failed."""
    for container in host.client.containers.list(all=True, ignore_removed=True):
        if str(container.name).startswith(stack_name):
            container.remove(force=True, v=True)
    for volume in host.client.volumes.list():
        if str(volume.name).startswith(stack_name):
            volume.remove(force=True)
