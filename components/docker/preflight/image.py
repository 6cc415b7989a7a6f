"""Preflight check of the image: on the host, or available, and which one it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pulumi

from common.types.docker import names_registry
from components.docker.engine import DockerEngine
from components.docker.errors import describe_error
from components.docker.image import ImageSource
from components.docker.image_archive import UNREADABLE, ids_of, read_images
from components.settings import DEVELOPMENT_IMAGE, DEVELOPMENT_TAG

_DISTRIBUTION_DIRECTORIES = ("/etc/docker/registry/", "/etc/distribution/")
"""Directories of the configuration file in CNCF Distribution's images."""


def image_problems(engine: DockerEngine, source: ImageSource, *, pull: bool) -> Iterator[str]:
    """Check that the image is on the host or available, and log which one it is.

    :param pull: whether a missing image is pulled or loaded now (an update) or later (a preview).
    """
    image = source.reference
    if source.archive:
        yield from _load(engine, source, load=pull)
        return
    is_on_host = bool(engine.image_id(image))
    if image.partition(":")[0] == DEVELOPMENT_IMAGE:
        if not is_on_host:
            yield _development_image_problem(image)
    elif not pull:
        _log_registry_digest(engine, source, is_on_host=is_on_host)
    elif not is_on_host:
        yield from _pull(engine, source)
    else:
        _log_digest(image, engine.digest(image))


def server_problems(engine: DockerEngine, image: str, *, uses_zot: bool) -> Iterator[str]:
    """Report an image on the host that contains the other server of an OCI registry.

    Only what its start command says is used: another image may contain any server.
    """
    command = engine.start_command(image)
    is_zot = bool(command) and command[0].rpartition("/")[2].startswith("zot")
    is_distribution = any(part.startswith(_DISTRIBUTION_DIRECTORIES) for part in command)
    if is_zot and not uses_zot:
        yield (
            f"image: {image} is a zot image, but flavor and ociServer select another server. Set "
            "flavor to oci and ociServer to zot, or set image to an image of the selected server."
        )
    if is_distribution and uses_zot:
        yield (
            f"image: {image} is an image of CNCF Distribution, but ociServer is zot. Set image to "
            "a zot image, or set ociServer to distribution."
        )


def _development_image_problem(image: str) -> str:
    built = f"{DEVELOPMENT_IMAGE}:{DEVELOPMENT_TAG}"
    fix = (
        "Build it with `make dev-image`."
        if image == built
        else f"`make dev-image` builds {built}. Set image to that."
    )
    return f"image: {image} is not on the Docker host, and is not published in a registry. {fix}"


def _pull(engine: DockerEngine, source: ImageSource) -> Iterator[str]:
    image = source.reference
    pulumi.log.info(f"Pulling the image {image}. This can take some minutes.", ephemeral=True)
    try:
        engine.pull(image, source.username, source.password)
    except Exception as error:  # docker-py, sockets and ssh have no common error class
        yield (
            f"image: {image} is not on the Docker host and can't be pulled: "
            f"{_reason(error, source)}. Check the reference, and the host's route to "
            f"{_registry(image)}. If the registry is private, set imageUsername and imagePassword. "
            "Without a route, load the image from an archive (imageArchive)."
        )
    else:
        _log_digest(image, engine.digest(image))


def _log_registry_digest(engine: DockerEngine, source: ImageSource, *, is_on_host: bool) -> None:
    """Log the digest that the tag has in its registry, and whether the host has another one.

    An update uses the image that is on the host. An image without a digest is not from a registry:
    it was built, or loaded on a host that may have no route to one.
    """
    image = source.reference
    on_host = engine.digest(image) if is_on_host else ""
    if is_on_host and ("@sha256:" in image or not on_host):
        return
    try:
        current = engine.registry_digest(image, source.username, source.password)
    except Exception as error:  # as above
        if on_host:
            _log_digest(image, on_host)
        elif not is_on_host:
            pulumi.log.info(
                f"image: {image} is not on the Docker host, and {_registry(image)} did not return "
                f"its digest: {_reason(error, source)}. The update will pull it."
            )
        return
    if on_host and on_host != current:
        pulumi.log.info(
            f"image: {image} is {current} in its registry, but the Docker host has {on_host} and "
            f"keeps using it. Pin the image that you want, for example {image}@{current}."
        )
    else:
        _log_digest(image, current)


def _log_digest(image: str, digest: str) -> None:
    if digest and "@sha256:" not in image:
        pulumi.log.info(f"image: {image} is {digest}. To pin it, set image to {image}@{digest}.")


def _registry(image: str) -> str:
    return image.partition("/")[0] if names_registry(image) else "docker.io"


def _reason(error: Exception, source: ImageSource) -> str:
    """Return Docker's message without the password."""
    reason = describe_error(error)
    return reason.replace(source.password, "…") if source.password else reason


def _load(engine: DockerEngine, source: ImageSource, *, load: bool) -> Iterator[str]:
    """Load the image from an archive if the host does not have the image in it."""
    image, path = source.reference, Path(source.archive)
    try:
        images = read_images(path)
    except UNREADABLE as error:
        reason = "not an archive that `docker save` wrote"
        if isinstance(error, OSError) and error.strerror:
            reason = error.strerror
        yield (
            f"imageArchive: {path} can't be read: {reason}. Create it with "
            f"`docker save --output {path} {image}`."
        )
        return
    ids = ids_of(image, images)
    if not ids:
        held = ", ".join(name for each in images for name in each.names) or "no image with a name"
        yield (
            f"imageArchive: {path} does not contain {image}. It contains {held}. Set image to an "
            "image in the archive, or set another archive."
        )
    elif load and engine.image_id(image) not in ids:
        pulumi.log.info(f"Loading the image {image} from {path}.", ephemeral=True)
        try:
            engine.load(path)
        except Exception as error:  # as above
            yield (
                f"imageArchive: Docker rejected {path}: {_reason(error, source)}. Create the "
                "archive again with `docker save`."
            )
