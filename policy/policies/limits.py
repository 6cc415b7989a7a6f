"""Resource limits and restart policies of running containers, and the rotation of their logs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from pulumi_policy import Severity

from common.labels import PIDS_LABEL
from policy.factories import Bound, Measured, within_bounds
from policy.policy import Config, ResourcePolicy, number, string_list
from policy.readers.docker import CONTAINERS, is_started, statement
from policy.readers.kubernetes import POD
from policy.readers.pods import Pod
from policy.readers.workloads import ALL_CONTAINERS, containers
from policy.resources import UNKNOWN, Resource

_LOG_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)([kmg]?)b?", re.IGNORECASE)
_UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30}
_MEBIBYTE = 2**20
_LOG_FILES = {"json-file": "1", "local": "5"}
"""The drivers that write files on the Docker host, and how many files each keeps by default."""


def _remediate_restart(
    properties: MutableMapping[str, Any], container: Resource, config: Config
) -> bool:
    if container.type == POD or not config["allowed"]:
        return False
    properties["restart"] = config["allowed"][0]
    return True


def _validate_restart(resource: Resource, config: Config) -> Iterator[str]:
    if resource.type == POD:
        title, value = "Pod", Pod(resource).get("restartPolicy") or "Always"
        normal = {"Always": "always", "OnFailure": "on-failure", "Never": "no"}.get(value, value)
    else:
        title, normal = "Container", resource.get("restart", "no")
    if normal is not UNKNOWN and normal not in config["allowed"]:
        yield (
            f"{title} must restart after a crash or a reboot of its host; its restart policy is "
            f"{normal}"
        )


RESTART_POLICY = ResourcePolicy(
    name="container-restart-policy",
    description="Running containers must restart after a crash and a reboot of their host.",
    reason="Otherwise the registry is unavailable until someone starts it.",
    severity=Severity.MEDIUM,
    types=CONTAINERS | {POD},
    condition=is_started,
    validate=_validate_restart,
    remediate=_remediate_restart,
    settings=("server.restart",),
    remediation="Set server.restart to an allowed restart policy",
    remediation_elsewhere="set restart of the Container to one. Set restartPolicy of the Pod to "
    "Always, or declare a Job",
    options={
        "allowed": string_list(
            ("always", "unless-stopped"),
            "Allowed restart policies. The remediation sets the first one.",
        )
    },
)


_RUNNING: Mapping[str, Any] = {"types": CONTAINERS, "condition": is_started}
"""The arguments of a policy on what only Docker limits for each container."""


def _limit(value: Any, title: str = "Container", *, has_minimum: bool = True) -> Iterator[Measured]:
    """A limit of a container for `within_bounds`; nothing if it is unknown."""
    if value is not UNKNOWN:
        yield Measured(title, value if value > 0 else None, has_minimum)


def _memory(resource: Resource) -> Iterator[Measured]:
    for one in containers(resource):
        yield from _limit(one.memory, one.title, has_minimum=one.is_server)


MEMORY_LIMIT = within_bounds(
    _memory,
    "a memory limit",
    Bound("minMebibytes", 512, "Minimum memory limit, in MiB.", least=6),
    Bound("maxMebibytes", 65536, "Maximum memory limit, in MiB.", least=6),
    unit=" MiB",
    name="container-memory-limit",
    description="Running containers must have a memory limit in the configured range.",
    reason="Without one, a container can use all memory of its host. Unlimited swap counts as no "
    "limit. Init containers may have less than the minimum.",
    severity=Severity.MEDIUM,
    types=ALL_CONTAINERS,
    condition=is_started,
    settings=("limits.memory",),
    remediation="Set limits.memory in this range, for example to 2g, or "
    "kubernetes.resources.memoryLimit on Kubernetes",
    remediation_elsewhere="set memory of the Container, in MiB, and memorySwap to the same, or "
    "resources.limits.memory of the container in Kubernetes",
)


def _cpus(container: Resource) -> Any:
    """The CPU limit in processors, or UNKNOWN; 0 if there is none."""
    cpus, quota = container.get("cpus"), container.get("cpuQuota", 0)
    period = container.get("cpuPeriod", 100_000)
    if UNKNOWN in (cpus, quota, period):
        return UNKNOWN
    try:
        return float(cpus) if cpus else quota / (period or 100_000)
    except ValueError:
        return 0.0


CPU_LIMIT = within_bounds(
    lambda container: _limit(_cpus(container)),
    "a CPU limit",
    Bound("minProcessors", 0.5, "Minimum CPU limit, in processors."),
    Bound("maxProcessors", 32, "Maximum CPU limit, in processors."),
    unit=" processors",
    name="container-cpu-limit",
    description="Running containers must have a CPU limit in the configured range.",
    reason="Without one, a container can use all processors of its host.",
    severity=Severity.MEDIUM,
    **_RUNNING,
    settings=("limits.cpus",),
    remediation="Set limits.cpus in this range, for example to 1",
    remediation_elsewhere='set cpus of the Container, for example to "1.0", or cpuQuota',
)


def _pids(container: Resource) -> Any:
    """The stated process limit, else that of `nproc`, or UNKNOWN; 0 if there is none.

    The kernel does not apply `nproc` to root (setrlimit(2)).
    """
    label = statement(container, PIDS_LABEL)
    limits = [
        limit.get("hard")
        for limit in container.get_objects("ulimits")
        if limit.get("name") == "nproc"
    ]
    user = container.get("user", "")
    known = (label, user, *limits, *container.get_list("ulimits"))
    if UNKNOWN in known:
        return UNKNOWN
    if label is not None:
        return int(label) if str(label).isdecimal() else 0
    if not limits or _is_root(user):
        return 0
    return max(int(limit or 0) for limit in limits)


def _is_root(user: str) -> bool:
    name = user.partition(":")[0].strip()
    return name in ("", "root") or (name.lstrip("+-").isdecimal() and int(name) <= 0)


PIDS_LIMIT = within_bounds(
    lambda container: _limit(_pids(container)),
    "a process limit",
    Bound("min", 64, "Minimum process limit.", least=1),
    Bound("max", 4096, "Maximum process limit.", least=1),
    name="container-pids-limit",
    description="Running containers must have a process limit in the configured range.",
    reason="Without one, a container can use all process IDs of its host. The Docker "
    "provider has no argument for it. A pack registry sets the limit after each update, and its "
    f"label {PIDS_LABEL} states it. Elsewhere, the label counts for nothing, and the ulimit nproc "
    "counts if the user is not root.",
    severity=Severity.MEDIUM,
    **_RUNNING,
    settings=("limits.pids",),
    remediation="Set limits.pids in this range, for example to 256",
    remediation_elsewhere="set the hard limit nproc in the Container's ulimits, and user to a user "
    "other than root",
)


def _validate_log(container: Resource, config: Config) -> Iterator[str]:
    driver, options = container.get("logDriver", "json-file"), container.get("logOpts", {})
    if UNKNOWN in (driver, options) or driver not in _LOG_FILES:
        return
    size, files = options.get("max-size"), options.get("max-file", _LOG_FILES[driver])
    allowed = f"at {config['maxMebibytes']:g} MiB or less"
    if size is None and driver == "json-file":
        yield f"Container's log must be rotated {allowed}; max-size is not set"
    elif isinstance(size, str) and not 0 < _bytes(size) <= config["maxMebibytes"] * _MEBIBYTE:
        yield f"Container's log must be rotated {allowed}; max-size is {size}"
    if isinstance(files, str) and not (files.isdecimal() and 1 <= int(files) <= config["maxFiles"]):
        yield f"Container's log must have 1 to {config['maxFiles']:g} files; max-file is {files}"


def _bytes(size: str) -> float:
    """A size in bytes; 0 if it is not a size."""
    match = _LOG_SIZE.fullmatch(size)
    return float(match[1]) * _UNITS[match[2].lower()] if match else 0


def _remediate_log(
    properties: MutableMapping[str, Any], container: Resource, config: Config
) -> bool:
    options = {**container.get("logOpts", {})}
    options["max-size"] = f"{min(10, int(config['maxMebibytes']))}m"
    options["max-file"] = str(min(3, int(config["maxFiles"])))
    if UNKNOWN in options.values():
        return False
    properties["logDriver"] = container.get("logDriver", "json-file")
    properties["logOpts"] = options
    return True


LOG_ROTATION = ResourcePolicy(
    name="container-log-rotation",
    description="Running containers must rotate the log files that Docker writes on the host.",
    reason="Otherwise the logs can fill the disk. The policy checks the drivers json-file "
    "and local.",
    severity=Severity.MEDIUM,
    **_RUNNING,
    validate=_validate_log,
    remediate=_remediate_log,
    settings=("server.logMaxSize", "server.logMaxFiles"),
    remediation="Set server.logMaxSize and server.logMaxFiles in this range, for example to 10m "
    "and 3",
    remediation_elsewhere="set max-size and max-file in logOpts of the Container",
    options={
        "maxMebibytes": number(100, "Maximum size of a log file, in MiB.", minimum=1),
        "maxFiles": number(10, "Maximum number of log files.", minimum=1),
    },
)
