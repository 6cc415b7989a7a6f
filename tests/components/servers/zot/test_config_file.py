"""zot's configuration file: a reviewed file for each mode, and its schema.

To renew the files after an intended change, run this test with RENEW=1, and review the difference.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from common.errors import UserError
from components.servers.zot.config_file import render
from components.servers.zot.schema import schema_issues
from components.servers.zot.sessions import unusable_keys
from components.servers.zot.zot_settings import ZotSettings
from tests.support.cases import check_each
from tests.support.certificates import issue_chain
from tests.support.component import HOSTNAME, container, declare, plan_of, settings_of, uploads
from tests.support.flavors import ZOT

GOLDEN = Path(__file__).parent / "golden"
SECRETS = {"access_key": "ACCESS-KEY", "secret_key": "SECRET-KEY"}
S3 = {"bucket": "packs", "region": "eu-central-1"}
KEYS = {"accessKey": "a", "secretKey": "b"}
CENTRAL = "https://central.example.com"
CA = issue_chain("central.example.com").root.certificate_pem
MIRRORS: list[dict[str, Any]] = [
    {"url": CENTRAL},
    {
        "url": "https://palette.example.com:8443",
        "repositories": ["packs/spectro-packs", "charts"],
        "tags": "^1[.]",
        "onDemand": False,
        "interval": "6h",
        "username": "mirror",
        "password": "MIRROR-PASSWORD",
        "caPem": CA,
    },
]
MODES: dict[str, dict[str, Any]] = {
    "default": {},
    "http": {"tls": {"mode": "off"}, "realm": "Packs of ACME", "logLevel": "debug"},
    "address": {"server": {"addr": "[::]:8443"}, "tls": {"minimumTls": "tls1.2"}},
    "public-endpoint": {"publicEndpoint": "https://packs.example.com/"},
    "roles": {
        "users": [
            {"name": "spectro"},
            {"name": "ci", "role": "writer", "repositories": ["packs/team-a"]},
            {"name": "ops", "role": "admin"},
        ]
    },
    "s3": {"storage": {"kind": "s3", "s3": {**S3, **KEYS, "prefix": "registry/prod"}}},
    "s3-role": {"storage": {"kind": "s3", "s3": {**S3, "encrypt": True}}},
    "s3-other": {
        "storage": {
            "kind": "s3",
            "s3": {**S3, **KEYS, "endpoint": "http://10.0.0.5:9000", "pathStyle": True},
        },
        "zot": {"mirrors": [{"url": CENTRAL}]},
    },
    "nfs": {"storage": {"kind": "nfs", "nfs": {"server": "files.example.com", "export": "/packs"}}},
    "quiet": {
        "zot": {
            "garbageCollection": {"enabled": False},
            "scrubInterval": "",
            "metrics": False,
            "audit": False,
            "failDelaySeconds": 0,
        }
    },
    "retention": {
        "zot": {
            "garbageCollection": {"delay": "2h", "interval": "12h"},
            "retention": {"keepVersions": 10, "repositories": ["packs"], "dryRun": True},
        }
    },
    "limits": {"zot": {"rateLimit": 500, "failDelaySeconds": 5, "web": True}},
    "mirrors": {"zot": {"mirrors": MIRRORS}},
    "extra": {
        "server": {"extra": {"http": {"allowOrigin": "https://packs.example.com"}, "scheduler": {}}}
    },
}


def text(config: dict[str, Any], *, changes_packs: bool = True) -> str:
    settings = settings_of(**{"hostname": HOSTNAME, **ZOT, **config})
    has_keys = settings.storage.s3.access_key is not None
    secrets = SECRETS if has_keys else {}
    return render(ZotSettings.of(settings), secrets, changes_packs=changes_packs)


def content(written: str) -> Any:
    """Return what zot reads: the first document. A reload appends to the file."""
    return next(yaml.safe_load_all(written + '{"level":"error"}\n'))


@pytest.mark.parametrize("mode", MODES)
def test_reviewed_file(mode: str) -> None:
    written = text(MODES[mode])
    golden = GOLDEN / f"{mode}.yaml"
    if os.environ.get("RENEW") == "1":
        golden.write_text(written)
    assert written == golden.read_text()


def test_no_unused_golden_files() -> None:
    assert {path.stem for path in GOLDEN.glob("*.yaml")} == set(MODES)


@pytest.mark.parametrize("changes_packs", [True, False])
def test_file_matches_schema(changes_packs: bool) -> None:
    def check(mode: str) -> None:
        written = content(text(MODES[mode], changes_packs=changes_packs))
        assert list(schema_issues(written)) == []

    check_each(MODES, check)


@pytest.mark.parametrize("mode", ["default", "retention", "mirrors"])
def test_smoke_test_changes_no_pack(mode: str) -> None:
    written = content(text(MODES[mode], changes_packs=False))
    assert written["storage"]["gc"] is False
    assert "retention" not in written["storage"]
    assert not {"sync", "scrub"} & set(written["extensions"])
    unchanged = content(text(MODES[mode]))
    assert written["http"] == unchanged["http"], "users, TLS and roles are those of the server"


def test_invalid_file_is_not_written() -> None:
    invalid: Any = {"name": "MARKER"}
    settings = replace(ZotSettings.of(settings_of(**ZOT)), realm=invalid)
    with pytest.raises(UserError) as raised:
        render(settings, {})
    assert str(raised.value) == (
        "The server would reject its configuration file. The file was not written.\n"
        "  - http.realm: invalid type. Must be a string"
    ), "the value may be secret"


def test_declared_files() -> None:
    made = declare(**ZOT, zot={"mirrors": MIRRORS})
    written = made.resources["registry-configuration-writer"]
    files = {upload["file"]: upload for upload in written.inputs["uploads"]}
    assert set(files) == {
        "/config/zot.yaml",
        "/config/mirror-1/ca.crt",
        "/config/mirror-credentials.json",
        "/config/reload.json",
        "/config/session-keys.json",
    }
    assert files["/config/mirror-1/ca.crt"]["content"] == CA
    assert json.loads(files["/config/mirror-credentials.json"]["content"]) == {
        "palette.example.com:8443": {"username": "mirror", "password": "MIRROR-PASSWORD"}
    }
    assert {path: file["permissions"] for path, file in files.items()} == {
        "/config/zot.yaml": "0600",
        "/config/mirror-credentials.json": "0400",
        "/config/mirror-1/ca.crt": "0444",
        "/config/reload.json": "0444",
        "/config/session-keys.json": "0444",
    }
    assert "uploads" in written.secret_inputs
    assert "MIRROR-PASSWORD" not in str(container(made).inputs)


def test_sessions_exist_only_with_web_page() -> None:
    options = content(text({}))["http"]["auth"]
    assert options["sessionKeysFile"] == "/config/session-keys.json"
    assert len(json.loads(unusable_keys())["encryptKey"]) not in (16, 24, 32), "the sizes of AES"
    web = {"zot": {"web": True}}
    assert set(content(text(web))["http"]["auth"]) == {"htpasswd", "failDelay"}
    behind_proxy = {**web, "tls": {"mode": "off"}, "publicEndpoint": "https://packs.example.com"}
    assert content(text(behind_proxy))["http"]["auth"]["secureSession"] is True
    declared = declare(**ZOT, zot=web["zot"]).resources["registry-configuration-writer"]
    assert "/config/session-keys.json" not in {
        upload["file"] for upload in declared.inputs["uploads"]
    }


@pytest.mark.parametrize("web", [False, True])
def test_changed_users_replace_server_with_sessions(web: bool) -> None:
    before, after = (
        container(declare(**ZOT, zot={"web": web}, rotation=rotation)).inputs["labels"]
        for rotation in ("", "2027-01")
    )
    assert (before != after) is web


@pytest.mark.parametrize("storage", [{}, MODES["s3"]["storage"]])
def test_mirror_writes_to_scratch_volume(storage: dict[str, Any]) -> None:
    mirrored = declare(**ZOT, storage=storage, zot={"mirrors": [{"url": CENTRAL}]})
    (scratch,) = [
        mount for mount in container(mirrored).inputs["mounts"] if mount["target"] == "/scratch"
    ]
    assert scratch["source"] == "spectro-registry-scratch", "the server must own a directory in it"
    directory = json.loads((GOLDEN / "mirrors.yaml").read_text().partition("\n---")[0])
    assert directory["extensions"]["sync"]["downloadDir"] == "/scratch/downloads"


def test_container() -> None:
    made = declare(**ZOT)
    server = container(made).inputs
    assert server["command"] == ["serve", "/config/zot.yaml"]
    assert server["readOnly"] is True
    assert [mount["target"] for mount in server["mounts"]] == [
        "/auth",
        "/certs",
        "/config",
        "/data",
    ]
    assert set(uploads(made)) == {
        "/config/htpasswd-basic.new",
        "/config/tls.crt",
        "/config/tls.key",
    }
    outputs = made.outputs
    assert outputs["healthUrl"] == f"https://{HOSTNAME}/readyz"
    assert outputs["catalogUrl"] == f"https://{HOSTNAME}/v2/_catalog"
    assert outputs["consoleRegistration"]["providerType"] == "pack"


def test_readers_whose_uploads_are_tried() -> None:
    users = [{"name": "admin", "rotation": "2"}, {"name": "ci", "role": "writer"}, {"name": "b"}]
    assert plan_of(**ZOT, users=users).process.api.readers == ("b",), "admin always writes"
