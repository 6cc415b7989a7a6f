"""The program run on the trial's engine: the stack's settings, the registry, its outputs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime import config, mocks

from cli.console import say
from cli.remains import COMPONENT
from cli.stack import PROJECT
from cli.table import SECRET
from common.features import Features, use_features
from components.pack_registry import PackRegistry
from components.program import stack_arguments
from trial.engine import Engine
from trial.removal import owner


@dataclass
class Outputs:
    """A registry's outputs."""

    values: dict[str, Any] = field(default_factory=dict)
    secret: set[str] = field(default_factory=set)

    def shown(self, *, secrets: bool) -> dict[str, Any]:
        """The values, secret ones only where they are asked for."""
        return {
            name: SECRET if name in self.secret and not secrets else value
            for name, value in self.values.items()
        }


class _Log(logging.Handler):
    """Says what the program logs."""

    def emit(self, record: logging.LogRecord) -> None:
        say(
            f"warning: {record.getMessage()}"
            if record.levelno >= logging.WARNING
            else record.getMessage()
        )


def apply(engine: Engine, stack: str, texts: Mapping[str, str]) -> Outputs:
    """Run the program and wait for all that it started, the proof of the registry included.

    :param texts: the stack's config, by key with its namespace.
    :raises components.errors.UserError: where settings are wrong, the Docker host is not ready, or the registry does not pass.
    """
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(
        lambda *_: None
    )  # what fails is raised here; the same failure in other places is not for the screen
    asyncio.set_event_loop(loop)
    logger = logging.Logger("pulumi", logging.INFO)
    logger.addHandler(_Log())
    made = Outputs()

    async def resolve(outputs: Mapping[str, pulumi.Output[Any]]) -> None:
        for name, output in outputs.items():
            made.values[name] = await output.future()
            if await output.is_secret():
                made.secret.add(name)

    @pulumi.runtime.test  # type: ignore[untyped-decorator]  # the SDK says nothing of its types
    def started() -> pulumi.Output[None]:
        with use_features(Features(resource_hooks=False)):  # mocks don't call hooks
            return pulumi.Output.from_input(resolve(PackRegistry(COMPONENT, arguments).outputs))

    config.set_all_config(dict(texts), [])
    mocks.set_mocks(engine, PROJECT, stack, preview=False, logger=logger)
    arguments = stack_arguments()  # which names the stack as the user does
    mocks.set_mocks(engine, PROJECT, owner(stack).stack, preview=False, logger=logger)
    started()
    return made
