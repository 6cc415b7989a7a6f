"""The command of a garbage collection, and what it prints."""

from __future__ import annotations

import pytest

from components.servers.distribution.collection import (
    blob_path,
    collection_command,
    read_collection,
    supports_collection,
)

M1, M2, B1, B2, OLD = (f"sha256:{digit * 64}" for digit in "12345")
DISTRIBUTION_3 = f"""packs/nginx
packs/nginx: marking manifest {M1} 
packs/nginx: marking blob {B1}
packs/redis
packs/redis: marking manifest {M2} 
packs/redis: marking blob {B2}

4 blobs marked, 1 blobs and 0 manifests eligible for deletion
blob eligible for deletion: {OLD}
packs/nginx: layer link eligible for deletion: {OLD}
"""  # noqa: W291 - as it prints it


def test_output_of_distribution() -> None:
    found = read_collection(0, DISTRIBUTION_3.splitlines())
    assert found
    assert found.kept_manifests == {("packs/nginx", M1), ("packs/redis", M2)}
    assert found.kept_packs == {"packs/nginx", "packs/redis"}
    assert (found.kept_blobs, found.removed) == (4, (OLD,))


@pytest.mark.parametrize("directory", ["repositories", "blobs"])
def test_storage_without_packs(directory: str) -> None:
    line = f"failed to mark: filesystem: Path not found: /docker/registry/v2/{directory}"
    found = read_collection(1, [line])
    assert found
    assert (found.kept_blobs, found.removed) == (0, ())


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (1, DISTRIBUTION_3),
        (0, ""),
        (0, "collected"),
        (
            1,
            "failed to mark: s3aws: Path not found: /docker/registry/v2/repositories/a/_layers",
        ),
    ],
    ids=["exit code", "silent", "other program", "broken pack"],
)
def test_failed_collection(code: int, text: str) -> None:
    assert read_collection(code, text.splitlines()) is None


@pytest.mark.parametrize(
    ("entrypoint", "command", "expected"),
    [
        (["/registry"], ["serve", "/etc/spectro/config.yml"], ["/registry"]),
        (["/registry", "serve"], ["/etc/spectro/config.yml"], ["/registry"]),
        ([], ["/registry", "serve", "/etc/spectro/config.yml"], ["/registry"]),
        (["/entrypoint.sh"], ["/etc/spectro/config.yml"], ["/entrypoint.sh"]),
    ],
)
def test_command_of_server_with_file(
    entrypoint: list[str], command: list[str], expected: list[str]
) -> None:
    assert collection_command(entrypoint, command, ["--dry-run"]) == (
        expected,
        ["garbage-collect", "--dry-run", "/etc/spectro/config.yml"],
    )
    assert collection_command(entrypoint, command, ["--help"], asks=True) == (
        expected,
        ["garbage-collect", "--help"],
    )


def test_command_of_server_without_file() -> None:
    found = collection_command(["/spectro-server"], [], [])
    assert found == (["/spectro-server"], ["garbage-collect"])


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        (0, "Usage: registry garbage-collect <config>\n  -d, --dry-run", True),
        (0, "Usage: registry serve <config>", False),
        (1, 'unknown command "garbage-collect"; --dry-run', False),
        (0, "garbage-collect", False),
    ],
)
def test_image_is_asked(code: int, text: str, expected: bool) -> None:
    assert supports_collection(code, text) is expected


def test_blob_path() -> None:
    assert blob_path(B1) == f"docker/registry/v2/blobs/sha256/33/{'3' * 64}/data"
