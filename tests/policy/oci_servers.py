"""Compliant settings of the servers of an OCI registry, on either target."""

from __future__ import annotations

from typing import Any

from tests.support.flavors import DISTRIBUTION
from tests.support.policy_resources import DIGEST

OCI_SERVERS: dict[str, dict[str, Any]] = {
    "zot": {"flavor": "oci", "image": f"ghcr.io/project-zot/zot-linux-amd64:v2.1.20@{DIGEST}"},
    "zot with mirrors": {
        "flavor": "oci",
        "image": f"ghcr.io/project-zot/zot-linux-amd64:v2.1.20@{DIGEST}",
        "zot": {
            "mirrors": [
                {
                    "url": "https://central.example.com",
                    "username": "mirror",
                    "password": "correct horse battery staple",
                }
            ]
        },
    },
    "Distribution": {
        **DISTRIBUTION,
        "image": f"gcr.io/spectro-images-public/registry:3@{DIGEST}",
    },
}
