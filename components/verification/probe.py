"""The proof that a registry works, as the guide has it.

Health without credentials, the catalog only with them, over TLS that trusts nothing but the exported CA certificate. CNCF Distribution has no
health of its own for strangers: there it is the root of its API, which asks for credentials.

The connection goes to the Docker host's own address under the configured name (as `curl --connect-to` does), so the name need not be in
DNS yet. Left out on purpose: what to do about a failure (``components/settlement.py``).
"""

from __future__ import annotations

import base64
import contextlib
import socket
import ssl
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from common.errors import root_cause
from common.types.network import is_ip
from components.settings import ADMIN

if TYPE_CHECKING:
    import urllib3


REQUEST_SECONDS = 10.0
FEW = 10

_UNTRUSTED = "certificate verify failed"
"""OpenSSL's words for a certificate that the given ones do not vouch for, or that is for another name or time."""


@dataclass(frozen=True)
class RegistryApi:
    """Where a flavor's server answers what, and what it must answer."""

    health_path: str
    """The path that is asked until the server is well."""
    health_status: int
    """What it answers without credentials then."""
    catalog_path: str
    """The path of the list of packs."""
    guarded: tuple[str, ...]
    """Paths that are refused without credentials, and given to every user."""
    image: str
    """What its image is, in words."""


@dataclass(frozen=True)
class TlsTrust:
    """What makes a registry and its client believe each other."""

    ca_pem: str = ""
    """The certificates to trust; empty for those that this machine trusts."""
    client_certificate_pem: str = ""
    """The client's own certificate, where the server asks for one."""
    client_private_key_pem: str = ""
    """The client certificate's key."""


@dataclass(frozen=True)
class Endpoint:
    """A registry and how it is reached."""

    hostname: str
    """The configured name: what the certificate must be for, and what the server is asked for."""
    address: str
    """Where to connect."""
    port: int
    trust: TlsTrust | None
    """How TLS is verified; none for plain HTTP."""


@dataclass(frozen=True)
class Failure:
    """A check that did not come out as it must."""

    tried: str
    response: str
    status: int | None = None
    """HTTP status, where there was an answer."""
    user: str | None = None
    """The user whose password was tried."""


def tls_context(trust: TlsTrust) -> ssl.SSLContext:
    """A context that trusts the given certificates and no others; an intermediate or a server's own certificate may be the anchor."""
    context = ssl.create_default_context(cadata=trust.ca_pem or None)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if trust.client_certificate_pem:
        with tempfile.NamedTemporaryFile(
            "w"
        ) as pair:  # for its owner alone, and gone at once: OpenSSL takes no texts
            pair.write(f"{trust.client_private_key_pem.strip()}\n{trust.client_certificate_pem}")
            pair.flush()
            context.load_cert_chain(pair.name)
    return context


def presented_certificate(target: Endpoint) -> str:
    """The certificate that a server presents, in PEM, whatever it is worth.

    :raises OSError: where there is no answer.
    """
    trust = target.trust or TlsTrust()
    context = tls_context(trust)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection((target.address, target.port), timeout=REQUEST_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=target.hostname) as secured,
    ):
        return ssl.DER_cert_to_PEM_cert(secured.getpeercert(binary_form=True) or b"")


def wait_for_certificate(target: Endpoint, seconds: float) -> str:
    """The same, as soon as there is an answer; empty where none comes in time."""
    end = time.monotonic() + seconds
    while True:
        try:
            return presented_certificate(target)
        except OSError:
            if time.monotonic() >= end:
                return ""
            time.sleep(0.2)


def _pool(target: Endpoint) -> urllib3.HTTPConnectionPool:
    """Connections to a registry; proxies of the environment are left aside."""
    import urllib3

    options: dict[str, Any] = {
        "timeout": REQUEST_SECONDS,
        "retries": False,
        "maxsize": 4,
        "block": True,
    }
    if target.trust is None:
        return urllib3.HTTPConnectionPool(target.address, target.port, **options)
    return urllib3.HTTPSConnectionPool(
        target.address,
        target.port,
        ssl_context=tls_context(target.trust),
        assert_hostname=target.hostname,
        server_hostname=target.hostname,
        **options,
    )


class Probe:
    """Asks one registry for what a client would."""

    def __init__(self, target: Endpoint, api: RegistryApi) -> None:
        """Connect at first use."""
        self._target = target
        self.api = api
        self._connections = _pool(target)
        scheme = "https" if target.trust else "http"
        host = f"[{target.hostname}]" if ":" in target.hostname else target.hostname
        self._host = f"{host}:{target.port}"
        self._base = f"{scheme}://{self._host}"

    def expect(
        self, path: str, status: int, user: str | None = None, password: str = ""
    ) -> Failure | None:
        """GET a path and compare the status; the failure, or nothing."""
        import urllib3

        headers = {"Host": self._host}
        if user is not None:
            headers["Authorization"] = (
                f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"
            )
        who = f"as {user}" if user is not None else "without credentials"
        tried = f"GET {self._base}{path} {who} (connected to {self._target.address}), expecting {status}"
        try:
            response = self._connections.request("GET", path, headers=headers, redirect=False)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            return Failure(tried, root_cause(error), user=user)
        if response.status == status:
            return None
        text = "".join(
            character if character.isprintable() else " "
            for character in response.data[:200].decode(errors="replace")
        )
        body = " ".join(text.split())
        return Failure(
            tried, f"{response.status}{': ' + body if body else ''}", response.status, user
        )

    def wait_for_health(self, seconds: float, is_alive: Callable[[], bool]) -> Failure | None:
        """Ask for the health until it is well; the last failure where that does not happen in time or the server has ended.

        A wrong certificate does not get better, and neither does a server that lets in everybody.
        """
        end = time.monotonic() + seconds
        pause = 0.02
        while failure := self.expect(self.api.health_path, self.api.health_status):
            if (
                time.monotonic() > end
                or not is_alive()
                or _UNTRUSTED in failure.response
                or failure.status == 200
            ):
                return failure
            time.sleep(pause)
            pause = min(pause * 1.5, 0.5)
        return None

    def check_catalog(self, passwords: Mapping[str, str]) -> list[Failure]:
        """The catalog, and what else is guarded, is refused without credentials and with a wrong password, and given to every user."""
        who: list[tuple[int, str | None, str]] = [(401, None, "")]
        # No password has a control character (common/types/credentials.py): no user has this one.
        who += [(401, ADMIN, "\x7f")]
        who += [(200, user, password) for user, password in passwords.items()]
        requests = [(path, *expected) for path in self.api.guarded for expected in who]
        # Few requests are soonest answered on one connection: a new one costs the server more than all of them.
        with ThreadPoolExecutor(max_workers=1 if len(requests) <= FEW else 4) as pool:
            answers = pool.map(lambda request: self.expect(*request), requests)
        return [failure for failure in answers if failure]


def name_note(hostname: str, address: str) -> str | None:
    """What is to be said of a name that does not lead to the Docker host yet; nothing where it does, or for an IP address."""
    if is_ip(hostname):
        return None
    try:
        found = _resolved(hostname)
    except OSError:
        return f"{hostname} is in no DNS that this machine asks; clients need a record for it that points to the Docker host."
    with contextlib.suppress(OSError):
        if set(found) & set(_resolved(address)):
            return None
    if any(_is_this_machine(candidate) for candidate in found):
        return None
    return f"{hostname} resolves to {', '.join(found)}, which is not the Docker host's {address}; check its DNS record unless a proxy stands in front."


def _resolved(host: str) -> list[str]:
    """The addresses of a name, or an address itself."""
    return sorted(
        {str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    )


def _is_this_machine(address: str) -> bool:
    """Whether an address is one of this machine's own: only those can be bound."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as trial:
        try:
            trial.bind((address, 0))
        except OSError:
            return False
    return True
