"""``make push`` to registries of both servers, and what the real client oras pulls from them."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from packs.archive import archive_content
from tests.engine.conftest import configure, make_up, said, started
from tests.support.docker import DEVELOPMENT_IMAGE, skip_or_fail
from tests.support.flavors import DISTRIBUTION, ZOT
from tests.support.packs import write_pack
from tests.support.processes import find_program
from tests.support.registry import Client
from tests.support.zot import require_zot, zot_image

REPOSITORY = "packs/spectro-packs/archive"
SERVERS = ["zot", "distribution"]


@dataclass
class Pushed:
    """A registry, and the commands that write and read it."""

    project: Path
    stack: str
    packs: Path
    outputs: dict[str, Any]
    home: Path
    """Directory of the client's login, and of temporary files."""

    def start(self, **variables: str) -> subprocess.Popen[str]:
        """Start `make push`."""
        options = [f"--{name.lower().replace('_', '-')}" for name in variables]
        environment = {"PACK": str(self.packs), "TMPDIR": str(self.home / "tmp")}
        return started(self.project, self.stack, "push", *options, environment=environment)

    def push(self, code: int = 0, **variables: str) -> str:
        """Run `make push`, and return its output without line breaks."""
        return " ".join(said(self.start(**variables), code).split())

    def oras(self, *arguments: str, stdin: str = "") -> str:
        """Run oras."""
        program = find_program("oras")
        assert program
        trust = ["--plain-http=false", "--ca-file", str(self.home / "ca.crt")]
        return subprocess.run(
            [program, *arguments, *trust],
            cwd=self.home,
            env={**os.environ, "DOCKER_CONFIG": str(self.home)},
            input=stdin,
            check=True,
            capture_output=True,
            encoding="utf-8",
        ).stdout

    @property
    def host(self) -> str:
        return str(self.outputs["endpoint"]).removeprefix("https://")

    def pulled(self, name: str, version: str) -> dict[str, bytes]:
        """Return the files of a version, and check its archive."""
        reference = f"{self.host}/{REPOSITORY}/{name}:{version}"
        self.oras("pull", "--output", f"pulled-{name}-{version}", reference)
        (archive,) = (self.home / f"pulled-{name}-{version}").iterdir()
        assert archive.name == f"{name}-{version}.tar.gz"
        with tarfile.open(archive) as tar:
            files = {member.name: tar.extractfile(member) for member in tar if member.isfile()}
            return {path: content.read() for path, content in files.items() if content}


def files_of(pack: Path) -> dict[str, bytes]:
    return {
        f"{pack.name}/{path.relative_to(pack)}": path.read_bytes()
        for path in pack.rglob("*")
        if path.is_file()
    }


@pytest.fixture(params=SERVERS)
def pushed(request: pytest.FixtureRequest, project: tuple[Path, str], tmp_path: Path) -> Pushed:
    """Create a registry with `make up`, and log in with oras."""
    skip_or_fail(None if find_program("oras") else "oras is not built", "REQUIRE_ORAS")
    directory, stack = project
    if request.param == "zot":
        require_zot()
        configure(directory, stack, **ZOT, image=zot_image())
    else:
        configure(directory, stack, **DISTRIBUTION, image=DEVELOPMENT_IMAGE)
    said(make_up(directory, stack))
    shown = said(started(directory, stack, "outputs", "--only", "json", "--secrets"))
    home = tmp_path / "home"
    (home / "tmp").mkdir(parents=True)
    result = Pushed(
        directory, stack, tmp_path / "packs", json.loads(shown[shown.index("{") :]), home
    )
    (home / "ca.crt").write_text(result.outputs["caCertificate"])
    login = ("login", "--username", "admin", "--password-stdin", result.host)
    result.oras(*login, stdin=result.outputs["adminPassword"])
    return result


def test_push(pushed: Pushed) -> None:
    packs = [write_pack(pushed.packs, f"pack-{number}", "1.0.0") for number in range(10)]
    shown = pushed.push(DRY_RUN="1")
    assert "Would push 10 versions (" in shown
    assert f"before compression) to stack {pushed.stack}" in shown
    assert f"Pushed 10 versions to stack {pushed.stack}" in pushed.push()
    for pack in packs:
        assert pushed.pulled(pack.name.removesuffix("-1.0.0"), "1.0.0") == files_of(pack)
    assert "Pushed 0 versions" in (shown := pushed.push())
    assert "0 bytes sent. 10 versions are unchanged." in shown

    before = pushed.oras("manifest", "fetch", f"{pushed.host}/{REPOSITORY}/pack-1:1.0.0")
    (packs[1] / "values.yaml").write_text("manifests: {}\n")
    write_pack(pushed.packs, "pack-2", "1.1.0")
    shown = pushed.push(1)
    assert "Pushed 1 version to stack" in shown, "the others are pushed"
    assert "has other content for pack-1:1.0.0. These versions were left as they are." in shown
    after = pushed.oras("manifest", "fetch", f"{pushed.host}/{REPOSITORY}/pack-1:1.0.0")
    assert after == before
    assert "1 of them overwritten" in pushed.push(FORCE="1")
    assert pushed.pulled("pack-1", "1.0.0") == files_of(packs[1])

    new = write_pack(pushed.packs, "pack-3", "2.0.0")
    (new / "logo.png").unlink()
    write_pack(pushed.packs, "pack-4", "2.0.0")
    assert "Found 1 error in 1 pack. Nothing was pushed." in pushed.push(1)
    shutil.rmtree(new)
    copy = write_pack(pushed.packs / "copy", "pack-0", "1.0.0")
    assert "Nothing was pushed." in pushed.push(1), "a duplicate"
    shutil.rmtree(copy)
    assert "Pushed 1 version to stack" in pushed.push()


def test_shape_of_oras(pushed: Pushed) -> None:
    """Except for further annotations, the manifest is that of `oras push --image-spec v1.0`."""
    write_pack(pushed.packs, "hello", "1.0.0")
    pushed.push()
    reference = f"{pushed.host}/{REPOSITORY}/hello"
    pushed.oras("pull", "--output", ".", f"{reference}:1.0.0")
    pushed.oras("push", "--image-spec", "v1.0", f"{reference}:oras", "hello-1.0.0.tar.gz")
    own, other = (
        json.loads(pushed.oras("manifest", "fetch", f"{reference}:{tag}"))
        for tag in ("1.0.0", "oras")
    )
    created = "org.opencontainers.image.created"
    assert set(other.pop("annotations")) == {created}
    annotations = own.pop("annotations")
    assert created in annotations
    assert own == other
    content = archive_content(pushed.packs / "hello-1.0.0", "hello-1.0.0")
    plain = gzip.decompress((pushed.home / "hello-1.0.0.tar.gz").read_bytes())
    digest = f"sha256:{hashlib.sha256(plain).hexdigest()}"
    assert annotations["pack-registry.content"] == content.digest == digest


def test_pack_pushed_by_hand(pushed: Pushed) -> None:
    pack = write_pack(pushed.packs, "hello", "1.0.0")
    archive = ("tar", "-czf", pushed.home / "any.tar.gz", "-C", pushed.packs, pack.name)
    subprocess.run(archive, check=True)
    reference = f"{pushed.host}/{REPOSITORY}/hello:1.0.0"
    pushed.oras("push", "--image-spec", "v1.0", reference, "any.tar.gz")
    assert "1 version is unchanged" in pushed.push()
    (pack / "values.yaml").write_text("manifests: {}\n")
    assert "has other content for hello:1.0.0" in pushed.push(1)


def test_killed_push_continues(pushed: Pushed) -> None:
    password = str(pushed.outputs["adminPassword"])
    for number in range(40):
        write_pack(pushed.packs, f"pack-{number}", "1.0.0", size=200_000)
    process = pushed.start()
    assert process.stdout
    lines = [line for line in iter(process.stdout.readline, "") if ": new" in line]
    process.wait()
    assert len(lines) == 40, "the whole push prints each version"
    for version in range(1, 9):
        for number in range(5):
            write_pack(pushed.packs, f"next-{number}", f"{version}.0.0", size=2_000_000)
    process = pushed.start()
    assert process.stdout
    for line in iter(process.stdout.readline, ""):
        if ": new" in line:
            break
    expect_secrecy(process, password)
    process.kill()
    process.wait()
    assert list((pushed.home / "tmp").iterdir()) == [], "no file is left"
    client = Client.of(pushed.outputs, "admin")
    tags = [f"/v2/{REPOSITORY}/next-{number}/tags/list" for number in range(5)]
    found = [client.request("GET", path) for path in tags]
    present = sum(len(json.loads(each.data)["tags"] or ()) for each in found if each.status == 200)
    assert 1 <= present < 40
    shown = pushed.push()
    assert f"Pushed {40 - present} versions" in shown
    assert f"{40 + present} versions are unchanged" in shown


def expect_secrecy(process: subprocess.Popen[str], password: str) -> None:
    """Check that no argument, variable or open file of a running push has the password."""
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            top = psutil.Process(process.pid)
            for each in [top, *top.children(recursive=True)]:
                assert password not in " ".join(each.cmdline())
                assert password not in str(each.environ())
                for file in Path(f"/proc/{each.pid}/fd").iterdir():
                    with contextlib.suppress(OSError):
                        if file.is_file():
                            assert password.encode() not in file.read_bytes()
