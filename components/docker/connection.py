"""Docker's client library, without a library that it loads and that is not used here, and with a Docker host's own authority.

For ssh:// hosts it wants paramiko even where, as here, the user's own ssh makes the connection. Loading it takes as long as half of all the
rest, so an empty module stands in its place.

A Docker host with certificates is trusted by its own ca.pem. `requests`, by which the library asks, lets the authorities that
REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE name take its place, as they are set where a proxy looks into what is fetched from the Internet; so
what the host was given goes first. It also asks the environment's proxy for a host on the loopback address, where Docker's own command does not.

ssh is started without code of Python's between fork and exec. The library asks for some, and then gRPC, on whose threads Pulumi's engine is
talked to, wakes up in the child, too, and now and then takes the connection with it.

Left out on purpose: which host is asked (``components/docker_host.py``).
"""

import contextlib
import subprocess
import sys
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from common.types.network import is_ip, is_loopback

if "paramiko" in sys.modules:
    import docker
    from docker.transport import sshconn
else:
    sys.modules["paramiko"] = ModuleType("paramiko")
    try:
        import docker
        from docker.transport import sshconn
    finally:
        del sys.modules["paramiko"]


class _OwnAuthorityFirst(docker.APIClient):
    """A connection that trusts what it was told to, whatever the environment names, and that takes no way round to this machine."""

    def merge_environment_settings(
        self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any
    ) -> Any:
        """Settings of one request (requests.Session)."""
        settings = super().merge_environment_settings(
            url, proxies, stream, self.verify if verify is None else verify, cert
        )
        host = urlsplit(url).hostname or ""
        return (
            {**settings, "proxies": {}}
            if host == "localhost" or (is_ip(host) and is_loopback(host))
            else settings
        )


class _PlainlyStartedSsh(sshconn.SSHSocket):
    """A connection through the user's own ssh."""

    def connect(self, **_: Any) -> None:  # type: ignore[override]
        """Start ssh as the library does, but for what it would run in the child."""
        # The library makes 22 of a port that was not given, and ssh's configuration may have another one for an alias.
        user, port = (
            (["-l", self.user] if self.user else []),
            (["-p", self.port] if self.port not in (None, "22") else []),
        )
        command = ["ssh", *user, *port, "--", self.host, "docker system dial-stdio"]
        self.proc = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def close(self) -> None:
        """End ssh, which may have ended by itself; that must not hide why."""
        with contextlib.suppress(OSError):
            super().close()


docker.client.APIClient = _OwnAuthorityFirst  # type: ignore[attr-defined]  # what its DockerClient makes its connection of
sshconn.SSHSocket = _PlainlyStartedSsh  # type: ignore[misc]

__all__ = ["docker"]
