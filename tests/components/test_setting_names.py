"""Names of settings in messages, as languages spell them."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.setting_names import in_language, program_runtime

INVALID = """\
Found 2 invalid settings in the inputs of the pack registry r. No changes were made.
  - port: invalid value "tls.mode". Must be a TCP port.
  - tls.privateKeyPem: invalid value (sensitive value hidden). Must be an unencrypted PEM private \
key. Set it with "pulumi config set --secret --path tls.privateKeyPem".
  - users[0].plainText has no effect when tls.mode is off. Remove tls, or set keepOnDestroy to true.
"""


@pytest.mark.parametrize(
    ("runtime", "port", "key", "end"),
    [
        ("yaml", "port", "tls.privateKeyPem", "Remove tls, or set keepOnDestroy to true."),
        ("nodejs", "port", "tls.privateKeyPem", "Remove tls, or set keepOnDestroy to true."),
        ("python", "port", "tls.private_key_pem", "Remove tls, or set keep_on_destroy to true."),
        ("go", "Port", "Tls.PrivateKeyPem", "Remove Tls, or set KeepOnDestroy to true."),
        ("dotnet", "Port", "Tls.PrivateKeyPem", "Remove Tls, or set KeepOnDestroy to true."),
    ],
)
def test_names(runtime: str, port: str, key: str, end: str) -> None:
    text = in_language(INVALID, runtime)
    assert f'- {port}: invalid value "tls.mode". Must be a TCP port.' in text
    assert f"- {key}: invalid value" in text
    assert end in text
    assert "Set it to a secret of your program." in text
    assert in_language(text, runtime) == text


def test_words_that_are_no_settings() -> None:
    text = "The port of the image is in docs/tls.mode.md, e.g. registry.example.com."
    assert in_language(text, "go") == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Run `make up` again.", "Run `pulumi up` again."),
        ('and run "make up" again', 'and run "pulumi up" again'),
        ("Run it: `make up`, or `pulumi up --refresh`.", "Run it: `pulumi up --refresh`."),
        (
            'Set it with "pulumi config set --path tls.certificatePem < FILE".',
            "Set it to the content of the file.",
        ),
    ],
)
def test_commands(before: str, after: str) -> None:
    assert in_language(before, "yaml") == after


@pytest.mark.parametrize(
    ("name", "text", "runtime"),
    [
        ("Pulumi.yaml", "{name: a, runtime: go}", "go"),
        ("Pulumi.yml", "{name: a, runtime: {name: python}}", "python"),
        ("Pulumi.json", '{"name": "a", "runtime": "nodejs"}', "nodejs"),
        ("Pulumi.yaml", "- no project", ""),
        ("Pulumi.yaml", "runtime: [", ""),
        ("other.yaml", "runtime: go", ""),
    ],
)
def test_program_runtime(tmp_path: Path, name: str, text: str, runtime: str) -> None:
    (tmp_path / name).write_text(text)
    (tmp_path / "directory").mkdir()
    assert program_runtime(tmp_path / "directory") == runtime
