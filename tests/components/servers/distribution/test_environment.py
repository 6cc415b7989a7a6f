"""Environment variables of the server."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from components.servers.distribution.config_file import render
from components.servers.distribution.environment import environment
from tests.support.component import distribution_of
from tests.support.flavors import DISTRIBUTION

ROOT = "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY"
OCI: dict[str, Any] = DISTRIBUTION
S3 = {"kind": "s3", "s3": {"bucket": "packs", "region": "eu-central-1"}}


@pytest.mark.parametrize("storage", [S3, {"kind": "memory", "confirmLoss": True}])
def test_no_root_directory(storage: dict[str, Any]) -> None:
    assert ROOT not in environment(distribution_of(**OCI, storage=storage)), (
        "Distribution does not start with two storage drivers"
    )


@pytest.mark.parametrize(
    ("flavor", "root"), [("pack", "/data/.spectro-server"), ("oci", "/data/registry")]
)
def test_root_directory_in_both_sources(flavor: str, root: str) -> None:
    settings = distribution_of(flavor=flavor, server={"logFormat": "json"})
    configuration = yaml.safe_load(render(settings, {"http_secret": "x"}))
    assert configuration["storage"]["filesystem"]["rootdirectory"] == root
    assert environment(settings).get(ROOT, root) == root
