"""Limits of the server's container."""

from __future__ import annotations

from common.settings_model import SettingsModel, setting
from common.types.docker import CpuCount, MemorySize, ProcessCount


class Limits(SettingsModel):
    """Container resource limits."""

    memory: MemorySize = setting("2g", "Memory limit. The container gets no swap in addition.")
    cpus: CpuCount = setting(1.0, "CPU limit in CPUs.")
    pids: ProcessCount = setting(256, "Limit of processes and threads.")
