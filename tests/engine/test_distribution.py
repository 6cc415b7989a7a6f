"""The flavor oci with the original server of CNCF Distribution."""

from __future__ import annotations

from tests.engine.conftest import Factory
from tests.support.distribution import distribution_image, distribution_is_missing
from tests.support.docker import skip_or_fail
from tests.support.flavors import DISTRIBUTION
from tests.support.registry import Client, expect_oci_answers


def test_every_user_may_push(new_registry: Factory) -> None:
    skip_or_fail(distribution_is_missing(), "REQUIRE_DISTRIBUTION")
    with distribution_image() as image:
        registry = new_registry(**DISTRIBUTION, image=image)
        outputs = registry.up()
        registry.write(users=[{"name": "spectro"}])
        assert "spectro can't be a reader when ociServer is distribution" in registry.failed_up()
        registry.write(users=DISTRIBUTION["users"])
        expect_oci_answers(outputs)
        digest = Client.of(outputs, "spectro").push("packs/nginx", b"a pack")
        assert Client.of(outputs, "admin").pull("packs/nginx", digest) == b"a pack", (
            "as the warning says"
        )
        registry.expect_no_changes(refresh=True)

        registry.write(
            server={"headers": {"X-Packs": "yes"}, "logFormat": "json", "drainSeconds": 2}
        )
        again = registry.up()
        expect_oci_answers(again)
        assert Client.of(again, "admin").pull("packs/nginx", digest) == b"a pack", (
            "the YAML file has the same directory"
        )
        assert Client.of(again).request("GET", "/v2/").headers["X-Packs"] == "yes"
        registry.expect_no_changes()
        registry.down()
