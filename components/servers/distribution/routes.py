"""Routes of the two flavors' servers."""

from __future__ import annotations

from components.settings import Flavor
from components.verification.probe import RegistryApi

REGISTRY_APIS = {
    Flavor.PACK: RegistryApi(
        "/health", 200, "/v1/_catalog", ("/v1/_catalog",), "a spectro-registry image"
    ),
    # OCI distribution specification, "API": 200 or 401 at /v2/ means that a registry answers.
    Flavor.OCI: RegistryApi(
        "/v2/", 401, "/v2/_catalog", ("/v2/", "/v2/_catalog"), "a CNCF Distribution image"
    ),
}
