"""Corrections of Docker's client library: CAs and proxies."""

from __future__ import annotations

from pathlib import Path

import docker.errors
import pytest

from components.docker.engine import DockerEngine
from tests.support.certificates import issue
from tests.support.docker import free_port
from tests.support.registry_server import Registry, serving

# The servers here are no Docker engines: each connection ends in an error after its first request.


def test_own_ca(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own_ca, proxy_ca = issue("Docker CA", ca=True), issue("Proxy CA", ca=True)
    daemon, client = issue("docker", ["127.0.0.1"], own_ca), issue("operator", issuer=own_ca)
    for name, text in {
        "ca": own_ca.certificate_pem,
        "cert": client.certificate_pem,
        "key": client.key_pem,
        "proxy": proxy_ca.certificate_pem,
    }.items():
        (tmp_path / f"{name}.pem").write_text(text)
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(variable, str(tmp_path / "proxy.pem"))
    server = Registry()
    with serving(server, daemon) as port, pytest.raises(docker.errors.DockerException):
        DockerEngine(f"tcp://127.0.0.1:{port}", str(tmp_path)).info()
    assert [path for path, _ in server.seen] == ["/version"], "requests prefers these variables"


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize("address", ["127.0.0.1", "localhost"])
def test_no_proxy_for_loopback(
    address: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, f"http://127.0.0.1:{free_port()}")
    server = Registry()
    with serving(server, None) as port, pytest.raises(docker.errors.DockerException):
        DockerEngine(f"tcp://{address}:{port}").info()
    assert [path for path, _ in server.seen] == ["/version"], "as in the Docker CLI"


def test_proxy_for_other_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = Registry()
    with serving(proxy, None) as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        with pytest.raises(docker.errors.DockerException):
            DockerEngine("tcp://docker.invalid:2375").info()
    assert [path for path, _ in proxy.seen] == ["http://docker.invalid:2375/version"]
