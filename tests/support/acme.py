"""Pebble, the ACME test server of Let's Encrypt. Every domain name resolves to this machine."""

from __future__ import annotations

import contextlib
import json
import os
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import urllib3

from tests.support.certificates import Issued, issue
from tests.support.docker import bridge_gateway, free_port
from tests.support.processes import background_process, find_program, is_listening
from tests.support.registry_server import listening, tls_of

PROGRAMS = ("pebble", "pebble-challtestsrv")


def pebble_is_missing() -> str | None:
    """Say why no ACME server can run here; None if one can."""
    missing = [program for program in PROGRAMS if not find_program(program)]
    return f"{', '.join(missing)} not found; `make tools` builds them with Go" if missing else None


@dataclass(frozen=True)
class AcmeServer:
    """A running ACME server."""

    settings: dict[str, object]
    """The registry's TLS settings for it."""


@contextlib.contextmanager
def acme_server(registry_port: int) -> Iterator[AcmeServer]:
    """Run Pebble and a DNS server that resolves every name to the loopback address.

    :param registry_port: the port of TLS-ALPN challenges, instead of 443.
    """
    address, inner, management, dns = bridge_gateway(), free_port(), free_port(), free_port()
    ca = issue("ACME server's CA", ca=True)
    server = issue("pebble", [address, "127.0.0.1"], ca)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "cert.pem").write_text(server.certificate_pem)
        (directory / "key.pem").write_text(server.key_pem)
        ports = {"listen": inner, "management": management, "tls": registry_port}
        (directory / "pebble.json").write_text(json.dumps(_pebble_config(directory, ports)))
        dns_options = [
            "-dnsserver",
            f"127.0.0.1:{dns}",
            "-defaultIPv4",
            "127.0.0.1",
            "-defaultIPv6",
            "",
            "-management",
            f"127.0.0.1:{free_port()}",
        ]
        no_challenges = ["-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", ""]
        pebble = ["-config", str(directory / "pebble.json"), "-dnsserver", f"127.0.0.1:{dns}"]
        no_delay = {**os.environ, "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"}
        with (
            contextlib.ExitStack() as stack,
            background_process(
                [find_program(PROGRAMS[1]) or "", *dns_options, *no_challenges],
                lambda: is_listening(dns),
                directory / "dns.log",
            ),
            background_process(
                [find_program(PROGRAMS[0]) or "", *pebble],
                lambda: is_listening(management),
                directory / "pebble.log",
                environment=no_delay,
            ),
        ):
            root = (
                stack.enter_context(_pool(ca))
                .request("GET", f"https://127.0.0.1:{management}/roots/0")
                .data.decode()
            )
            port = stack.enter_context(_add_order_location(address, inner, server, _pool(ca)))
            letsencrypt = {
                "email": "ops@example.com",
                "directoryUrl": f"https://{address}:{port}/dir",
                "directoryCaPem": ca.certificate_pem,
                "trustPem": root,
            }
            yield AcmeServer({"mode": "letsencrypt", "letsencrypt": letsencrypt})


def _pebble_config(directory: Path, ports: Mapping[str, int]) -> dict[str, Any]:
    return {
        "pebble": {
            "listenAddress": f"127.0.0.1:{ports['listen']}",
            "managementListenAddress": f"127.0.0.1:{ports['management']}",
            "certificate": str(directory / "cert.pem"),
            "privateKey": str(directory / "key.pem"),
            "httpPort": free_port(),
            "tlsPort": ports["tls"],
            "ocspResponderURL": "",
            "externalAccountBindingRequired": False,
            "retryAfter": {"authz": 1, "order": 1},
            "profiles": {"default": {"description": "for tests", "validityPeriod": 7776000}},
        }
    }


def _pool(ca: Issued) -> urllib3.PoolManager:
    context = ssl.create_default_context(cadata=ca.certificate_pem)
    return urllib3.PoolManager(ssl_context=context, retries=False)


@contextlib.contextmanager
def _add_order_location(
    address: str, inner: int, server: Issued, pool: urllib3.PoolManager
) -> Iterator[int]:
    """Run a proxy that adds the Location header to Pebble's answers to finalize requests.

    Let's Encrypt sends it (RFC 8555, section 7.4). Pebble does not, and Go's ACME client, which
    the server uses, requires it.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # otherwise answers wait for delayed acknowledgements

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            response = pool.request(
                self.command,
                f"https://127.0.0.1:{inner}{self.path}",
                body=body or None,
                headers=dict(self.headers),
                redirect=False,
            )
            self.send_response(response.status)
            for name, value in response.headers.items():
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
            self.send_header("Content-Length", str(len(response.data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(response.data)

        do_GET = do_POST = do_HEAD = answer  # noqa: N815 - the library's names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            pass

    with listening(Handler, tls_of(server), address=address) as port:
        yield port
