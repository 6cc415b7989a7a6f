"""``make bundle``: everything that an air-gapped machine needs for ``make up``."""

from __future__ import annotations

import datetime
import time
from pathlib import Path
from typing import Any

import click

from cli.backups.progress import shown_progress
from cli.bundles.contents import KUBERNETES_REQUIREMENTS, PACKS, REQUIREMENTS, Contents
from cli.bundles.images import BundledImage, find_image
from cli.bundles.parts import PartWriter, parse_size
from cli.bundles.pinned import unpinned_name
from cli.bundles.project_files import ProjectFiles, project_files
from cli.bundles.pulumi_files import find_pulumi_files
from cli.bundles.unpack import SUMS, digest
from cli.bundles.writer import BundleWriter, new_directory, write_frame
from cli.console import CommandError, count, info, make_command, size_text
from cli.docker.dev_image import ensure_development_image
from cli.docker.install import engine_errors_reported, ensure_docker
from cli.options import file_option, from_environment, stack_option
from cli.paths import PASSPHRASE, ROOT
from cli.pulumi.binary import find_pulumi
from cli.pulumi.install import install_pulumi
from cli.settings import check_settings, docker_engine, readable_settings
from common.version import VERSION
from components.docker.engine import DockerEngine
from components.settings import DEVELOPMENT_IMAGE, Settings, Target

DEFAULT_SIZE = "4G"
"""Fits on a DVD, and on a file system whose files are smaller than 4 GiB."""


def _checked_size(_: click.Context, __: click.Parameter, value: Any) -> int:
    return parse_size(str(value))


def _checked_packs(_: click.Context, __: click.Parameter, value: Any) -> Path | None:
    if not value:
        return None
    path = Path(str(value)).expanduser()
    if not path.is_dir():
        raise CommandError(
            f'PACK: "{value}" is not a directory. Must be a directory of packs (for example, '
            "PACK=../packs)."
        )
    return path


@click.command()
@stack_option
@file_option("Directory for the bundle. It must not exist.")
@click.option(
    "--part-size",
    default=from_environment("PART_SIZE", DEFAULT_SIZE),
    show_default=f"PART_SIZE, or {DEFAULT_SIZE}",
    callback=_checked_size,
    help="Size of each part in bytes, with the unit K, M, G or T.",
)
@click.option(
    "--packs",
    default=from_environment("PACK", ""),
    show_default="PACK",
    callback=_checked_packs,
    help="Directory of packs to include.",
)
def bundle(stack: str, file: str, part_size: int, packs: Path | None) -> None:
    """Write a bundle for an air-gapped machine: program, packages, Pulumi and image."""
    if not file:
        raise CommandError(
            "FILE is not set. Set it to a new directory for the bundle (for example, "
            "FILE=/srv/bundles/registry)."
        )
    target = Path(file).expanduser()
    began = time.monotonic()
    check_settings(stack)
    with new_directory(target) as directory:
        contents = _contents(stack, packs)
        parts = PartWriter(directory, target.name, part_size)
        with shown_progress() as progress:
            writer = BundleWriter(parts, progress)
            contents.write(writer, directory)
            writer.close()
        description = _description(contents, target.name, len(parts.digests), writer.size)
        sums = write_frame(directory, description, dict(parts.digests))
    info(
        f"Wrote {count(len(parts.digests), 'part')} ({size_text(parts.total)}) to {target} in "
        f"{time.monotonic() - began:.0f} s: {_summary(contents)}."
    )
    for sentence in _notes(contents, target):
        info(sentence)
    info(f"The digest of {SUMS}, which covers all files, is {sums}.")


def _contents(stack: str, packs: Path | None) -> Contents:
    """Find everything that goes into the bundle.

    :raises CommandError: if something is missing, or must not be in a bundle.
    """
    settings, project = readable_settings(stack), project_files(stack)
    is_kubernetes = settings.target is Target.KUBERNETES
    if settings.image_archive:
        raise CommandError(
            "imageArchive is a path on this machine. The bundle has the image that is on the "
            f"Docker host. Remove imageArchive from Pulumi.{stack}.yaml, then run this command "
            "again."
        )
    engine, image = (None, None) if is_kubernetes else _image(settings, stack)
    requirements = [REQUIREMENTS, *([KUBERNETES_REQUIREMENTS] if is_kubernetes else [])]
    pulumi = find_pulumi_files(find_pulumi() or install_pulumi(), stack, kubernetes=is_kubernetes)
    return Contents(stack, project, requirements, pulumi, engine, image, packs)


def _image(settings: Settings, stack: str) -> tuple[DockerEngine, BundledImage]:
    engine = docker_engine(settings)
    ensure_docker(engine)
    ensure_development_image(settings.server_image, engine)
    with engine_errors_reported("The image could not be found", make_command("bundle", stack)):
        return engine, find_image(engine, settings.server_image)


def _description(contents: Contents, name: str, parts: int, size: int) -> dict[str, Any]:
    """Return what ``unbundle.sh`` reads before it unpacks anything."""
    image, pulumi, project = contents.image, contents.pulumi, contents.project
    is_built = image is not None and image.name.partition(":")[0] == DEVELOPMENT_IMAGE
    return {
        "name": name,
        "stack": contents.stack,
        "created": f"{datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
        "program": {"version": VERSION, "commit": project.commit, "modified": project.is_modified},
        "parts": parts,
        "unpackedBytes": size,
        "python": contents.python,
        "programs": ["docker"] if is_built else [],
        "pulumi": {
            "versions": pulumi.versions,
            "files": {name: digest(path) for name, path in pulumi.files.items()},
        },
        "image": image and {"name": unpinned_name(image.name), "architecture": image.architecture},
        "next": list(_next_steps(contents)),
    }


def _next_steps(contents: Contents) -> list[str]:
    """Return what to do on the other machine, with `{directory}` as its place."""
    stack = contents.stack
    steps = []
    if contents.project.encrypted:
        steps.append(
            f"Pulumi.{stack}.yaml is encrypted. Copy its passphrase to "
            f"{{directory}}/{PASSPHRASE.relative_to(ROOT)} first. It is not in the bundle."
        )
    steps.append(f"Unpacked. Next, run `cd {{directory}} && {make_command('up', stack)}`.")
    if contents.packs:
        push = make_command(f"push PACK={PACKS}", stack)
        steps.append(f"Then push the packs with `{push}`.")
    return steps


def _summary(contents: Contents) -> str:
    versions = contents.pulumi.versions
    plugins = ", ".join(f"{name} {version}" for name, version in versions.items())
    parts = [
        f"program {VERSION} ({_origin(contents.project)})",
        f"packages for Python {contents.python['version']} on {contents.python['machine']}",
        plugins,
        *([f"image {contents.image.name}"] if contents.image else []),
        *([f"packs of {contents.packs}"] if contents.packs else []),
    ]
    return "; ".join(parts)


def _origin(project: ProjectFiles) -> str:
    if not project.commit:
        return "not in git"
    changes = " with uncommitted changes" if project.is_modified else ""
    return f"commit {project.commit[:12]}{changes}"


def _notes(contents: Contents, target: Path) -> list[str]:
    """Return what the user must know about the bundle."""
    stack, project = contents.stack, contents.project
    notes = []
    if project.encrypted:
        notes.append(
            f"Pulumi.{stack}.yaml is in the bundle with encrypted values "
            f"({', '.join(project.encrypted)}). Its passphrase is not in the bundle."
        )
    else:
        notes.append("The bundle contains no secrets. The other machine generates its own.")
    if contents.image and contents.is_pinned:
        notes.append(
            f"Images in archives have no digest. In the bundle, Pulumi.{stack}.yaml names the "
            f"image {unpinned_name(contents.image.name)}, and policy/{stack}.json allows it. "
            "unbundle.sh checks the ID of the image."
        )
    if contents.image is None:
        notes.append(
            "The image is not in the bundle: the cluster pulls it from a registry that it reaches."
        )
    notes.append(
        f"Copy all files of {target} to the other machine, and run `./unbundle.sh DIRECTORY` there."
    )
    return notes
