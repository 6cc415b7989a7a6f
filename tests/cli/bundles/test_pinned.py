"""Images that are pinned by digest: in a bundle, they are named by their tag."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli import policy
from cli.bundles.pinned import unpin_policy, unpin_stack_file, unpinned_name
from cli.console import CommandError

DIGEST = f"sha256:{'1234567890ab' * 5}1234"
PINNED = f"registry.example.com:5000/packs/server:4.7.0@{DIGEST}"


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        (PINNED, "registry.example.com:5000/packs/server:4.7.0"),
        ("registry.example.com:5000/server", "registry.example.com:5000/server"),
        ("server:1", "server:1"),
        (f"example.com:5000/server@{DIGEST}", "example.com:5000/server:sha256-1234567890ab"),
    ],
)
def test_name(reference: str, name: str) -> None:
    assert unpinned_name(reference) == name


def test_stack_file_keeps_its_comments() -> None:
    content = f"config:\n  pack-registry:image: {PINNED} # of May\n".encode()
    assert unpin_stack_file(content, "prod", PINNED) == (
        b"config:\n  pack-registry:image: registry.example.com:5000/packs/server:4.7.0 # of May\n"
    )


@pytest.mark.parametrize("content", ["config: {}\n", f"a: {PINNED}\nb: {PINNED}\n"])
def test_stack_file_without_the_text(content: str) -> None:
    with pytest.raises(CommandError, match=r"must be written once, on one line"):
        unpin_stack_file(content.encode(), "prod", PINNED)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("", {"unpinned": ["registry.example.com:5000/packs/server"]}),
        (
            '{"image-pinned": {"unpinned": ["a"], "enforcementLevel": "advisory"}}',
            {
                "unpinned": ["a", "registry.example.com:5000/packs/server"],
                "enforcementLevel": "advisory",
            },
        ),
        (
            '{"image-pinned": "mandatory"}',
            {
                "enforcementLevel": "mandatory",
                "unpinned": ["registry.example.com:5000/packs/server"],
            },
        ),
    ],
)
def test_policy(before: str, expected: object) -> None:
    content = unpin_policy(before, PINNED)
    assert json.loads(content)["image-pinned"] == expected
    assert unpin_policy(content, PINNED) == content


def test_other_policies_are_kept() -> None:
    content = json.loads(unpin_policy('{"image-registry": {"registries": ["a"]}}', PINNED))
    assert content["image-registry"] == {"registries": ["a"]}


def test_policy_is_valid(tmp_path: Path) -> None:
    """The commands check the configuration before an update."""
    path = tmp_path / "prod.json"
    path.write_text(unpin_policy('{"image-pinned": "mandatory"}', PINNED))
    assert list(policy._issues(path)) == []
