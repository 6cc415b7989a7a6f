"""An S3 server (moto) that containers can reach."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import urllib3

from tests.support.docker import bridge_gateway, unique_name

REGION = "us-east-1"


@dataclass(frozen=True)
class Bucket:
    """A bucket on a running server."""

    endpoint: str
    name: str

    @property
    def storage(self) -> dict[str, Any]:
        """The registry's storage settings for it, without the keys."""
        return {
            "kind": "s3",
            "s3": {
                "bucket": self.name,
                "region": REGION,
                "prefix": "registry/test",
                "endpoint": self.endpoint,
                "pathStyle": True,
            },
        }

    def objects(self) -> str:
        """List the objects (ListObjectsV2), as XML."""
        return urllib3.request("GET", f"{self.endpoint}/{self.name}?list-type=2").data.decode()


@contextlib.contextmanager
def bucket() -> Iterator[Bucket]:
    """Run a server with an empty bucket."""
    from moto.server import ThreadedMotoServer  # slow import

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it logs each request
    server = ThreadedMotoServer(ip_address=bridge_gateway(), port=0, verbose=False)
    server.start()
    try:
        created = Bucket("http://{}:{}".format(*server.get_host_and_port()), unique_name("packs"))
        answer = urllib3.request("PUT", f"{created.endpoint}/{created.name}")
        assert answer.status == 200, answer.data
        yield created
    finally:
        server.stop()
