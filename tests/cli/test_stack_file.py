"""A stack's file, read like the Pulumi CLI reads it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cli import stack_file
from cli.paths import ROOT as REPOSITORY
from cli.stack_file import read_config
from components.settings import Settings
from tests.support.programs import error_of


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(stack_file, "ROOT", tmp_path)
    for name in ("dev", "prod"):
        (tmp_path / f"Pulumi.{name}.yaml").write_text(
            f"config:\n  pack-registry:hostname: {name}.example.com\n  docker:host: ssh://x\n"
        )
    return tmp_path


def test_keys_without_namespace(root: Path) -> None:
    assert read_config("dev") == {"hostname": "dev.example.com", "docker:host": "ssh://x"}


@pytest.mark.parametrize("text", ["", "config:\n", "encryptionsalt: v1:x\n"])
def test_no_config(root: Path, text: str) -> None:
    (root / "Pulumi.dev.yaml").write_text(text)
    assert read_config("dev") == {}


def test_missing_file(root: Path) -> None:
    assert error_of(read_config, "staging") == (
        "STACK: Pulumi.staging.yaml does not exist. Must be a stack that has a file (dev, prod). "
        "To add a stack, copy Pulumi.prod.yaml to Pulumi.staging.yaml and edit it."
    )


@pytest.mark.parametrize("name", ["porud", "Prod", "pro"])
def test_mistyped_stack(root: Path, name: str) -> None:
    assert error_of(read_config, name).startswith(
        f'STACK: Pulumi.{name}.yaml does not exist. Did you mean "prod"? Must be a stack that '
    )


def test_stack_with_dot_is_listed(root: Path) -> None:
    (root / "Pulumi.a.b.yaml").write_text("config: {}\n")
    assert "Must be a stack that has a file (a.b, dev, prod)." in error_of(read_config, "missing")


@pytest.mark.parametrize("name", ["../x", "a/b", "my stack", "", "prod*", "größe"])
def test_invalid_name(root: Path, name: str) -> None:
    assert error_of(read_config, name) == (
        "STACK: invalid stack name. Must consist of letters, digits, hyphens, underscores and dots "
        "(for example, STACK=prod)."
    )


def test_yaml_error_names_line(root: Path) -> None:
    (root / "Pulumi.dev.yaml").write_text("config:\n  a: [1\n")
    message = error_of(read_config, "dev")
    assert 'in "Pulumi.dev.yaml", line 3, column 1' in message
    assert "unicode string" not in message


BROKEN = [
    "config: [",
    "- a\n- b\n",
    "config:\n  - a\n",
    "config: text\n",
    "just a text",
    "config:\n  pack-registry:rotation: 2027-02-30\n",
]


@pytest.mark.parametrize(
    "text", [*(text.encode() for text in BROKEN), "config: {a: ü}\n".encode("latin-1")]
)
def test_invalid_file(root: Path, text: bytes) -> None:
    (root / "Pulumi.dev.yaml").write_bytes(text)
    message = error_of(read_config, "dev")
    assert message.startswith(("Pulumi.dev.yaml is not valid", "Pulumi.dev.yaml is not a valid"))
    assert "\n" not in message


def test_directory(root: Path) -> None:
    (root / "Pulumi.edge.yaml").mkdir()
    assert error_of(read_config, "edge") == (
        "Pulumi.edge.yaml can't be read (Is a directory). "
        "Check that it is a file and that you may read it."
    )


HOSTNAME = "config:\n  pack-registry:hostname: localhost\n"
INDENTATION = (
    "Check the indentation of this line. Settings belong under `config:`, indented by two spaces."
)
COLON = "Write a setting as a key, a colon, a space and a value."
QUOTES = "Put quotation marks around the value."
CLOSE = "Close the bracket or the quotation mark."


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        # The line of the tutorial, at the end of the file, or with another indentation.
        ("encryptionsalt: v1:x\n  pack-registry:port: 8443\n", f"{INDENTATION} {COLON}"),
        ("    pack-registry:port: 8443\n", f"{INDENTATION} {COLON}"),
        (" pack-registry:port: 8443\n", INDENTATION),
        ("\tpack-registry:port: 8443\n", f"Replace the tab with spaces. {INDENTATION}"),
        ("  pack-registry:tls:\n    mode: x\n   algorithm: y\n", INDENTATION),
        ("  pack-registry:users:\n  - name: a\n   password: b\n", INDENTATION),
        # A setting without a space or a colon.
        ("  pack-registry:port:8443\n", COLON),
        ("  pack-registry:port:8443\n  pack-registry:verify: true\n", COLON),
        ("  pack-registry:port = 8443\n  pack-registry:verify: true\n", COLON),
        ("pack-registry:port 8443\n", COLON),
        ("  pack-registry:imageName: a: b\n", f"{INDENTATION} {COLON}"),
        # A value that YAML reads as something else.
        ("  pack-registry:hostname2: *.example.com\n", QUOTES),
        ("  pack-registry:password: @secret\n", QUOTES),
        ("  pack-registry:password: %secret\n", QUOTES),
        ("  pack-registry:users: [a\n", CLOSE),
        ("  pack-registry:tls: {mode: x\n", CLOSE),
        ("  pack-registry:rotation: '2027\n", CLOSE),
        (f"  pack-registry:port: 8443\n{HOSTNAME}", "Write this key once."),
    ],
)
def test_yaml_error_names_fix(root: Path, text: str, fix: str) -> None:
    (root / "Pulumi.dev.yaml").write_text(HOSTNAME + text)
    message = error_of(read_config, "dev")
    assert message.startswith("Pulumi.dev.yaml is not valid YAML: ")
    assert message.endswith(f". {fix}")


def test_line_of_tutorial(root: Path) -> None:
    tutorial = (REPOSITORY / "docs/tutorial/first-registry.md").read_text()
    found = re.search(r"add the line `([^`]+)` under `config:`", tutorial)
    assert found
    line, stack = found[1], (REPOSITORY / "Pulumi.dev.yaml").read_text()
    path = root / "Pulumi.dev.yaml"
    for text in (
        stack.replace("config:\n", f"config:\n{line}\n"),
        f"{stack}{line}\n",
        f"{stack}{line}\nencryptionsalt: v1:x\n",
    ):
        path.write_text(text)
        assert read_config("dev")["port"] == 8443
    path.write_text(f"{stack}encryptionsalt: v1:x\n{line}\n")
    assert INDENTATION in error_of(read_config, "dev")
    path.write_text(f"{stack}{line.strip()}\n")
    assert error_of(read_config, "dev").endswith("Move it under config as pack-registry:port.")


def test_yaml_error_without_fix(root: Path) -> None:
    (root / "Pulumi.dev.yaml").write_text("config: !!set {a}\n")
    assert error_of(read_config, "dev").endswith(", column 9.")


FORM = (
    "A key consists of a namespace, a colon and a name (for example, pack-registry:port). "
    "Write the parts of an object into its value."
)
PREFIX = (
    "Write each setting under config with the prefix pack-registry "
    "(for example, pack-registry:port)."
)


@pytest.mark.parametrize(
    ("line", "key", "fix"),
    [
        ("port: 8443", "port", "Move it under config as pack-registry:port."),
        ("pack-registry:port: 8443", "pack-registry:port", "Move it under config as pack-re"),
        ("docker:host: ssh://x", "docker:host", "Move it under config as docker:host."),
        ("pulumi:tags: {}", "pulumi:tags", "Move it under config as pulumi:tags."),
        ("docker:docker:host: x", "docker:docker:host", "Move it under config as docker:host."),
        ("pack-registri:port: 1", "pack-registri:port", "Move it under config as pack-registry:p"),
        ("a:b:c: 1", "a:b:c", FORM),
        ("pack-registry: {port: 8443}", "pack-registry", PREFIX),
        ("conifg: {}", "conifg", 'Did you mean "config"?'),
        ("Encryptionsalt: v1:x", "Encryptionsalt", 'Did you mean "encryptionsalt"?'),
        ("8443: 1", "8443", "Move it under config as pack-registry:8443."),
    ],
)
def test_key_outside_config(root: Path, line: str, key: str, fix: str) -> None:
    (root / "Pulumi.dev.yaml").write_text(f"{HOSTNAME}{line}\n")
    message = error_of(read_config, "dev")
    assert message.startswith(f'Pulumi.dev.yaml: unknown key "{key}" outside config. {fix}')
    assert "pack-registry:pack-registry" not in message
    assert "pack-registry:docker" not in message


@pytest.mark.parametrize(
    ("key", "fix"),
    [
        ("pack-registry:pack-registry:port", "Write it as pack-registry:port."),
        ("pack-registry:pack-registry:pack-registry:port", "Write it as pack-registry:port."),
        ("pack-registri:pack-registry:port", "Write it as pack-registry:port."),
        ("pack-registry::port", "Write it as pack-registry:port."),
        ("docker:docker:host", "Write it as docker:host."),
        # Pulumi accepts the next three, and reads another key than the commands.
        ("pack-registry:config:port", "Write it as pack-registry:port."),
        (":port", "Write it as pack-registry:port."),
        ("port:", "Write it as pack-registry:port."),
        ("pack-registry:tls:mode", FORM),
        ("pack-registry:docker:host", FORM),
        ("pack-registry", PREFIX),
        ("pack-registry:", PREFIX),
        (":", FORM),
    ],
)
def test_invalid_key(root: Path, key: str, fix: str) -> None:
    (root / "Pulumi.dev.yaml").write_text(f'config:\n  "{key}": 8443\n')
    assert error_of(read_config, "dev") == (
        f'Pulumi.dev.yaml: invalid key "{key}" under config. {fix}'
    )


def test_all_invalid_keys_are_reported(root: Path) -> None:
    path = root / "Pulumi.dev.yaml"
    path.write_text("config:\n  a:a:b: 1\n  pack-registry:port: 1\n  c:c:d: 1\n")
    assert [line.split('"')[1] for line in error_of(read_config, "dev").splitlines()] == [
        "a:a:b",
        "c:c:d",
    ]
    path.write_text("port: 1\nconfig: {}\nhostname: x\n")
    assert [line.split('"')[1] for line in error_of(read_config, "dev").splitlines()] == [
        "port",
        "hostname",
    ]


def test_legacy_key_of_provider(root: Path) -> None:
    (root / "Pulumi.dev.yaml").write_text("config:\n  docker:config:host: x\n")
    assert read_config("dev") == {"docker:config:host": "x"}, "Pulumi reads it as docker:host"


def test_setting_is_no_mistyped_top_level_key(root: Path) -> None:
    for name in (field.alias or key for key, field in Settings.model_fields.items()):
        (root / "Pulumi.dev.yaml").write_text(f"{name}: 1\n")
        assert error_of(read_config, "dev").endswith(f"under config as pack-registry:{name}.")
