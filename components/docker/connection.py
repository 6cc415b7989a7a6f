"""Docker's client library, with corrections that every connection needs.

- ``paramiko`` is not loaded. docker-py imports it for ssh:// hosts, although the user's own ssh
  makes the connection here. Loading it takes half as long as everything else.
- The host's own ca.pem is used. ``requests`` prefers the CAs of REQUESTS_CA_BUNDLE and
  CURL_CA_BUNDLE, which are set on machines behind a TLS-inspecting proxy.
- No proxy is used for a host on the loopback address, as in the Docker CLI.
- ssh is started without Python code between fork and exec. docker-py runs some there. Then gRPC's
  threads, which connect the program to Pulumi's engine, also run in the child, and may close that
  connection.

Import ``docker`` from here, never directly.
"""

import contextlib
import subprocess
import sys
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from common.types.network import is_loopback

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


class _Client(docker.APIClient):
    """A connection that ignores the environment's CAs, and its proxy for this machine."""

    def merge_environment_settings(
        self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any
    ) -> Any:
        """Return the settings of one request (requests.Session)."""
        own_verify = self.verify if verify is None else verify
        settings = super().merge_environment_settings(url, proxies, stream, own_verify, cert)
        host = urlsplit(url).hostname or ""
        if is_loopback(host):
            settings = {**settings, "proxies": {}}
        return settings


class _SshSocket(sshconn.SSHSocket):
    """A connection through the user's own ssh."""

    def connect(self, **_: Any) -> None:  # type: ignore[override]
        """Start ssh with docker-py's command, but without its code in the child process."""
        user = ["-l", self.user] if self.user else []
        # docker-py's default is 22, but ssh's configuration may have another port for an alias.
        port = [] if self.port in (None, "22") else ["-p", self.port]
        command = ["ssh", *user, *port, "--", self.host, "docker system dial-stdio"]
        self.proc = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def close(self) -> None:
        """End ssh. If it already ended, an error here must not hide the reason."""
        with contextlib.suppress(OSError):
            super().close()


docker.client.APIClient = _Client  # type: ignore[attr-defined]  # used by its DockerClient
sshconn.SSHSocket = _SshSocket  # type: ignore[misc]

__all__ = ["docker"]
