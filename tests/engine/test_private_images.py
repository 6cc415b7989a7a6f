"""An image of a registry that asks for a password: previewed by its digest, and fetched by its credentials."""

from __future__ import annotations

from tests.engine.conftest import Factory
from tests.support.docker import inspect
from tests.support.image_registry import USER, image_registry
from tests.support.registry import expect_guides_answers


def test_an_upgrade_from_a_private_registry_is_pinned_by_its_preview_and_fetched_by_its_credentials(
    registry: Factory,
) -> None:
    with image_registry() as images:
        image, digest = images.push("packs/server:2", "LABEL release=private")
        made = registry()
        made.up()

        made.write(image=image, imageUsername=USER)
        made.set_secret("imagePassword", "MARKER of a wrong one")
        asked = made.stack.preview(color="never").stdout
        assert (
            f"image: {image} is not on the Docker host, and {images.address} did not return its "
            "digest: " in asked
        )
        assert "unauthorized" in asked
        shown = made.failed_up()
        assert f"image: {image} is not on the Docker host and can't be pulled: " in shown
        assert "If the registry is private, set imageUsername and imagePassword." in shown
        assert "MARKER" not in asked + shown

        made.set_secret("imagePassword", images.password)
        assert (
            f"image: {image} is {digest}. To pin it, set image to {image}@{digest}."
            in made.stack.preview(color="never").stdout
        ), "and nothing was fetched"
        made.write(image=f"{image}@{digest}")
        outputs = made.up()
        expect_guides_answers(outputs)
        assert inspect(made.stack_name)["Config"]["Labels"]["release"] == "private"
        made.expect_no_changes(refresh=True)
        made.down()
