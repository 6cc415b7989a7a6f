"""Runs the Pulumi program on the trial's engine: settings, registry, outputs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime import config, mocks

from cli.console import info
from cli.owners import COMPONENT, trial_owner
from cli.paths import PROJECT
from cli.table import MASK
from common.features import Features, use_features
from components.pack_registry import PackRegistry
from components.program import stack_arguments
from trial.engine import Engine


@dataclass
class Outputs:
    """A registry's outputs."""

    values: dict[str, Any] = field(default_factory=dict)
    secret: set[str] = field(default_factory=set)
    """Names of the secret outputs."""

    def masked(self, *, secrets: bool) -> dict[str, Any]:
        """Return the values, with secret ones masked unless ``secrets`` is true."""
        return {
            name: MASK if name in self.secret and not secrets else value
            for name, value in self.values.items()
        }


class _ConsoleHandler(logging.Handler):
    """Prints the program's log on the console."""

    def emit(self, record: logging.LogRecord) -> None:
        prefix = "warning: " if record.levelno >= logging.WARNING else ""
        info(f"{prefix}{record.getMessage()}")


def apply(engine: Engine, stack: str, texts: Mapping[str, str]) -> Outputs:
    """Run the program and wait until it is complete, including the registry's verification.

    :param texts: the stack's config, by key with its namespace.
    :raises common.errors.UserError: if settings are invalid, the Docker host is not ready, or the
        registry fails its verification.
    """
    loop = asyncio.new_event_loop()
    # The first error is raised below. asyncio would print the same error for other tasks too.
    loop.set_exception_handler(lambda *_: None)
    asyncio.set_event_loop(loop)
    logger = logging.Logger("pulumi", logging.INFO)
    logger.addHandler(_ConsoleHandler())
    result = Outputs()

    async def resolve(outputs: Mapping[str, pulumi.Output[Any]]) -> None:
        for name, output in outputs.items():
            result.values[name] = await output.future()
            if await output.is_secret():
                result.secret.add(name)

    @pulumi.runtime.test  # type: ignore[untyped-decorator]  # the SDK has no types for it
    def run_program() -> pulumi.Output[None]:
        with use_features(Features(resource_hooks=False)):  # Pulumi's mocks can't call them
            return pulumi.Output.from_input(resolve(PackRegistry(COMPONENT, arguments).outputs))

    config.set_all_config(dict(texts), [])
    mocks.set_mocks(engine, PROJECT, stack, preview=False, logger=logger)
    arguments = stack_arguments()  # uses the user's stack name in its messages
    mocks.set_mocks(engine, PROJECT, trial_owner(stack).stack, preview=False, logger=logger)
    run_program()
    return result
