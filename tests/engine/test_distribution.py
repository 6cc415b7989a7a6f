"""CNCF Distribution's own server, for which flavor oci is."""

from __future__ import annotations

from tests.engine.conftest import Factory
from tests.support.distribution import distribution_image, distribution_is_missing
from tests.support.docker import skip_or_fail
from tests.support.registry import Client, expect_oci_answers


def test_it_is_run_verified_and_written_to_by_every_user(registry: Factory) -> None:
    skip_or_fail(distribution_is_missing(), "REQUIRE_DISTRIBUTION")
    with distribution_image() as image:
        made = registry(flavor="oci", image=image)
        outputs = made.up()
        assert (
            "CNCF Distribution has no roles: every user may push and overwrite packs, spectro as well as admin"
            in made.said
        )
        expect_oci_answers(outputs)
        digest = Client.of(outputs, "spectro").push("packs/nginx", b"a pack")
        assert Client.of(outputs, "admin").pull("packs/nginx", digest) == b"a pack", (
            "the warning says the truth"
        )
        made.expect_no_changes(refresh=True)

        made.write(server={"headers": {"X-Packs": "yes"}, "logFormat": "json", "drainSeconds": 2})
        again = made.up()
        expect_oci_answers(again)
        assert Client.of(again, "admin").pull("packs/nginx", digest) == b"a pack", (
            "its YAML file names the same directory"
        )
        assert Client.of(again).request("GET", "/v2/").headers["X-Packs"] == "yes"
        made.expect_no_changes()
        made.down()
