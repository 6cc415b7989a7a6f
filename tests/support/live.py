"""Registries that really run, in whichever way they are brought up; each has a stack, a port and names of its own, and nothing is left behind."""

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
    """What the user was shown by the last command."""

    def __init__(self, directory: Path, **settings: Any) -> None:
        """Prepare a stack with the development image, a free port of the loopback address, and the settings given."""
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
        """Change settings; None takes one away."""
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
        """The stack that the labels of its Docker objects name."""

    @abstractmethod
    def up(self) -> dict[str, Any]:
        """Bring it up; the outputs' values."""

    @abstractmethod
    def failed_up(self) -> str:
        """Bring it up, expect that to fail, and return what the user is shown; never a traceback."""

    @abstractmethod
    def down(self) -> None:
        """Remove it."""

    @abstractmethod
    def expect_settled(self) -> None:
        """What runs is what is declared, as far as the way can tell."""

    @property
    def writers(self) -> list[str]:
        """Names of the containers that write its files."""
        return [
            f"{self.stack_name}-config-{purpose}-writer" for purpose in ("certificate", "users")
        ]

    @property
    def containers_of_https(self) -> set[str]:
        """Names of the containers that it consists of, where it has a certificate."""
        return {self.stack_name, *self.writers}

    def containers(self) -> set[str]:
        """Names of its containers, running or not."""
        return container_names(self.label)

    def volumes(self) -> set[str]:
        """Names of its volumes."""
        return volume_names(self.label)

    def expect_untouched(self) -> None:
        """Nothing was made."""
        assert (self.containers(), self.volumes()) == (set(), set()), (
            "nothing may be made before everything is checked"
        )


def expect_no_traceback(text: str) -> None:
    """What a user is shown is sentences."""
    assert "Traceback" not in text, text
    assert "unhandled error" not in text, text


Made_co = TypeVar("Made_co", bound=Registry, covariant=True)


class Factory(Generic[Made_co]):
    """Makes registries in one way, and removes all that they made."""

    def __init__(self, directory: Path, way: type[Made_co]) -> None:
        self._directory = directory
        self._way = way
        self._made: list[Made_co] = []

    def __call__(self, **settings: Any) -> Made_co:
        directory = self._directory / str(len(self._made))
        directory.mkdir()
        made = self._way(directory, **settings)
        self._made.append(made)
        return made

    def remove(self) -> None:
        for made in self._made:
            remove_all_of(made.label)
