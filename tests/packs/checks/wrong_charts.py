"""Wrong packs: charts."""

from __future__ import annotations

import bz2
import gzip
import tarfile
import zlib
from pathlib import Path

from packs.checks.limits import MAX_CHART_FILES, MAX_CHART_SIZE, MIB
from tests.packs.checks.building import (
    CHART_YAML,
    Changes,
    Content,
    archive,
    chart,
    link_to,
    pack_json,
    special_member,
)

CHART = "charts/hello-1.0.0.tgz"
_BOMB = gzip.compress(b"\0" * (MAX_CHART_SIZE + 1), 1)


def _chart(content: Content) -> Changes:
    return {CHART: content}


def _directory(chart_yaml: Content) -> Changes:
    return {"pack.json": pack_json(charts=["charts/hello"]), "charts/hello/Chart.yaml": chart_yaml}


def _negative_size() -> bytes:
    """A member with a negative size, with which old versions of tarfile never end."""
    data = bytearray(gzip.decompress(chart()))
    data[124:136] = b"\xff" * 12
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    return gzip.compress(bytes(data))


def _long_names(number: int) -> bytes:
    """A chain of headers, each with a longer name for the next one."""
    header = special_member("././@LongLink", tarfile.GNUTYPE_LONGNAME)
    header.size = 10
    return gzip.compress((header.tobuf() + b"a" * 10 + b"\0" * 502) * number)


ARCHIVES: dict[str, Changes] = {
    "empty file": _chart(b""),
    "text": _chart("hello"),
    "pointer of Git LFS": _chart("version https://git-lfs.github.com/spec/v1\n"),
    "tar without gzip": _chart(gzip.decompress(chart())),
    "bzip2": _chart(bz2.compress(gzip.decompress(chart()))),
    "zip": _chart(b"PK\x03\x04" + b"\0" * 100),
    "gzip of text": _chart(gzip.compress(b"hello" * 1000)),
    "gzip of nothing": _chart(gzip.compress(b"")),
    "cut off": _chart(chart()[:-30]),
    "damaged": _chart(chart()[:20] + b"\xff" * 20 + chart()[40:]),
    "wrong checksum": _chart(chart()[:-8] + b"\0" * 8),
    "no file": _chart(archive()),
    "no chart file": _chart(archive(("hello/values.yaml", "a: 1\n"))),
    "chart file at the top": _chart(archive(("Chart.yaml", CHART_YAML))),
    "chart file too deep": _chart(archive(("charts/hello/Chart.yaml", CHART_YAML))),
    "chart file is a directory": _chart(
        archive(special_member("hello/Chart.yaml", tarfile.DIRTYPE)),
    ),
    "chart file is a link": _chart(
        archive(special_member("hello/Chart.yaml", tarfile.SYMTYPE, "values.yaml")),
    ),
    "two charts": _chart(chart(CHART_YAML, ("other/Chart.yaml", CHART_YAML))),
    "path that leads up": _chart(chart(CHART_YAML, ("hello/../../x", ""))),
    "absolute path": _chart(chart(CHART_YAML, ("/etc/x", ""))),
    "path on a Windows drive": _chart(chart(CHART_YAML, ("hello/c:/x", ""))),
    "path with backslashes that leads up": _chart(chart(CHART_YAML, ("hello\\..\\..\\x", ""))),
    "path with a control sequence": _chart(chart(CHART_YAML, ("/\x1b[31m", ""))),
    "link that leads out": _chart(
        chart(CHART_YAML, special_member("hello/x", tarfile.SYMTYPE, "../../x")),
    ),
    "link to an absolute path": _chart(
        chart(CHART_YAML, special_member("hello/x", tarfile.SYMTYPE, "/etc/passwd")),
    ),
    "hard link that leads out": _chart(
        chart(CHART_YAML, special_member("hello/x", tarfile.LNKTYPE, "../x")),
    ),
    "named pipe": _chart(chart(CHART_YAML, special_member("hello/x", tarfile.FIFOTYPE))),
    "device": _chart(chart(CHART_YAML, special_member("hello/x", tarfile.CHRTYPE))),
    "bomb": _chart(_BOMB),
    "bomb in two parts": _chart(gzip.compress(b"\0" * (MAX_CHART_SIZE // 2 + 1), 1) * 2),
    "large file": _chart(chart(CHART_YAML, ("hello/x", b"\0" * (6 * MIB)))),
    "many files": _chart(
        archive(
            *(special_member(f"hello/{n}", tarfile.DIRTYPE) for n in range(MAX_CHART_FILES + 1))
        ),
    ),
    "subchart that is no archive": _chart(chart(CHART_YAML, ("hello/charts/a.tgz", "text"))),
    "subchart that leads up": _chart(
        chart(CHART_YAML, ("hello/charts/a.tgz", chart(CHART_YAML, ("a/../../x", "")))),
    ),
    "subchart without a version": _chart(
        chart(CHART_YAML, ("hello/charts/a.tgz", archive(("a/Chart.yaml", "name: a\n")))),
    ),
    "bombs in subcharts": _chart(
        chart(CHART_YAML, *((f"hello/charts/{n}.tgz", _BOMB) for n in range(3))),
    ),
    "negative size": _chart(_negative_size()),
    "chain of long names": _chart(_long_names(5000)),
    "deflate without gzip": _chart(zlib.compress(gzip.decompress(chart()))),
}

CHART_FILES: dict[str, Changes] = {
    "empty": _chart(chart("")),
    "no version": _chart(chart("apiVersion: v2\nname: hello\n")),
    "no name": _chart(chart("apiVersion: v2\nversion: 1.0.0\n")),
    "no version of the format": _chart(chart("name: hello\nversion: 1.0.0\n")),
    "name is null": _chart(chart("apiVersion: v2\nname:\nversion: 1.0.0\n")),
    "name is a list": _chart(chart("apiVersion: v2\nname: [a]\nversion: 1.0.0\n")),
    "name with a slash": _chart(chart("apiVersion: v2\nname: a/b\nversion: 1.0.0\n")),
    "no semantic version": _chart(chart("apiVersion: v2\nname: hello\nversion: latest\n")),
    "list": _chart(chart("- name: hello\n")),
    "broken YAML": _chart(chart("name: hello\n  version: 1.0.0\n")),
    "Latin-1": _chart(archive(("hello/Chart.yaml", "name: h\xe9llo\n".encode("latin-1")))),
    "directory without a chart file": {
        **_directory(None),
        "charts/hello/values.yaml": "a: 1\n",
    },
    "directory with a broken chart file": _directory("name: hello\n  version: 1.0.0\n"),
    "directory with a chart file without version": _directory("\nname: hello\n"),
    "directory whose chart file leads out": _directory(link_to("/etc/hostname")),
    "directory whose chart file is a directory": _directory(Path.mkdir),
}
