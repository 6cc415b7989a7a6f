"""Routes of the two flavors' servers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from components.settings import Flavor
from components.verification.probe import RegistryApi

REPOSITORY = "/v2/pack-registry-verification"
"""Path of a repository. No pack has its name."""

UPLOAD_PATH = f"{REPOSITORY}/blobs/uploads/"
TAGS_PATH = f"{REPOSITORY}/tags/list"

REGISTRY_APIS = {
    Flavor.PACK: RegistryApi(
        "/health",
        200,
        "/v1/_catalog",
        ("/v1/_catalog",),
        "a spectro-registry image",
        UPLOAD_PATH,
        may_lack_uploads=True,
        absent_path=TAGS_PATH,
    ),
    # OCI distribution specification, "API": 200 or 401 at /v2/ means that a registry answers.
    Flavor.OCI: RegistryApi(
        "/v2/",
        401,
        "/v2/_catalog",
        ("/v2/", "/v2/_catalog"),
        "a CNCF Distribution image",
        UPLOAD_PATH,
        absent_path=TAGS_PATH,
    ),
}


PROBE_PATHS = {Flavor.PACK: "/health", Flavor.OCI: "/"}
"""Paths that return 200 without credentials. CNCF Distribution returns 401 at /v2/."""


def registry_api(flavor: Flavor, extra: Mapping[str, Any]) -> RegistryApi:
    """Return the routes of a server. It takes no uploads if `server.extra` makes it read-only.

    :param extra: the value of `server.extra`.
    """
    api, section = REGISTRY_APIS[flavor], extra
    for name in ("storage", "maintenance", "readonly"):
        section = section.get(name) or {}
    return replace(api, upload_path="") if section.get("enabled") else api
