"""Images of a bundle, on their way from one Docker host to another."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cli.bundles.contents import Contents
from cli.bundles.images import BundledImage, find_image, load_image, read_bundled_image
from cli.bundles.parts import PartWriter
from cli.bundles.writer import BundleWriter
from cli.console import CommandError
from tests.support.bundles import Silent
from tests.support.fakes import FakeEngine

ID = f"sha256:{'a' * 64}"
NAME = "registry.example.com/server:4.7.0"
IMAGE = BundledImage(NAME, "amd64")


class Engine(FakeEngine):
    """An engine that loads and saves one image."""

    def __init__(self, held: str = "", loads: str = ID, **info: Any) -> None:
        super().__init__(**{"Architecture": "x86_64", **info})
        self.held_id, self.loads = held, loads
        self.sent = b""
        self.errors: list[dict[str, str]] = []

    def image_id(self, reference: str) -> str:
        return self.held_id

    def connect(self, *, timeout: int) -> Any:
        api = SimpleNamespace(load_image=self._load, get_image=self._save)
        return SimpleNamespace(api=api, close=lambda: None)

    def _load(self, chunks: Iterator[bytes]) -> list[dict[str, str]]:
        self.sent = b"".join(chunks)
        self.held_id = self.loads
        return self.errors

    def _save(self, reference: str, chunk_size: int) -> Iterator[bytes]:
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            for name, content in saved_files(None).items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        text = packed.getvalue()
        yield from (text[start : start + 700] for start in range(0, len(text), 700))


def saved_files(names: list[str] | None) -> dict[str, bytes]:
    manifest = [{"Config": f"{'a' * 64}.json", "RepoTags": names, "Layers": ["layer/layer.tar"]}]
    return {
        "layer/layer.tar": bytes(3000),
        f"{'a' * 64}.json": b"{}",
        "manifest.json": json.dumps(manifest).encode(),
    }


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    for name, content in saved_files([NAME]).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    return tmp_path


def refusal(engine: Engine, directory: Path, image: BundledImage = IMAGE) -> str:
    with pytest.raises(CommandError) as caught:
        load_image(engine, directory, image)
    return caught.value.message


def test_loaded(unpacked: Path) -> None:
    engine = Engine()
    load_image(engine, unpacked, IMAGE)
    with tarfile.open(fileobj=io.BytesIO(engine.sent)) as tar:
        assert set(saved_files(None)) <= set(tar.getnames())


def test_same_image_is_not_loaded_again(unpacked: Path) -> None:
    engine = Engine(held=ID)
    load_image(engine, unpacked, IMAGE)
    assert engine.sent == b""


def test_other_image_is_kept(unpacked: Path) -> None:
    engine = Engine(held="sha256:other")
    assert refusal(engine, unpacked) == (
        f"The Docker host has another image of the name {NAME} (sha256:other). It was not "
        f"replaced. Remove the name with `docker -H {engine.url} image rm {NAME}`, then run this "
        "command again."
    )
    assert engine.sent == b""


def test_other_architecture(unpacked: Path) -> None:
    message = refusal(Engine(Architecture="aarch64"), unpacked)
    assert message.startswith(f"The image {NAME} is for amd64, and the Docker host is aarch64.")


def test_rejected(unpacked: Path) -> None:
    engine = Engine()
    engine.errors = [{"stream": "Loading"}, {"error": "no space left on device"}]
    assert refusal(engine, unpacked) == (
        f"Docker rejected the image {NAME}: no space left on device."
    )


def test_loaded_with_another_id(unpacked: Path) -> None:
    assert "with the ID sha256:other" in refusal(Engine(loads="sha256:other"), unpacked)


def test_missing_image() -> None:
    with pytest.raises(CommandError, match="is not on the Docker host"):
        find_image(Engine(), NAME)


def test_description(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="does not contain the image of a bundle"):
        read_bundled_image(tmp_path)
    text = json.dumps({"image": {"name": NAME, "architecture": "amd64"}})
    (tmp_path / "bundle.json").write_text(text)
    assert read_bundled_image(tmp_path) == IMAGE


@pytest.mark.parametrize("reference", [NAME, f"{NAME}@sha256:{'b' * 64}"])
def test_saved_while_it_arrives(tmp_path: Path, reference: str) -> None:
    writer = BundleWriter(PartWriter(tmp_path, "site", 10**6), Silent())
    Contents._write_image(writer, Engine(held=ID), BundledImage(reference, "amd64"))
    writer.close()
    with tarfile.open(tmp_path / "site.part001") as tar:
        found = {
            member.name.removeprefix(".bundle/image/"): tar.extractfile(member).read()  # type: ignore[union-attr]
            for member in tar
        }
    assert {**found, "manifest.json": b""} == {**saved_files(None), "manifest.json": b""}
    assert json.loads(found["manifest.json"])[0]["RepoTags"] == [NAME]
