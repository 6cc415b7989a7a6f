"""`unbundle.sh`: what it refuses before it unpacks anything, and what it installs."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.bundles.unpack import UnpackError, read_sums
from tests.support.bundles import KINDS, contents, find, flip, small_bundle, this_python, unbundle


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_bundle(tmp_path_factory.mktemp("original") / "bundle")


@pytest.fixture
def bundle(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "bundle"))


def expect_refusal(bundle: Path, tmp_path: Path, message: str, **environment: str) -> None:
    """The script ends with a message, and nothing is unpacked or installed."""
    before = sorted(tmp_path.rglob("*"))
    target, home = tmp_path / "project", tmp_path / "home"
    done = unbundle(bundle, target, home, **environment)
    assert done.returncode == 1, done.stderr
    assert message in done.stderr.splitlines()[-1], done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("x ")
    assert set(tmp_path.rglob("*")) - set(before) <= {home}


def test_unpacked_and_installed(bundle: Path, tmp_path: Path) -> None:
    done = unbundle(bundle, tmp_path / "a project", tmp_path / "home")
    assert done.returncode == 0, done.stderr
    project = tmp_path / "a project"
    assert done.stderr.splitlines()[-1] == f"> Next, run `cd '{project}' && make up STACK=prod`."
    for kind, path in KINDS.items():
        place = tmp_path / "home/.pulumi/bin/pulumi" if kind == "pulumi" else project / path
        assert place.read_bytes() == contents()[path], kind
    steps = (project / "steps").read_text().splitlines()
    assert steps == ["make", "-m cli load-image --stack prod"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a project", "bundle", "home"]


@pytest.mark.parametrize("kind", KINDS)
def test_flipped_byte_in_member(bundle: Path, tmp_path: Path, kind: str) -> None:
    path, offset = find(bundle, contents()[KINDS[kind]])
    flip(path, offset)
    expect_refusal(bundle, tmp_path, f"{path.name} is damaged")


@pytest.mark.parametrize("name", ["bundle.json", "SHA256SUMS", "unbundle.sh"])
def test_flipped_byte_next_to_parts(bundle: Path, tmp_path: Path, name: str) -> None:
    flip(bundle / name, 20)
    expect_refusal(bundle, tmp_path, "is damaged")


def test_each_byte_of_sums(original: Path, tmp_path: Path) -> None:
    """No other text is read as the same digests."""
    sums = tmp_path / "SHA256SUMS"
    text = (original / "SHA256SUMS").read_bytes()
    sums.write_bytes(text)
    expected = read_sums(sums)
    for place in range(len(text)):
        sums.write_bytes(text[:place] + bytes([text[place] ^ 1]) + text[place + 1 :])
        with contextlib.suppress(UnpackError):
            assert read_sums(sums) != expected, place


def remove(bundle: Path) -> None:
    (bundle / "bundle.part002").unlink()


def truncate(bundle: Path) -> None:
    os.truncate(bundle / "bundle.part002", 50_000)


def truncate_last_byte(bundle: Path) -> None:
    last = max(bundle.glob("*.part*"))
    os.truncate(last, last.stat().st_size - 1)


def empty(bundle: Path) -> None:
    os.truncate(bundle / "bundle.part002", 0)


def swap(bundle: Path) -> None:
    (bundle / "bundle.part001").rename(bundle / "x")
    (bundle / "bundle.part002").rename(bundle / "bundle.part001")
    (bundle / "x").rename(bundle / "bundle.part002")


def add(bundle: Path) -> None:
    shutil.copy(bundle / "bundle.part001", bundle / "bundle.part099")


def remove_with_digest(bundle: Path) -> None:
    last = max(bundle.glob("*.part*"))
    last.unlink()
    remove_line(bundle, last.name)


def add_with_digest(bundle: Path) -> None:
    """A part of another bundle with its line."""
    shutil.copy(bundle / "bundle.part001", bundle / "bundle.part099")
    sums = bundle / "SHA256SUMS"
    line = next(line for line in sums.read_text().splitlines() if line.endswith("part001"))
    sums.write_text(f"{sums.read_text()}{line.replace('part001', 'part099')}\n")


def remove_line(bundle: Path, name: str) -> None:
    sums = bundle / "SHA256SUMS"
    lines = [line for line in sums.read_text().splitlines(keepends=True) if name not in line]
    sums.write_text("".join(lines))


def remove_sums(bundle: Path) -> None:
    (bundle / "SHA256SUMS").unlink()


def remove_description(bundle: Path) -> None:
    (bundle / "bundle.json").unlink()


def remove_line_of_description(bundle: Path) -> None:
    remove_line(bundle, "bundle.json")


def directory_for_part(bundle: Path) -> None:
    (bundle / "bundle.part002").unlink()
    (bundle / "bundle.part002").mkdir()


CHANGES: list[tuple[Callable[[Path], None], str]] = [
    (remove, "bundle.part002 is missing in"),
    (truncate, "bundle.part002 is damaged"),
    (truncate_last_byte, "is damaged"),
    (empty, "bundle.part002 is damaged"),
    (swap, "bundle.part001 is damaged"),
    (add, "bundle.part099 is not part of this bundle."),
    (remove_with_digest, "SHA256SUMS is damaged"),
    (add_with_digest, "SHA256SUMS is damaged"),
    (remove_sums, "SHA256SUMS is missing or damaged"),
    (remove_description, "bundle.json is missing in"),
    (remove_line_of_description, "SHA256SUMS is damaged"),
    (directory_for_part, "bundle.part002 is missing in"),
]


@pytest.mark.parametrize(("change", "message"), CHANGES)
def test_changed_bundle(tmp_path: Path, change: Callable[[Path], None], message: str) -> None:
    bundle = small_bundle(tmp_path / "bundle")
    change(bundle)
    expect_refusal(bundle, tmp_path, message)


def test_target_with_files(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "notes.txt").write_text("mine")
    expect_refusal(bundle, tmp_path, "project is not empty. Name a new directory.")
    assert (tmp_path / "project" / "notes.txt").read_text() == "mine"


def test_empty_target(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    assert unbundle(bundle, tmp_path / "project", tmp_path / "home").returncode == 0


def test_target_is_required(bundle: Path, tmp_path: Path) -> None:
    for target in ("", "--help"):
        done = unbundle(bundle, target, tmp_path / "home")
        assert done.returncode == 1
        assert done.stderr == (
            f"x Name one new directory for the project: {bundle}/unbundle.sh DIRECTORY\n"
        )


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("version", "3.42", "The bundle is for Python 3.42 on linux"),
        ("implementation", "pypy", "The bundle is for pypy 3."),
        ("machine", "aarch64", "on linux aarch64, and this is Python 3."),
        ("system", "darwin", " on darwin "),
        ("libcVersion", "9.99", "The bundle needs glibc 9.99 or newer"),
    ],
)
def test_other_machine(tmp_path: Path, key: str, value: str, message: str) -> None:
    python = {**this_python(), key: value}
    bundle = small_bundle(tmp_path / "bundle", python=python)
    expect_refusal(bundle, tmp_path, message)


def test_other_c_library(tmp_path: Path) -> None:
    python = {**this_python(), "libc": "musl", "libcVersion": "0.0"}
    expect_refusal(small_bundle(tmp_path / "bundle", python=python), tmp_path, "needs musl")


def test_missing_program(tmp_path: Path) -> None:
    bundle = small_bundle(tmp_path / "bundle", programs=["no-such-program"])
    expect_refusal(bundle, tmp_path, "no-such-program not found on PATH.")


def test_no_space(tmp_path: Path) -> None:
    bundle = small_bundle(tmp_path / "bundle", unpackedBytes=10**18)
    expect_refusal(bundle, tmp_path, "GB of free space, and the bundle needs 1000000000.0 GB.")


def test_missing_python(bundle: Path, tmp_path: Path) -> None:
    message = "no-python is not on PATH. The bundle needs Python 3."
    expect_refusal(bundle, tmp_path, message, PYTHON="no-python")


def test_old_python(bundle: Path, tmp_path: Path) -> None:
    old = tmp_path / "python"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.6.8 || exit 1\n')
    old.chmod(0o755)
    expect_refusal(bundle, tmp_path, "Python 3.6.8 is too old.", PYTHON=str(old))


def test_other_pulumi_is_kept(bundle: Path, tmp_path: Path) -> None:
    cli = tmp_path / "home/.pulumi/bin/pulumi"
    cli.parent.mkdir(parents=True)
    cli.write_text("another version")
    expect_refusal(bundle, tmp_path, f"{cli} exists and is not the bundle's.")
    assert cli.read_text() == "another version"
    home = tmp_path / "pulumi"
    done = unbundle(bundle, tmp_path / "project", tmp_path / "home", PULUMI_HOME=str(home))
    assert done.returncode == 0, done.stderr
    assert (home / "bin/pulumi").read_bytes() == contents()[KINDS["pulumi"]]


def test_same_pulumi_is_kept(bundle: Path, tmp_path: Path) -> None:
    cli = tmp_path / "home/.pulumi/bin/pulumi"
    cli.parent.mkdir(parents=True)
    cli.write_bytes(contents()[KINDS["pulumi"]])
    before = cli.stat().st_ino
    assert unbundle(bundle, tmp_path / "project", tmp_path / "home").returncode == 0
    assert cli.stat().st_ino == before


def test_pulumi_on_path(bundle: Path, tmp_path: Path) -> None:
    other = tmp_path / "bin" / "pulumi"
    other.parent.mkdir()
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    path = f"{other.parent}:/usr/bin:/bin"
    expect_refusal(bundle, tmp_path, f"The Pulumi CLI {other} is on PATH", PATH=path)


def test_repeated_after_failure(bundle: Path, tmp_path: Path) -> None:
    project, home = tmp_path / "project", tmp_path / "home"
    done = unbundle(bundle, project, home)
    (project / "Pulumi.prod.yaml").write_text("edited")
    (project / ".venv/bin/python").write_text("#!/bin/sh\necho 'x Docker is not there' >&2\nexit 1")
    done = unbundle(bundle, project, home)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-2:] == [
        "x Docker is not there",
        (
            "x The bundle is unpacked, but not installed. Fix the error above, then run this "
            "command again."
        ),
    ]
    (project / ".venv/bin/python").write_text("#!/bin/sh\n")
    done = unbundle(bundle, project, home)
    assert done.returncode == 0, done.stderr
    assert (project / "Pulumi.prod.yaml").read_text() == "edited"


def test_killed_while_unpacking(bundle: Path, tmp_path: Path) -> None:
    left = tmp_path / ".project.incomplete"
    left.mkdir()
    (left / "half").write_text("")
    assert unbundle(bundle, tmp_path / "project", tmp_path / "home").returncode == 0
    assert not left.exists()
    assert not (tmp_path / "project" / "half").exists()


def test_other_bundle_is_not_unpacked_over_the_first(bundle: Path, tmp_path: Path) -> None:
    assert unbundle(bundle, tmp_path / "project", tmp_path / "home").returncode == 0
    other = small_bundle(tmp_path / "next", created="later")
    done = unbundle(other, tmp_path / "project", tmp_path / "home")
    assert "is not empty" in done.stderr
