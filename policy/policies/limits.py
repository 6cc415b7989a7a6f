"""What a container that is started may use of its host, and what becomes of it when it ends."""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping
from typing import Any

from pulumi_policy import Severity

from policy.policies.docker import CONTAINERS, PIDS_LABEL, is_started, labels
from policy.policy import Config, ResourceRule, number, texts
from policy.resource import UNKNOWN, Declared

_LOG_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)([kmg]?)b?", re.IGNORECASE)
_UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30}
_MEBIBYTE = 2**20


def _judge_restart(container: Declared, config: Config) -> Iterator[str]:
    policy = container.get("restart", "no")
    if is_started(container) and policy is not UNKNOWN and policy not in config["allowed"]:
        yield f"the restart policy is {policy}, so the container stays down after a crash or a reboot of its host"


def _remedy_restart(
    properties: MutableMapping[str, Any], container: Declared, config: Config
) -> bool:
    if not config["allowed"] or not list(_judge_restart(container, config)):
        return False
    properties["restart"] = config["allowed"][0]
    return True


RESTART_POLICY = ResourceRule(
    name="container-restart-policy",
    description="A container that is started comes back after a crash and a reboot of its host.",
    severity=Severity.MEDIUM,
    types=CONTAINERS,
    judge=_judge_restart,
    remedy=_remedy_restart,
    keys=("server.restart",),
    fix="set server.restart to one that is allowed",
    elsewhere="set restart of the Container to it",
    options={
        "allowed": texts(
            ("always", "unless-stopped"),
            "Restart policies that are allowed; a remediation sets the first.",
        )
    },
)


def _judge_memory(container: Declared, config: Config) -> Iterator[str]:
    memory = container.get("memory", 0)
    if not is_started(container) or memory is UNKNOWN:
        return
    low, high = config["minMebibytes"], config["maxMebibytes"]
    if not memory:
        yield f"there is no memory limit, and allowed are {low:g} to {high:g} MiB"
    elif not low <= memory <= high:
        yield f"the memory limit is {memory:g} MiB, and allowed are {low:g} to {high:g} MiB"


MEMORY_LIMIT = ResourceRule(
    name="container-memory-limit",
    description="A container that is started has a memory limit within bounds.",
    severity=Severity.MEDIUM,
    types=CONTAINERS,
    judge=_judge_memory,
    keys=("limits.memory",),
    fix="set limits.memory within these bounds, such as 2g",
    elsewhere="set memory of the Container, in MiB",
    options={
        "minMebibytes": number(512, "Least memory limit, in MiB.", minimum=6),
        "maxMebibytes": number(65536, "Greatest memory limit, in MiB.", minimum=6),
    },
)


def _processors(container: Declared) -> Any:
    """The CPU limit in processors; 0 where there is none, UNKNOWN where it is not known."""
    cpus, quota, period = (
        container.get("cpus"),
        container.get("cpuQuota", 0),
        container.get("cpuPeriod", 100_000),
    )
    if UNKNOWN in (cpus, quota, period):
        return UNKNOWN
    try:
        return float(cpus) if cpus else quota / (period or 100_000)
    except ValueError:
        return 0.0


def _judge_cpu(container: Declared, config: Config) -> Iterator[str]:
    cpus = _processors(container)
    if not is_started(container) or cpus is UNKNOWN:
        return
    low, high = config["minProcessors"], config["maxProcessors"]
    if not cpus > 0:
        yield f"there is no CPU limit, and allowed are {low:g} to {high:g} processors"
    elif not low <= cpus <= high:
        yield f"the CPU limit is {cpus:g} processors, and allowed are {low:g} to {high:g}"


CPU_LIMIT = ResourceRule(
    name="container-cpu-limit",
    description="A container that is started has a CPU limit within bounds.",
    severity=Severity.MEDIUM,
    types=CONTAINERS,
    judge=_judge_cpu,
    keys=("limits.cpus",),
    fix="set limits.cpus within these bounds, such as 1",
    elsewhere='set cpus of the Container, such as "1.0", or cpuQuota',
    options={
        "minProcessors": number(0.5, "Least CPU limit, in processors."),
        "maxProcessors": number(32, "Greatest CPU limit, in processors."),
    },
)


def _pids(container: Declared) -> Any:
    """The limit of processes: the label's, else that of `nproc`; 0 where there is none, UNKNOWN where it is not known."""
    label = labels(container).get(PIDS_LABEL)
    limits = [
        limit.get("hard") for limit in container.groups("ulimits") if limit.get("name") == "nproc"
    ]
    if UNKNOWN in (label, *limits, *container.listed("labels"), *container.listed("ulimits")):
        return UNKNOWN
    if label is not None:
        return int(label) if str(label).isdecimal() else 0
    return int(limits[0] or 0) if limits else 0


def _judge_pids(container: Declared, config: Config) -> Iterator[str]:
    pids = _pids(container)
    if not is_started(container) or pids is UNKNOWN:
        return
    low, high = config["min"], config["max"]
    if pids <= 0:
        yield f"there is no limit of processes, and allowed are {low:g} to {high:g}"
    elif not low <= pids <= high:
        yield f"the limit of processes is {pids}, and allowed are {low:g} to {high:g}"


PIDS_LIMIT = ResourceRule(
    name="container-pids-limit",
    description="A container that is started has a limit of processes within bounds. The Docker provider has no argument for Docker's own limit: "
    f"the label {PIDS_LABEL} says what is set on the running container, or the ulimit nproc stands for it.",
    severity=Severity.MEDIUM,
    types=CONTAINERS,
    judge=_judge_pids,
    keys=("limits.pids",),
    fix="set limits.pids within these bounds, such as 256",
    elsewhere=f"set ulimits of the Container to nproc with such a hard limit, or run `docker update --pids-limit` and label it {PIDS_LABEL}",
    options={
        "min": number(64, "Least limit of processes.", minimum=1),
        "max": number(4096, "Greatest limit of processes.", minimum=1),
    },
)


def _log_faults(container: Declared, config: Config) -> Iterator[str]:
    driver, options = container.get("logDriver", "json-file"), container.get("logOpts", {})
    if UNKNOWN in (driver, options) or driver not in ("json-file", "local"):
        return  # the others write no file on the Docker host, or leave its rotation to the host's own journal
    size, files = (
        options.get("max-size"),
        options.get("max-file", "1" if driver == "json-file" else "5"),
    )
    if size is None and driver == "json-file":
        yield "the container's log grows without end"
    if (
        isinstance(size, str)
        and (bytes_ := _size(size)) is not None
        and not 0 < bytes_ <= config["maxMebibytes"] * _MEBIBYTE
    ):
        yield f"the container's log is rotated at {size}, and allowed are {config['maxMebibytes']:g} MiB"
    if isinstance(size, str) and _size(size) is None:
        yield f"the container's log is rotated at {size}, which is no size"
    if isinstance(files, str) and (
        not files.isdecimal() or not 1 <= int(files) <= config["maxFiles"]
    ):
        yield f"{files} log files are kept, and allowed are 1 to {config['maxFiles']:g}"


def _size(text: str) -> float | None:
    match = _LOG_SIZE.fullmatch(text)
    return float(match[1]) * _UNITS[match[2].lower()] if match else None


def _judge_log(container: Declared, config: Config) -> Iterator[str]:
    if is_started(container):
        yield from _log_faults(container, config)


def _remedy_log(properties: MutableMapping[str, Any], container: Declared, config: Config) -> bool:
    if not list(_judge_log(container, config)):
        return False
    kept = {
        key: value
        for key, value in container.get("logOpts", {}).items()
        if key not in ("max-size", "max-file")
    }
    if UNKNOWN in kept.values():
        return False
    properties["logDriver"] = container.get("logDriver", "json-file")
    properties["logOpts"] = {
        **kept,
        "max-size": f"{min(10, int(config['maxMebibytes']))}m",
        "max-file": str(min(3, int(config["maxFiles"]))),
    }
    return True


LOG_ROTATION = ResourceRule(
    name="container-log-rotation",
    description="The log that Docker keeps of a container that is started is rotated (drivers json-file and local), and its files are bounded.",
    severity=Severity.MEDIUM,
    types=CONTAINERS,
    judge=_judge_log,
    remedy=_remedy_log,
    keys=("server.logMaxSize", "server.logMaxFiles"),
    fix="set server.logMaxSize and server.logMaxFiles within these bounds, such as 10m and 3",
    elsewhere="set max-size and max-file in logOpts of the Container",
    options={
        "maxMebibytes": number(100, "Greatest size at which a log is rotated, in MiB.", minimum=1),
        "maxFiles": number(10, "Greatest number of log files kept.", minimum=1),
    },
)
