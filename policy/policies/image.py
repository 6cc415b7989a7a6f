"""Allowed registries of images, and image digests."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from policy.policies.docker import CONTAINER, REMOTE_IMAGE, image_repository, is_image_id
from policy.policy import Config, ResourcePolicy, string_list
from policy.resources import Resource

_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
_CONFIGURATION = "policy/<stack>.json (policy/dev.json is an example)"
_TYPES = frozenset({CONTAINER, REMOTE_IMAGE})


def _reference(resource: Resource) -> str | None:
    """The image's name; None if it is unknown, an image ID, or an image that the program builds."""
    value = resource.get("name" if resource.type == REMOTE_IMAGE else "image")
    if not isinstance(value, str) or is_image_id(value) or resource.get("build"):
        return None
    return value


def _matches(repository: str, entries: list[str]) -> bool:
    names = [entry.rstrip("/") for entry in entries]
    return any(
        repository == name or repository.startswith(f"{name}/")
        for name in (*names, *map(image_repository, names))
    )


def _validate_pinned(resource: Resource, config: Config) -> Iterator[str]:
    reference = _reference(resource)
    if not reference or _DIGEST.search(reference):
        return
    if not _matches(image_repository(reference), config["unpinned"]):
        yield f"Image {reference} must have a digest, because its tag can move to another image"


IMAGE_PINNED = ResourcePolicy(
    name="image-pinned",
    description="Images that are pulled must be pinned by digest (...@sha256:...).",
    reason="A tag can move to another image. Images that the program builds, and images "
    "named by their ID, need no digest.",
    severity=Severity.HIGH,
    types=_TYPES,
    validate=_validate_pinned,
    settings=("image",),
    remediation="Add the digest to image (NAME:TAG@sha256:...); `docker pull` prints it. If you "
    f"build the image, add its name under image-pinned.unpinned in {_CONFIGURATION}",
    remediation_elsewhere="add the digest to the RemoteImage's name or the Container's image",
    command=lambda resource: f"`docker pull {_reference(resource)}`",
    options={
        "unpinned": string_list(
            (),
            "Images that need no digest, such as your own builds: full names, or their beginnings "
            "up to a slash.",
        )
    },
)


def _validate_registry(resource: Resource, config: Config) -> Iterator[str]:
    reference, registries = _reference(resource), config["registries"]
    if reference and not _matches(image_repository(reference), registries):
        yield (
            f"Image {reference} must come from an allowed registry "
            f"({', '.join(registries) or 'none is allowed'}), not {image_repository(reference)}"
        )


IMAGE_REGISTRY = ResourcePolicy(
    name="image-registry",
    description="Images that are pulled must come from an allowed registry.",
    reason="An image from another registry may be malicious or unmaintained.",
    severity=Severity.HIGH,
    types=_TYPES,
    validate=_validate_registry,
    settings=("image",),
    remediation="Set image to an image of an allowed registry, or add its registry under "
    f"image-registry.registries in {_CONFIGURATION}",
    remediation_elsewhere="do the same for the RemoteImage's name or the Container's image",
    options={
        "registries": string_list(
            ("us-docker.pkg.dev/palette-images", "gcr.io/spectro-images-public"),
            "Registries that images may come from, with or without a path. Docker Hub is "
            "docker.io.",
        )
    },
)
