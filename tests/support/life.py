"""A registry's whole life in one way of running it, step by step.

Left out on purpose: which ways there are (``bench/matrix.py``).
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.support.acme import acme_server
from tests.support.certificates import issue_chain
from tests.support.engine import EngineRegistry
from tests.support.registry import Client, expect_guides_answers, expect_oci_answers
from tests.support.remote_hosts import RemoteHost
from tests.support.s3 import bucket

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
"""What Docker's volume driver has to be given for these (mount(8))."""


def live(cell: Mapping[str, str], host: RemoteHost) -> None:
    """Go through a registry's life.

    :raises AssertionError: where a step does not come out as it must.
    """
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory()))
        (directory / "project").mkdir()
        made = _registry(cell, host, directory / "project")
        expect_answers = {"pack": expect_guides_answers, "oci": expect_oci_answers}[cell["flavor"]]
        stack.callback(_remove, host, made.stack_name)
        _set_storage(cell["storage"], made, directory, stack)
        tls = _certificates(cell["tls"], made, stack)
        made.write(tls=next(tls))

        outputs = made.up()
        expect_answers(outputs)
        made.expect_no_changes()
        packs = {f"packs/pack-{number}": os.urandom(2**20) for number in range(2)}
        digests = {
            name: Client.of(outputs, "admin").push(name, content) for name, content in packs.items()
        }

        container = host.client.containers.get(made.stack_name).id
        made.write(users=[{"name": "spectro", "rotation": "next"}])
        rotated = made.up()
        expect_answers(rotated)
        old = Client.of(rotated, "spectro", outputs["users"]["spectro"])
        assert old.status(f"{old.api}/_catalog") == 401, "the old password is refused"
        assert host.client.containers.get(made.stack_name).id == container, (
            "new passwords need no new container"
        )
        _expect_packs(rotated, packs, digests)

        made.write(tls=next(tls), server={"drainSeconds": 4})
        replaced = made.up()
        expect_answers(replaced)
        assert host.client.containers.get(made.stack_name).id != container
        renewed = replaced["certificateFingerprint"] != outputs["certificateFingerprint"]
        assert renewed is (cell["tls"] not in ("letsencrypt", "off")), (
            "a certificate is new where it was replaced, and kept where the server got it"
        )
        if cell["tls"] == "private-ca":
            assert replaced["caCertificate"] == outputs["caCertificate"], (
                "clients trust the authority, which stays"
            )
        if cell["storage"] != "memory":
            _expect_packs(replaced, packs, digests)

        made.down()
        assert not [
            name
            for name in host.names()
            if name.startswith(made.stack_name) and not name.endswith(("-data", "-acme"))
        ]
        again = made.up()
        expect_answers(again)
        if cell["storage"] == "memory":
            admin = Client.of(again, "admin")
            assert admin.request("GET", f"{admin.api}/_catalog").json() == {"repositories": []}
        else:
            _expect_packs(again, packs, digests)
        made.expect_no_changes()
        made.down()


def declared_options(cell: Mapping[str, str], host: RemoteHost) -> str:
    """The options that Docker's volume driver is to be given, from a real preview on the cell's host.

    :raises AssertionError: where they are not what mount(8) needs.
    """
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory()))
        made = _registry(cell, host, directory)
        made.write(
            storage=MOUNTS[cell["storage"]], tls=next(_certificates(cell["tls"], made, stack))
        )
        command = ["pulumi", "preview", "--json", "--stack", made.stack_name]
        done = subprocess.run(
            command, cwd=directory, env=made.environment, capture_output=True, text=True, check=True
        )
    steps = json.loads(done.stdout)["steps"]
    options = next(
        step["newState"]["inputs"]["driverOpts"]
        for step in steps
        if step["urn"].endswith(f"::registry-data-{cell['storage']}")
    )
    assert options == OPTIONS[cell["storage"]], options
    return ", ".join(f"{option}={value}" for option, value in sorted(options.items()))


def _registry(cell: Mapping[str, str], host: RemoteHost, directory: Path) -> EngineRegistry:
    """A stack of the cell's flavor on its host."""
    made = EngineRegistry(directory, hostname=HOSTNAME, flavor=cell["flavor"], **host.settings)
    made.use_environment(host.environment)
    return made


def _set_storage(
    kind: str, made: EngineRegistry, directory: Path, stack: contextlib.ExitStack
) -> None:
    match kind:
        case "path":
            (directory / "packs").mkdir()
            made.write(storage={"kind": kind, "path": str(directory / "packs")})
        case "s3":
            made.write(storage=stack.enter_context(bucket()).storage)
            made.set_secret("storage.s3.accessKey", "AKIAOFTHEMATRIX00000")
            made.set_secret("storage.s3.secretKey", "of the matrix alone, and of no value")
        case "memory":
            made.write(storage={"kind": kind, "confirmLoss": True})
        case _:
            made.write(storage={"kind": kind})


def _certificates(
    mode: str, made: EngineRegistry, stack: contextlib.ExitStack
) -> Iterator[dict[str, Any]]:
    """The TLS settings before and after a replacement of the certificate."""
    server = stack.enter_context(acme_server(made.port)).settings if mode == "letsencrypt" else {}
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


def _expect_packs(
    outputs: dict[str, Any], packs: Mapping[str, bytes], digests: Mapping[str, str]
) -> None:
    for name, content in packs.items():
        assert Client.of(outputs, "admin").pull(name, digests[name]) == content, (
            f"{name} must be byte for byte what was pushed"
        )


def _remove(host: RemoteHost, stack_name: str) -> None:
    """Remove what a cell has left on its host, whether it came to its end or not."""
    for container in host.client.containers.list(all=True, ignore_removed=True):
        if str(container.name).startswith(stack_name):
            container.remove(force=True, v=True)
    for volume in host.client.volumes.list():
        if str(volume.name).startswith(stack_name):
            volume.remove(force=True)
