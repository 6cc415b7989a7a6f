"""Allowed registries of images, and image digests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pulumi_policy import Severity

from policy.policy import Config, ResourcePolicy, StackPolicy, Violation, string_list
from policy.readers.containers import is_image_id
from policy.readers.docker import CONTAINER, REMOTE_IMAGE, is_started
from policy.readers.kubernetes import WORKLOADS
from policy.readers.pods import Pod
from policy.resources import UNKNOWN, Resource, to_string

_DIGEST = re.compile(r"[^@\s]+@sha256:[0-9a-f]{64}")
_HOST = r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::[0-9]+)?"
_PART = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_VALID = re.compile(rf"(?:{_HOST}/)?{_PART}(?:/{_PART})*(?::\w[\w.-]{{0,127}})?(?:@\S+)?", re.ASCII)
"""A reference as Docker parses it."""
_CONFIGURATION = "policy/<stack>.json (policy/dev.json is an example)"
_TYPES = frozenset({CONTAINER, REMOTE_IMAGE}) | WORKLOADS


def _references(resource: Resource) -> list[str]:
    """The known names of its images.

    The ID of a container's image is not one of them: `image-id-known` checks it.
    """
    if resource.type in WORKLOADS:
        return list(dict.fromkeys(filter(None, Pod(resource).images)))
    is_remote = resource.type == REMOTE_IMAGE
    name = to_string(resource.get("name" if is_remote else "image")).strip()
    return [name] if name and (is_remote or not is_image_id(name)) else []


def image_repository(reference: str) -> str:
    """An image's full name without tag and digest: `nginx` is `docker.io/library/nginx`."""
    name = reference.partition("@")[0]
    path, slash, last = name.rpartition("/")
    repository = f"{path}{slash}{last.partition(':')[0]}"
    first, slash, _ = repository.partition("/")
    # As in Docker: a first part with a dot, a colon or an upper-case letter is a registry.
    if slash and ({".", ":"} & set(first) or first == "localhost" or first != first.lower()):
        return repository
    return f"docker.io/{repository}" if slash else f"docker.io/library/{repository}"


def _matches(repository: str, entries: list[str]) -> bool:
    names = [entry.rstrip("/") for entry in entries]
    return any(
        repository == name or repository.startswith(f"{name}/")
        for name in (*names, *map(image_repository, names))
    )


def _validate_pinned(resource: Resource, config: Config) -> Iterator[str]:
    is_built = resource.get("build") not in (None, UNKNOWN)  # from anything, under any name
    for reference in _references(resource):
        is_pinned = _DIGEST.fullmatch(reference) and not is_built
        if not is_pinned and not _matches(image_repository(reference), config["unpinned"]):
            yield f"Image {reference} must have a digest, because its tag can move to another image"


def _unpinned(resource: Resource) -> str:
    """The first image without a digest, or else the first image."""
    found = _references(resource)
    return next((one for one in found if not _DIGEST.fullmatch(one)), found[0])


IMAGE_PINNED = ResourcePolicy(
    name="image-pinned",
    description="Images must be pinned by digest (...@sha256:...).",
    reason="A tag can move to another image. A digest in the name of an image that the program "
    "builds pins nothing.",
    severity=Severity.HIGH,
    types=_TYPES,
    validate=_validate_pinned,
    settings=("image",),
    remediation="Add the digest to image (NAME:TAG@sha256:...); `docker pull` prints it. If you "
    f"build the image, add its name under image-pinned.unpinned in {_CONFIGURATION}",
    remediation_elsewhere="add the digest to the RemoteImage's name or the image of the container",
    command=lambda resource: f"`docker pull {_unpinned(resource)}`",
    options={
        "unpinned": string_list(
            (),
            "Images that need no digest, such as your own builds: full names, or their beginnings "
            "up to a slash.",
        )
    },
)


def _validate_registry(resource: Resource, config: Config) -> Iterator[str]:
    registries = config["registries"]
    for reference in _references(resource):
        repository = image_repository(reference)
        if not _VALID.fullmatch(reference) or reference.count("@") > 1:
            yield f"Image {reference} must be a valid reference (HOST/PATH:TAG@DIGEST)"
        elif not _matches(repository, registries):
            yield (
                f"Image {reference} must come from an allowed registry "
                f"({', '.join(registries) or 'none is allowed'}), not {repository}"
            )


IMAGE_REGISTRY = ResourcePolicy(
    name="image-registry",
    description="Images must come from an allowed registry.",
    reason="An image from another registry may be malicious or unmaintained.",
    severity=Severity.HIGH,
    types=_TYPES,
    validate=_validate_registry,
    settings=("image",),
    remediation="Set image to an image of an allowed registry, or add its registry under "
    f"image-registry.registries in {_CONFIGURATION}",
    remediation_elsewhere="do the same for the RemoteImage's name or the image of the container",
    options={
        "registries": string_list(
            (
                "us-docker.pkg.dev/palette-images",
                "gcr.io/spectro-images-public",
                "ghcr.io/project-zot",
            ),
            "Registries that images may come from, with or without a path. Docker Hub is "
            "docker.io.",
        )
    },
)


def _validate_ids(resources: Sequence[Resource], config: Config) -> Iterator[Violation]:
    images = [one for one in resources if one.type == REMOTE_IMAGE]
    if any(image.get("imageId") is None for image in images):
        return  # The provider did not report it. An unknown ID is UNKNOWN, and equals no known ID.
    known = {to_string(image.get("imageId")) for image in images} | set(config["allowed"])
    ids = {one.removeprefix("sha256:") for one in known}
    for container in resources:
        image = container.get("image")
        if container.type != CONTAINER or not is_started(container) or image is UNKNOWN:
            continue
        if is_image_id(to_string(image)) and image.removeprefix("sha256:") not in ids:
            what = f"Image {image} must be the ID of a RemoteImage in the stack"
            yield Violation(what, container)


ID_KNOWN = StackPolicy(
    name="image-id-known",
    description="Running containers must use image IDs only of images in the same stack.",
    reason="An ID does not state the registry of an image, so the other policies can't check it.",
    severity=Severity.HIGH,
    validate=_validate_ids,
    settings=("image",),
    remediation="Set image to a name with a digest, and remove the transformation in the program "
    "that sets an ID",
    remediation_elsewhere="set the Container's image to a name with a digest, or to imageId of a "
    "RemoteImage",
    options={"allowed": string_list((), "Image IDs that are allowed.")},
)
