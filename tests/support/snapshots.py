"""What a preview's JSON comes to in review: the resources, their types, and the properties that matter, with no secret and nothing of the moment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.policy_resources import UNKNOWN

MATTERS: dict[str, tuple[str, ...]] = {
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
"""Properties by resource type; a type that is not here is shown with all that it has, so that it is seen."""

OPTIONS = ("protect", "retainOnDelete", "deleteBeforeReplace")
"""Options of a resource that matter."""

OF_A_FILE = ("file", "permissions")
"""What matters of a file that a container is given: never its content."""


def reduced(preview: Mapping[str, Any], replaced: Mapping[str, str]) -> dict[str, Any]:
    """A preview's resources by name.

    :param preview: what `pulumi preview --json` prints.
    :param replaced: texts of the moment, such as a container's name, and what stands for them.
    """
    states = [step["newState"] for step in preview["steps"]]
    resources = {state["urn"].rpartition("::")[2]: _resource(state) for state in states}
    text = json.dumps(resources, sort_keys=True, ensure_ascii=False)
    for moment, stands in {**replaced, UNKNOWN: "UNKNOWN"}.items():
        text = text.replace(moment, stands)
    return dict(json.loads(text))


def _resource(state: Mapping[str, Any]) -> dict[str, Any]:
    inputs = state.get("inputs", {})
    shown = {
        key: inputs[key] for key in MATTERS.get(state["type"], sorted(inputs)) if key in inputs
    }
    if isinstance(shown.get("uploads"), list):
        shown["uploads"] = [
            {key: upload[key] for key in OF_A_FILE if key in upload} for upload in shown["uploads"]
        ]
    options = {key: state[key] for key in OPTIONS if key in state}
    return {
        "type": state["type"],
        "properties": {key: _in_order(value) for key, value in shown.items()},
        **options,
    }


def _in_order(value: Any) -> Any:
    """A value whose lists have an order of their own (the provider's sets come in any), without the provider's own notes."""
    if isinstance(value, dict):
        return {key: _in_order(item) for key, item in value.items() if key != "__defaults"}
    return (
        sorted(
            (_in_order(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True)
        )
        if isinstance(value, list)
        else value
    )


def written(path: Path, resources: Mapping[str, Any]) -> None:
    """Write a snapshot for review."""
    path.write_text(json.dumps(resources, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
