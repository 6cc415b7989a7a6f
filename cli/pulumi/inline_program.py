"""Runs the program for the CLI in this process, as Pulumi's Automation API runs inline programs.

The CLI then does not start Python or query pip, and the program loads while the CLI starts. That
halves the fixed time of an update. The public API has no live display, so this module
uses the private language server behind it. `pulumi up` typed by hand starts its own process.
"""

from __future__ import annotations

import contextlib
import gc
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import grpc
import pulumi
from pulumi.automation._server import LanguageServer
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from cli.pulumi.binary import BYPASS_PROXY
from common.errors import UserError
from common.pulumi_runtime import redact_output
from components.settings import Target


@dataclass
class ServedProgram:
    """The program, and how far the CLI's command came with it."""

    options: tuple[str, ...] = ()
    """The CLI options that use it."""
    passed_preview: bool = False
    """A preview ran the program without an error, and no update followed."""
    declared_resources: bool = False
    """An update declared resources, so something may have changed."""

    def watch_update(self) -> None:
        """Notice the first resource that the running program declares in an update.

        The stack and components are resources of the state only.
        """
        if pulumi.runtime.is_dry_run():
            return
        monitor: Any = pulumi.runtime.settings.get_monitor()
        register = monitor.RegisterResource

        def registered(request: Any) -> Any:
            self.declared_resources |= request.custom
            return register(request)

        monitor.RegisterResource = registered


class _Program(LanguageServer):
    """The language host that the CLI calls."""

    def __init__(self, served: ServedProgram, program: Callable[[], None]) -> None:
        super().__init__(program)
        self._served = served

    def Run(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Run the program. Its errors are already in the log, so they are not returned again."""
        self._served.passed_preview = False
        try:
            response = super().Run(request, context)  # type: ignore[no-untyped-call]
        except UserError:  # from a second task: the SDK reports the first error, then awaits it
            return language_pb2.RunResponse(bail=True)
        if response.error or response.bail:
            return language_pb2.RunResponse(bail=True)
        self._served.passed_preview = bool(request.dryRun)
        return response


def _load(target: Target) -> None:
    """Import the program and what it imports at its first use."""
    from components.program import component_of

    component_of(target)
    if target is Target.DOCKER:
        from components.docker.connection import docker  # noqa: F401


@contextlib.contextmanager
def serve_program(target: Target) -> Iterator[ServedProgram]:
    """Serve the program for one command of the CLI.

    :param target: what the stack's registry runs on. Its component is loaded while the CLI starts.
    """
    loading = threading.Thread(target=_load, args=[target], daemon=True)
    loading.start()
    redact_output()
    os.environ.update(BYPASS_PROXY)
    gc.disable()

    def run() -> None:
        loading.join()
        from components.program import program

        served.watch_update()
        program()

    served = ServedProgram()
    server = grpc.server(ThreadPoolExecutor(max_workers=4), options=_GRPC_CHANNEL_OPTIONS)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(_Program(served, run), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        served.options = (f"--client=127.0.0.1:{port}", "--exec-kind=auto.inline")
        yield served
    finally:
        server.stop(grace=None)
        gc.enable()
