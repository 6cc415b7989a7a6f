"""Images come from registries that are trusted, and are the very ones that were looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from policy.policies.docker import CONTAINER, REMOTE_IMAGE, image_repository, is_image_id
from policy.policy import Config, ResourceRule, texts
from policy.resource import Declared

_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
_CONFIGURATION = "policy/<stack>.json (policy/dev.json is an example)"
_TYPES = frozenset({CONTAINER, REMOTE_IMAGE})


def _reference(resource: Declared) -> str | None:
    """The image that is named; none where it is not known yet, is named by its id on the Docker host, or is built by the program."""
    value = resource.get("name" if resource.typ == REMOTE_IMAGE else "image")
    if not isinstance(value, str) or is_image_id(value) or resource.get("build"):
        return None
    return value


def _is_among(repository: str, entries: list[str]) -> bool:
    names = [entry.rstrip("/") for entry in entries]
    return any(
        repository == name or repository.startswith(f"{name}/")
        for name in (*names, *map(image_repository, names))
    )


def _judge_pinned(resource: Declared, config: Config) -> Iterator[str]:
    reference = _reference(resource)
    if (
        reference
        and not _DIGEST.search(reference)
        and not _is_among(image_repository(reference), config["unpinned"])
    ):
        yield f"the image {reference} has no digest; its tag may lead to another image tomorrow"


IMAGE_PINNED = ResourceRule(
    name="image-pinned",
    description="An image that is pulled is pinned by its digest (...@sha256:...); one that the program builds, or names by its id, is what it is.",
    severity=Severity.HIGH,
    types=_TYPES,
    judge=_judge_pinned,
    keys=("image",),
    fix="add the image's digest to image (NAME:TAG@sha256:...), which `docker buildx imagetools inspect NAME:TAG` prints, "
    f"or name an image that you build yourself under image-pinned.unpinned in {_CONFIGURATION}",
    elsewhere="add it to the RemoteImage's name or the Container's image",
    options={
        "unpinned": texts(
            (),
            "Images, or the beginnings of their names up to a slash, that need no digest, such as one that is built here.",
        )
    },
)


def _judge_registry(resource: Declared, config: Config) -> Iterator[str]:
    reference = _reference(resource)
    if reference and not _is_among(image_repository(reference), config["registries"]):
        yield f"the image {reference} comes from {image_repository(reference)}, and allowed are {', '.join(config['registries']) or 'none'}"


IMAGE_REGISTRY = ResourceRule(
    name="image-registry",
    description="An image that is pulled comes from an allowed registry.",
    severity=Severity.HIGH,
    types=_TYPES,
    judge=_judge_registry,
    keys=("image",),
    fix=f"set image to one of an allowed registry, or allow its registry under image-registry.registries in {_CONFIGURATION}",
    elsewhere="do the same for the RemoteImage's name or the Container's image",
    options={
        "registries": texts(
            ("us-docker.pkg.dev/palette-images", "gcr.io/spectro-images-public"),
            "Registries that images may come from, down to whichever part of their path; Docker Hub is docker.io.",
        )
    },
)
