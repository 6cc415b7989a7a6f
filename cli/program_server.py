"""Runs the program for the CLI from this process, as Pulumi's Automation API runs inline programs.

The CLI then need not ask pip for the environment's packages (twice) nor start Python, and the program is loaded while the CLI starts: half
of the time that an update takes beside its resources. `pulumi up` typed by hand runs the same program in its own way.
"""

from __future__ import annotations

import contextlib
import gc
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from pulumi.automation._server import LanguageServer
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from cli.pulumi_cli import PAST_PROXIES
from common.errors import UserError
from common.pulumi_runtime import redact_debug_log


class _Program(LanguageServer):
    """What the CLI asks a language host for."""

    def Run(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Run the program; its errors are in the log already, and a second telling would only hide them."""
        try:
            response = super().Run(request, context)  # type: ignore[no-untyped-call]
        except (
            UserError
        ):  # of a second task, which the SDK awaits after it has told the first one's
            return language_pb2.RunResponse(bail=True)
        return language_pb2.RunResponse(bail=True) if response.error else response


def _load() -> None:
    """Load what the program loads at its first use, too."""
    import components.program  # noqa: F401
    from components.docker.connection import docker  # noqa: F401


@contextlib.contextmanager
def served_program() -> Iterator[tuple[str, ...]]:
    """Serve the program; what a command of the CLI needs to be told of it."""
    loading = threading.Thread(target=_load, daemon=True)
    loading.start()
    redact_debug_log()
    os.environ.update(PAST_PROXIES)
    gc.disable()

    def run() -> None:
        loading.join()
        from components.program import program

        program()

    server = grpc.server(ThreadPoolExecutor(max_workers=4), options=_GRPC_CHANNEL_OPTIONS)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(_Program(run), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield (f"--client=127.0.0.1:{port}", "--exec-kind=auto.inline")
    finally:
        server.stop(grace=None)
        gc.enable()
