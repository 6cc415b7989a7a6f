"""What a bundle contains, in the order of its archive."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from cli.bundles.images import BundledImage, saved_image
from cli.bundles.pinned import unpin_policy, unpin_stack_file, unpinned_name
from cli.bundles.project_files import ProjectFiles
from cli.bundles.pulumi_files import PulumiFiles
from cli.bundles.unpack import CONTENT
from cli.bundles.wheels import download_wheels, required_python
from cli.bundles.writer import BundleWriter
from cli.paths import ROOT
from components.docker.engine import DockerEngine

REQUIREMENTS, KUBERNETES_REQUIREMENTS = "requirements.txt", "requirements-kubernetes.txt"
IMAGE = f"{CONTENT}/image"
PACKS = f"{CONTENT}/packs"


@dataclass
class Contents:
    """What goes into a bundle."""

    stack: str
    project: ProjectFiles
    requirements: list[str]
    pulumi: PulumiFiles
    engine: DockerEngine | None
    image: BundledImage | None
    """None for a cluster, which pulls the image from its own registry."""
    packs: Path | None
    python: dict[str, str] = field(default_factory=dict)
    """What the other machine's Python must be; known when the wheels are."""

    @property
    def is_pinned(self) -> bool:
        """Whether the stack names its image by a digest."""
        return self.image is not None and "@" in self.image.name

    def write(self, bundle: BundleWriter, temporary: Path) -> None:
        """Add everything.

        :param temporary: directory for the wheels, which become part of the archive.
        """
        self._write_project(bundle)
        self._write_wheels(bundle, temporary)
        bundle.stage("Packing the Pulumi CLI and its plugins")
        for name, path in self.pulumi.files.items():
            bundle.add_file(path, f"{CONTENT}/pulumi/{name}")
        if self.image and self.engine:
            bundle.stage(f"Packing the image {self.image.name}")
            self._write_image(bundle, self.engine, self.image)
        if self.packs:
            bundle.stage(f"Packing the packs of {self.packs}")
            for path in sorted(self.packs.rglob("*")):
                if path.is_file():
                    bundle.add_file(path, f"{PACKS}/{path.relative_to(self.packs)}")

    def _write_project(self, bundle: BundleWriter) -> None:
        bundle.stage("Packing the program")
        changed = self._changed_files()
        for path in self.project.paths:
            if path not in changed:
                bundle.add_file(ROOT / path, str(path))
        for path, content in changed.items():
            bundle.add_bytes(content, str(path))

    def _changed_files(self) -> dict[Path, bytes]:
        """Return the files that differ on the other machine."""
        file, content = Path(f"Pulumi.{self.stack}.yaml"), self.project.stack_file
        if not self.image or not self.is_pinned:
            return {file: content}
        policy = Path("policy") / f"{self.stack}.json"
        before = (ROOT / policy).read_text(encoding="utf-8") if (ROOT / policy).is_file() else ""
        return {
            file: unpin_stack_file(content, self.stack, self.image.name),
            policy: unpin_policy(before, self.image.name).encode(),
        }

    def _write_wheels(self, bundle: BundleWriter, temporary: Path) -> None:
        bundle.stage(f"Packing the packages of {' and '.join(self.requirements)}")
        with tempfile.TemporaryDirectory(dir=temporary) as directory:
            download_wheels(self.requirements, Path(directory))
            wheels = sorted(Path(directory).iterdir())
            self.python = required_python(path.name for path in wheels)
            for path in wheels:
                bundle.add_file(path, f"{CONTENT}/wheels/{path.name}")

    @staticmethod
    def _write_image(bundle: BundleWriter, engine: DockerEngine, image: BundledImage) -> None:
        with saved_image(engine, image.name) as saved:
            for member in saved:
                file = saved.extractfile(member) if member.isreg() else None
                if file and member.name == "manifest.json":
                    bundle.add_bytes(_named(file.read(), image.name), f"{IMAGE}/{member.name}")
                    continue
                if member.islnk():
                    member.linkname = f"{IMAGE}/{member.linkname}"
                member.name = f"{IMAGE}/{member.name}"
                bundle.add_member(member, file)


def _named(manifest: bytes, reference: str) -> bytes:
    """Give the image its name in the bundle: an archive has no name for one with a digest."""
    entries = json.loads(manifest)
    for entry in entries:
        entry["RepoTags"] = [unpinned_name(reference)]
    return json.dumps(entries).encode()
