"""A server that speaks S3's protocol (moto), where containers reach it."""

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
    """A bucket of its own on a running server."""

    endpoint: str
    name: str

    @property
    def storage(self) -> dict[str, Any]:
        """The registry's settings for it, but for the keys."""
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
        """What it lists (ListObjectsV2), as XML."""
        return urllib3.request("GET", f"{self.endpoint}/{self.name}?list-type=2").data.decode()


@contextlib.contextmanager
def bucket() -> Iterator[Bucket]:
    """Run a server meanwhile, with an empty bucket."""
    from moto.server import ThreadedMotoServer  # slow to load, and needed where a bucket is

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it would say each request
    server = ThreadedMotoServer(ip_address=bridge_gateway(), port=0, verbose=False)
    server.start()
    try:
        made = Bucket("http://{}:{}".format(*server.get_host_and_port()), unique_name("packs"))
        answer = urllib3.request("PUT", f"{made.endpoint}/{made.name}")
        assert answer.status == 200, answer.data
        yield made
    finally:
        server.stop()
