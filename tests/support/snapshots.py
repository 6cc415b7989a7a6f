"""Reviewable snapshots of previews: resources, types and main properties, without secrets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.policy_resources import UNKNOWN

PROPERTIES: dict[str, tuple[str, ...]] = {
    "docker:index/container:Container": (
        *(
            "name",
            "image",
            "start",
            "mustRun",
            "restart",
            "readOnly",
            "privileged",
            "networkMode",
            "pidMode",
            "ipcMode",
            "securityOpts",
        ),
        *(
            "capabilities",
            "memory",
            "memorySwap",
            "cpus",
            "logDriver",
            "logOpts",
            "ports",
            "mounts",
            "volumes",
            "tmpfs",
            "envs",
            "labels",
            "uploads",
        ),
        *("command", "networksAdvanced", "usernsMode", "cgroupnsMode", "devices"),
    ),
    "docker:index/volume:Volume": ("name", "driver", "driverOpts", "labels"),
    "docker:index/remoteImage:RemoteImage": ("name", "keepLocally"),
    "tls:index/privateKey:PrivateKey": ("algorithm", "rsaBits", "ecdsaCurve"),
    "tls:index/selfSignedCert:SelfSignedCert": (
        *(
            "subject",
            "dnsNames",
            "ipAddresses",
            "validityPeriodHours",
            "earlyRenewalHours",
            "allowedUses",
            "isCaCertificate",
        ),
    ),
    "random:index/randomPassword:RandomPassword": ("length", "special", "keepers"),
}
"""Properties in the snapshot, by resource type. Other types show all properties."""

OPTIONS = ("protect", "retainOnDelete", "deleteBeforeReplace")
"""Resource options in the snapshot."""

UPLOAD_PROPERTIES = ("file", "permissions")
"""Properties of an uploaded file in the snapshot. Its content is never included."""


def reduce_preview(preview: Mapping[str, Any], replacements: Mapping[str, str]) -> dict[str, Any]:
    """Reduce a preview to its resources, by name.

    :param preview: the output of `pulumi preview --json`.
    :param replacements: volatile strings, such as a container's name, and their placeholders.
    """
    states = [step["newState"] for step in preview["steps"]]
    resources = {state["urn"].rpartition("::")[2]: _resource(state) for state in states}
    text = json.dumps(resources, sort_keys=True, ensure_ascii=False)
    for volatile, placeholder in {**replacements, UNKNOWN: "UNKNOWN"}.items():
        text = text.replace(volatile, placeholder)
    return dict(json.loads(text))


def _resource(state: Mapping[str, Any]) -> dict[str, Any]:
    inputs = state.get("inputs", {})
    shown = {
        key: inputs[key] for key in PROPERTIES.get(state["type"], sorted(inputs)) if key in inputs
    }
    if isinstance(shown.get("uploads"), list):
        shown["uploads"] = [
            {key: upload[key] for key in UPLOAD_PROPERTIES if key in upload}
            for upload in shown["uploads"]
        ]
    options = {key: state[key] for key in OPTIONS if key in state}
    return {
        "type": state["type"],
        "properties": {key: _sort_lists(value) for key, value in shown.items()},
        **options,
    }


def _sort_lists(value: Any) -> Any:
    """Sort all lists, because the provider's sets have no order, and drop its default markers."""
    if isinstance(value, dict):
        return {key: _sort_lists(item) for key, item in value.items() if key != "__defaults"}
    return (
        sorted(
            (_sort_lists(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True)
        )
        if isinstance(value, list)
        else value
    )


def write_snapshot(path: Path, resources: Mapping[str, Any]) -> None:
    """Write a snapshot for review."""
    path.write_text(json.dumps(resources, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
