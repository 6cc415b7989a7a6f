"""Let's Encrypt's own test server (pebble), which issues to whom it finds under a name: here that is always this machine."""

from __future__ import annotations

import contextlib
import json
import os
import ssl
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import urllib3

from tests.support.certificates import Issued, issue
from tests.support.docker import bridge_gateway, free_port
from tests.support.processes import found, listens, running
from tests.support.registry_server import listening, tls_of

PROGRAMS = ("pebble", "pebble-challtestsrv")


def pebble_is_missing() -> str | None:
    """Why there is no ACME server here; nothing where there is one."""
    missing = [program for program in PROGRAMS if not found(program)]
    return (
        f"{', '.join(missing)} can't be found; `make tools` builds them where Go is"
        if missing
        else None
    )


@dataclass(frozen=True)
class AcmeServer:
    """A running ACME server."""

    settings: dict[str, object]
    """The registry's TLS settings for it."""


@contextlib.contextmanager
def acme_server(registry_port: int) -> Iterator[AcmeServer]:
    """Run pebble meanwhile, and a DNS that answers with the loopback address whatever it is asked.

    :param registry_port: where the names are looked for, in the place of 443.
    """
    address, inner, management, dns = bridge_gateway(), free_port(), free_port(), free_port()
    authority = issue("ACME server's CA", ca=True)
    server = issue("pebble", [address, "127.0.0.1"], authority)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "cert.pem").write_text(server.certificate_pem)
        (directory / "key.pem").write_text(server.key_pem)
        config = {
            "listenAddress": f"127.0.0.1:{inner}",
            "managementListenAddress": f"127.0.0.1:{management}",
            "certificate": str(directory / "cert.pem"),
            "privateKey": str(directory / "key.pem"),
            "httpPort": free_port(),
            "tlsPort": registry_port,
            "ocspResponderURL": "",
            "externalAccountBindingRequired": False,
            "retryAfter": {"authz": 1, "order": 1},
            "profiles": {"default": {"description": "for tests", "validityPeriod": 7776000}},
        }
        (directory / "pebble.json").write_text(json.dumps({"pebble": config}))
        names = [
            "-dnsserver",
            f"127.0.0.1:{dns}",
            "-defaultIPv4",
            "127.0.0.1",
            "-defaultIPv6",
            "",
            "-management",
            f"127.0.0.1:{free_port()}",
        ]
        without = ["-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", ""]
        pebble = ["-config", str(directory / "pebble.json"), "-dnsserver", f"127.0.0.1:{dns}"]
        at_once = {**os.environ, "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"}
        with (
            contextlib.ExitStack() as stack,
            running(
                [found(PROGRAMS[1]) or "", *names, *without],
                lambda: listens(dns),
                directory / "dns.log",
            ),
            running(
                [found(PROGRAMS[0]) or "", *pebble],
                lambda: listens(management),
                directory / "pebble.log",
                environment=at_once,
            ),
        ):
            root = (
                stack.enter_context(_pool(authority))
                .request("GET", f"https://127.0.0.1:{management}/roots/0")
                .data.decode()
            )
            port = stack.enter_context(_naming_orders(address, inner, server, _pool(authority)))
            yield AcmeServer(
                {
                    "mode": "letsencrypt",
                    "letsencrypt": {
                        "email": "ops@example.com",
                        "directoryUrl": f"https://{address}:{port}/dir",
                        "directoryCaPem": authority.certificate_pem,
                        "trustPem": root,
                    },
                }
            )


def _pool(authority: Issued) -> urllib3.PoolManager:
    context = ssl.create_default_context(cadata=authority.certificate_pem)
    return urllib3.PoolManager(ssl_context=context, retries=False)


@contextlib.contextmanager
def _naming_orders(
    address: str, inner: int, server: Issued, pool: urllib3.PoolManager
) -> Iterator[int]:
    """Stand before pebble and name the order in the answer to its finalization.

    Let's Encrypt does (RFC 8555, 7.4, shows it), pebble does not, and Go's ACME client, which the server is built with, can't do without.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = (
            True  # else each answer with a body waits for an acknowledgement that the client delays
        )

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            got = pool.request(
                self.command,
                f"https://127.0.0.1:{inner}{self.path}",
                body=body or None,
                headers=dict(self.headers),
                redirect=False,
            )
            self.send_response(got.status)
            for name, value in got.headers.items():
                if name.lower() not in (
                    "content-length",
                    "date",
                    "transfer-encoding",
                    "connection",
                ):
                    self.send_header(name, value)
            if self.path.startswith("/finalize-order/"):
                self.send_header(
                    "Location",
                    f"https://{self.headers['Host']}/my-order/{self.path.rpartition('/')[2]}",
                )
            self.send_header("Content-Length", str(len(got.data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(got.data)

        do_GET = do_POST = do_HEAD = answer  # noqa: N815 - the library's names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            pass

    with listening(Handler, tls_of(server), address=address) as port:
        yield port
