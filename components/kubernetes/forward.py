"""Ports of pods, forwarded to this machine through the cluster's API, as `kubectl port-forward`."""

from __future__ import annotations

import contextlib
import select
import socket
import socketserver
import threading
from collections.abc import Iterator
from typing import Any

from components.kubernetes.cluster import Cluster
from components.kubernetes.plan import KubernetesPlan
from components.settings import TlsMode
from components.verification.probe import Probe
from components.verification.tls_client import Endpoint, TlsTrust

CHUNK = 65536


@contextlib.contextmanager
def forwarded_port(cluster: Cluster, namespace: str, pod: str, port: int) -> Iterator[int]:
    """Listen on a loopback port whose connections end at a pod's port.

    A connection that the cluster does not forward is closed.
    """

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(Exception):  # the client sees a closed connection
                _relay(self.request, _connect(cluster, namespace, pod, port))

    with _Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


@contextlib.contextmanager
def forwarded_probe(
    cluster: Cluster, plan: KubernetesPlan, pod: str, trust: TlsTrust
) -> Iterator[Probe]:
    """Yield a probe of the server in a pod.

    :param pod: the pod's name.
    :param trust: how clients verify the server, if it uses TLS.
    """
    used = None if plan.tls_mode is TlsMode.OFF else trust
    with forwarded_port(cluster, plan.namespace, pod, plan.process.port) as port:
        endpoint = Endpoint(plan.hostname, "127.0.0.1", plan.client_port, used, forwarded_port=port)
        yield Probe(endpoint, plan.process.api)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False


def _connect(cluster: Cluster, namespace: str, pod: str, port: int) -> Any:
    """Open a connection to a pod's port. Returns an object like a socket."""
    from kubernetes.stream import portforward

    connect = cluster.separate_core().connect_get_namespaced_pod_portforward
    forward = portforward(connect, pod, namespace, ports=str(port))
    remote = forward.socket(port)
    remote.setblocking(True)
    return remote


def _relay(local: socket.socket, remote: Any) -> None:
    """Copy bytes in both directions until one side closes."""
    with contextlib.closing(remote):
        while True:
            readable, _, _ = select.select([local, remote], [], [])
            for source in readable:
                data = source.recv(CHUNK)
                if not data:
                    return
                (remote if source is local else local).sendall(data)
