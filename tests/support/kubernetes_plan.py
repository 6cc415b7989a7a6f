"""Plans of registries on Kubernetes."""

from __future__ import annotations

from typing import Any

from components.kubernetes.plan import KubernetesPlan, kubernetes_plan
from components.servers.distribution.distribution_settings import DistributionSettings
from components.servers.distribution.server import distribution_process
from tests.support.component import settings_of

S3: dict[str, Any] = {"kind": "s3", "s3": {"bucket": "packs", "region": "eu-central-1"}}


def kubernetes_plan_of(
    *, kubernetes: dict[str, Any] | None = None, **arguments: Any
) -> KubernetesPlan:
    """Return what a registry needs from a cluster. By default, its packs are in a bucket."""
    group = {"service": {"type": "ClusterIP"}, **(kubernetes or {})}
    defaults: dict[str, Any] = {"target": "kubernetes", "storage": S3}
    settings = settings_of(**{**defaults, **arguments, "kubernetes": group})
    return kubernetes_plan(settings, distribution_process(DistributionSettings.of(settings)))
