"""`make status` of a registry whose mirror's source does not answer."""

from __future__ import annotations

from pathlib import Path

from common.wait import wait_until
from tests.support.backups import BackedUp
from tests.support.docker import bridge_gateway, free_port
from tests.support.flavors import ZOT
from tests.support.status import status
from tests.support.zot import require_zot, zot_image

PATIENCE = 60


def test_source_that_is_down(project: tuple[Path, str]) -> None:
    require_zot()
    registry = BackedUp(*project)
    source = f"{bridge_gateway()}:{free_port()}"
    mirror = {"url": f"https://{source}", "interval": "1h"}
    registry.configure(**ZOT, image=zot_image(), zot={"mirrors": [mirror]})
    registry.up()

    def check() -> dict[str, str]:
        found = status(registry.directory, registry.stack).checks(registry.stack)["mirror"]
        return {name: str(found[name]) for name in ("state", "value", "fix")}

    assert wait_until(lambda: check()["state"] == "error", PATIENCE, 2), check()
    assert source in check()["value"]
    assert "connection refused" in check()["value"]
    assert f"https://{source}" in check()["fix"]
