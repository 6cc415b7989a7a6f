"""Images of a registry that requires a password: the preview shows the digest, `up` pulls."""

from __future__ import annotations

from tests.engine.conftest import Factory
from tests.support.docker import inspect
from tests.support.image_registry import USER, image_registry
from tests.support.registry import expect_guides_answers


def test_upgrade_from_private_registry(
    new_registry: Factory,
) -> None:
    with image_registry() as images:
        image, digest = images.push("packs/server:2", "LABEL release=private")
        registry = new_registry()
        registry.up()

        registry.write(image=image, imageUsername=USER)
        registry.set_secret("imagePassword", "MARKER of a wrong one")
        previewed = registry.stack.preview(color="never").stdout
        missing = f"image: {image} is not on the Docker host, and {images.address} did not return"
        assert f"{missing} its digest: " in previewed
        assert "unauthorized" in previewed
        shown = registry.failed_up()
        assert f"image: {image} is not on the Docker host and can't be pulled: " in shown
        assert "If the registry is private, set imageUsername and imagePassword." in shown
        assert "MARKER" not in previewed + shown

        registry.set_secret("imagePassword", images.password)
        assert (
            f"image: {image} is {digest}. To pin it, set image to {image}@{digest}."
            in registry.stack.preview(color="never").stdout
        ), "the preview pulled nothing"
        registry.write(image=f"{image}@{digest}")
        outputs = registry.up()
        expect_guides_answers(outputs)
        assert inspect(registry.stack_name)["Config"]["Labels"]["release"] == "private"
        registry.expect_no_changes(refresh=True)
        registry.down()
