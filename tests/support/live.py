"""Running registries, with the Pulumi engine or as a trial: own stack, own port, own names."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Generic, TypeVar

import yaml

from cli.paths import PROJECT
from tests.support.docker import (
    DEVELOPMENT_IMAGE,
    container_names,
    free_port,
    remove_all_of,
    unique_name,
    volume_names,
)


class Registry(ABC):
    """One stack of the program."""

    said: str = ""
    """The output of the last command."""

    def __init__(self, directory: Path, **settings: Any) -> None:
        """Prepare a stack with the development image, a free loopback port, and settings."""
        self.directory = directory
        self.stack_name = unique_name("test")
        self.port = free_port()
        self.settings: dict[str, Any] = {
            "hostname": "localhost",
            "containerName": self.stack_name,
            "port": self.port,
            "bindAddress": "127.0.0.1",
            "image": DEVELOPMENT_IMAGE,
            "tls": {"algorithm": "ecdsa-p256"},
            **settings,
        }
        self.write()

    @property
    def config_file(self) -> Path:
        return self.directory / f"Pulumi.{self.stack_name}.yaml"

    def write(self, **changes: Any) -> None:
        """Change settings. None removes a setting."""
        self.settings.update(changes)
        written: dict[str, Any] = (
            yaml.safe_load(self.config_file.read_text()) if self.config_file.exists() else {}
        )
        written["config"] = {
            f"{PROJECT}:{key}": value for key, value in self.settings.items() if value is not None
        }
        self.config_file.write_text(yaml.safe_dump(written))

    @property
    @abstractmethod
    def label(self) -> str:
        """The stack in the labels of its Docker objects."""

    @abstractmethod
    def up(self) -> dict[str, Any]:
        """Create or update it, and return its outputs."""

    @abstractmethod
    def failed_up(self) -> str:
        """Run an update that must fail without a traceback, and return its output."""

    @abstractmethod
    def down(self) -> None:
        """Remove it."""

    @abstractmethod
    def expect_settled(self) -> None:
        """Check that nothing has changed since the update, if it can be checked."""

    @property
    def writers(self) -> list[str]:
        """Names of the file writers."""
        return [
            f"{self.stack_name}-config-{purpose}-writer" for purpose in ("certificate", "users")
        ]

    @property
    def containers_of_https(self) -> set[str]:
        """Names of all its containers, if it has a certificate."""
        return {self.stack_name, *self.writers}

    def containers(self) -> set[str]:
        """Return the names of its existing containers, running or not."""
        return container_names(self.label)

    def volumes(self) -> set[str]:
        """Return the names of its existing volumes."""
        return volume_names(self.label)

    def expect_untouched(self) -> None:
        """Check that nothing was created."""
        assert (self.containers(), self.volumes()) == (set(), set()), (
            "all checks must precede all changes"
        )


def expect_no_traceback(text: str) -> None:
    """Check that users see messages, not tracebacks."""
    assert "Traceback" not in text, text
    assert "unhandled error" not in text, text


Registry_co = TypeVar("Registry_co", bound=Registry, covariant=True)


class Factory(Generic[Registry_co]):
    """Creates registries of one type, and removes all their Docker objects."""

    def __init__(self, directory: Path, registry_type: type[Registry_co]) -> None:
        self._directory = directory
        self._type = registry_type
        self._registries: list[Registry_co] = []

    def __call__(self, **settings: Any) -> Registry_co:
        directory = self._directory / str(len(self._registries))
        directory.mkdir()
        registry = self._type(directory, **settings)
        self._registries.append(registry)
        return registry

    def remove(self) -> None:
        for registry in self._registries:
            remove_all_of(registry.label)
