"""The files that ``make monitoring`` writes into a directory."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cli.console import CommandError
from cli.monitoring.dashboard import dashboard
from cli.monitoring.manifests import manifests
from cli.monitoring.registry import Monitored
from cli.monitoring.rules import rule_groups
from cli.monitoring.scrape import scrape_configs, targets
from components.settings import Target

PUBLIC_MODE, SECRET_MODE = 0o644, 0o600


def monitoring_files(registry: Monitored) -> dict[str, str]:
    """Return the content of the files by name, without the figures. One of them may be secret."""
    stack = registry.stack
    files = {f"{stack}.dashboard.json": _json(dashboard(registry))}
    if registry.target is Target.KUBERNETES:
        objects = manifests(registry)
        return files | {f"{stack}.{kind}.yaml": _yaml(content, stack) for kind, content in objects}
    files |= {
        f"{stack}.scrape.yml": _yaml(scrape_configs(registry), stack),
        f"{stack}.targets.json": _json(targets(registry)),
        f"{stack}.rules.yml": _yaml(rule_groups(registry), stack),
    }
    if registry.ca_pem:
        files[f"{stack}.ca.crt"] = registry.ca_pem
    if registry.password:
        files[password_file(stack)] = registry.password
    return files


def password_file(stack: str) -> str:
    """Return the name of the file with the password, which only its owner can read."""
    return f"{stack}.password"


def figures_file(stack: str) -> str:
    """Return the name of the file with figures. The node exporter reads files that end in .prom."""
    return f"{stack}.prom"


def write_files(directory: Path, files: Mapping[str, str]) -> None:
    """Write files into a directory, which is created if it is missing.

    :raises CommandError: if that fails.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            is_secret = name.endswith(".password")
            _write(directory / name, content, SECRET_MODE if is_secret else PUBLIC_MODE)
    except OSError as error:
        raise CommandError(
            f"FILE: {error.filename or directory} can't be written ({error.strerror}). Set FILE to "
            "a directory that you may write."
        ) from None


def _write(path: Path, content: str, mode: int) -> None:
    """Write a file, complete or not at all: Prometheus reads it at any time.

    It keeps its owner, who may be the user of Prometheus.
    """
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, mode)
        if os.geteuid() == 0 and path.exists():
            owner = path.stat()
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
        file.write(content)
    new.replace(path)


def _json(content: Any) -> str:
    return json.dumps(content, indent=2) + "\n"


def _yaml(content: Any, stack: str) -> str:
    import yaml

    text: str = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=1000)
    return f"# Written by `make monitoring STACK={stack}`, which replaces this file.\n{text}"
