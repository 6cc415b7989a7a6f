"""A TCP relay in front of a server, which can cut or hold connections after some bytes."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from enum import Enum, auto

CHUNK = 16 * 1024


class Mode(Enum):
    """What happens when the limit is reached."""

    CUT = auto()
    """All connections are closed, and new ones are refused."""
    HOLD = auto()
    """No more bytes are sent."""


class Relay:
    """Relays connections to a server, and counts the bytes that the server sends."""

    def __init__(self, address: str, server: tuple[str, int]) -> None:
        self._listener = socket.create_server((address, 0))
        self._server = server
        self._opened: list[socket.socket] = []
        self._left = 0
        self._mode: Mode | None = None
        self.reached = threading.Event()
        """Set when the limit is reached."""
        self._resumed = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def netloc(self) -> str:
        host, port = self._listener.getsockname()
        return f"{host}:{port}"

    def limit(self, mode: Mode, count: int) -> None:
        """Cut or hold connections after a number of bytes."""
        self.reached.clear()
        self._resumed.clear()
        self._left, self._mode = count, mode

    def resume(self) -> None:
        """Relay everything again."""
        self._mode = None
        self.reached.clear()
        self._resumed.set()

    def close(self) -> None:
        self.resume()
        self._listener.close()
        self._close_all()

    def _close_all(self) -> None:
        for each in self._opened:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # until the listener is closed
            while True:
                client, _ = self._listener.accept()
                if self._mode is Mode.CUT and self.reached.is_set():
                    client.close()
                    continue
                try:
                    server = socket.create_connection(self._server)
                except OSError:
                    client.close()
                    continue
                self._opened += [client, server]
                for source, target, counts in ((client, server, False), (server, client, True)):
                    threading.Thread(
                        target=self._copy, args=(source, target, counts), daemon=True
                    ).start()

    def _copy(self, source: socket.socket, target: socket.socket, counts: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                if counts:
                    self._spend(len(data))
                target.sendall(data)
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _spend(self, count: int) -> None:
        if self._mode is None:
            return
        self._left -= count
        if self._left > 0:
            return
        self.reached.set()
        if self._mode is Mode.CUT:
            self._close_all()
        else:
            self._resumed.wait()


@contextlib.contextmanager
def relay(address: str, server: tuple[str, int]) -> Iterator[Relay]:
    """Run a relay.

    :param address: where it listens.
    :param server: host and port of the server.
    """
    created = Relay(address, server)
    try:
        yield created
    finally:
        created.close()
