"""The example of a consumer's stack, which reads the outputs of a registry's stack."""

from __future__ import annotations

import shutil
from pathlib import Path

from pulumi import automation

from cli.paths import ROOT
from tests.engine.conftest import Factory
from tests.support.docker import DEVELOPMENT_IMAGE
from tests.support.engine import bring_up, engine_stack, remove
from tests.support.registry import Client


def test_docker_host_trusts_registry(new_registry: Factory, tmp_path: Path) -> None:
    registry = new_registry()
    outputs = registry.up()
    program, certificates = tmp_path / "consumer", tmp_path / "certs.d"
    shutil.copytree(ROOT / "docs" / "examples" / "consumer", program)
    (program / ".venv").symlink_to(ROOT / ".venv")
    consumer = engine_stack(f"{registry.stack_name}-consumer", program, registry.engine)
    for name, value in {
        "registryStack": f"organization/pack-registry/{registry.stack_name}",
        "dockerHosts[0]": "unix:///var/run/docker.sock",
        "certificatesDirectory": str(certificates),
        "writerImage": DEVELOPMENT_IMAGE,
    }.items():
        consumer.set_config(name, automation.ConfigValue(value), path=True)

    _, found = bring_up(consumer)
    assert found["server"] == f"localhost:{registry.port}"
    written = certificates / found["server"] / "ca.crt"
    client = Client(outputs["endpoint"], written.read_text())
    assert client.request("GET", "/health").status == 200
    summary = consumer.preview(expect_no_changes=True).change_summary
    assert set(summary) == {automation.OpType.SAME}

    registry.write(tls={"algorithm": "ecdsa-p256", "validityDays": 200})
    renewed = registry.up()
    assert renewed["caCertificate"] != outputs["caCertificate"]
    bring_up(consumer)
    assert written.read_text() == renewed["caCertificate"]
    remove(consumer)
    assert written.exists(), "the documentation says that it stays"
