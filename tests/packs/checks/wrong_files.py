"""Wrong packs: files."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from packs.checks.limits import MAX_FILE_SIZE, MAX_PACK_SIZE
from tests.packs.checks.building import Changes, link_to, pack_json, png, sparse


def _socket(path: Path) -> None:
    # The path of a socket is at most 107 characters long.
    here = os.open(path.parent, os.O_RDONLY)
    try:
        with socket.socket(socket.AF_UNIX) as opened:
            opened.bind(f"/proc/self/fd/{here}/{path.name}")
    finally:
        os.close(here)


FILES: dict[str, Changes] = {
    "no metadata": {"pack.json": None},
    "no values": {"values.yaml": None},
    "no logo": {"logo.png": None},
    "nothing but values": {
        "pack.json": None,
        "logo.png": None,
        "README.md": None,
        "presets.yaml": None,
        "charts/hello-1.0.0.tgz": None,
        "manifests/hello.yaml": None,
    },
    "other case": {"logo.png": None, "Logo.PNG": png()},
    "directory": {"values.yaml": Path.mkdir},
    "metadata is a directory": {"pack.json": Path.mkdir},
    "named pipe": {"values.yaml": os.mkfifo},
    "named pipe elsewhere": {"manifests/pipe": os.mkfifo},
    "metadata is a named pipe": {"pack.json": os.mkfifo},
    "manifest is a named pipe": {"manifests/hello.yaml": os.mkfifo},
    "socket": {"manifests/socket": _socket},
    "link that leads out": {"notes.txt": link_to("../../secret.txt")},
    "link to an absolute path": {"notes.txt": link_to("/etc/hostname")},
    "link to the pack's own absolute path": {
        "notes.txt": lambda path: path.symlink_to(path.parent / "README.md"),
    },
    "link to nothing": {"notes.txt": link_to("missing.txt")},
    "link to itself": {"notes.txt": link_to("notes.txt")},
    "link of a directory that leads out": {"extra": link_to("../..")},
    "metadata is a link that leads out": {"pack.json": link_to("/etc/hostname")},
    "manifest behind a link that leads out": {
        "linked": link_to(".."),
        "pack.json": pack_json(kubeManifests=["linked/hello.yaml"]),
    },
    "huge file": {"image.iso": sparse(MAX_FILE_SIZE + 1)},
    "huge pack": {
        f"image{number}.iso": sparse(MAX_FILE_SIZE)
        for number in range(MAX_PACK_SIZE // MAX_FILE_SIZE)
    },
    "huge values": {"values.yaml": sparse(11 * 2**20)},
    "huge logo": {"logo.png": sparse(6 * 2**20)},
    "file name with a control sequence": {"\x1b[31m.txt": ""},
    "file name with a line end": {"a\nb.txt": ""},
    "file name that is not UTF-8": {"\udcff.txt": ""},
    "file name that changes the direction": {"a\u202etxt.exe": ""},
}

PATHS: dict[str, Changes] = {
    "missing chart": {"charts/hello-1.0.0.tgz": None},
    "missing manifest": {"manifests/hello.yaml": None},
    "similar chart": {"pack.json": pack_json(charts=["charts/hello-1.0.1.tgz"])},
    "chart with backslashes": {"pack.json": pack_json(charts=["charts\\hello-1.0.0.tgz"])},
    "chart outside": {"pack.json": pack_json(charts=["../hello.tgz"])},
    "chart outside and back": {"pack.json": pack_json(charts=["../pack/charts/hello-1.0.0.tgz"])},
    "chart with an absolute path": {"pack.json": pack_json(charts=["/etc/hostname"])},
    "chart on a Windows drive": {"pack.json": pack_json(charts=["C:\\hello.tgz"])},
    "chart with an empty path": {"pack.json": pack_json(charts=[""])},
    "chart with a null character": {"pack.json": pack_json(charts=["a\0b"])},
    "chart of half a character": {"pack.json": pack_json(charts=["\ud800"])},
    "chart with a long path": {"pack.json": pack_json(charts=["a/" * 5000])},
    "chart is the pack": {"pack.json": pack_json(charts=["."])},
    "chart is a URL": {"pack.json": pack_json(charts=["https://example.com/hello.tgz"])},
    "chart is a named pipe": {"pack.json": pack_json(charts=["pipe"]), "pipe": os.mkfifo},
    "manifest outside": {"pack.json": pack_json(kubeManifests=["manifests/../../hello.yaml"])},
    "manifest is a directory": {"pack.json": pack_json(kubeManifests=["manifests"])},
    "second manifest": {
        "pack.json": pack_json(kubeManifests=["manifests/hello.yaml", "manifests/hallo.yml"]),
    },
}

YAML: dict[str, Changes] = {
    "values with a wrong indent": {"values.yaml": "a:\n  b: 1\n c: 2\n"},
    "values with a tab": {"values.yaml": "a:\n\tb: 1\n"},
    "values with two colons": {"values.yaml": "a: b: c\n"},
    "values with a bracket too few": {"values.yaml": "a: [1, 2\nb: 3\n"},
    "values with an unquoted asterisk": {"values.yaml": "a: 1\nhost: *.example.com\n"},
    "values with an unquoted percent": {"values.yaml": "a: 1\nb: %c\n"},
    "values is a list": {"values.yaml": "# values\n- a\n"},
    "values is a string": {"values.yaml": "hello\n"},
    "values with two documents": {"values.yaml": "a: 1\n---\nb: 2\n"},
    "values with an unknown alias": {"values.yaml": "a: *b\n"},
    "values that contain themselves": {"values.yaml": "a: &a\n  b: *a\n"},
    "values with many aliases": {
        "values.yaml": "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)),
    },
    "values with deep lists": {"values.yaml": "a: " + "[" * 100_000},
    "values with deep objects": {"values.yaml": "".join(f"{' ' * n}a:\n" for n in range(200))},
    "values with a control character": {"values.yaml": "a: 1\nb: \x1b[31m\n"},
    "values in Latin-1": {"values.yaml": "a: 1\nb: \xe9\n".encode("latin-1")},
    "values in UTF-16": {"values.yaml": "a: 1\n".encode("utf-16")},
    "values in gzip": {"values.yaml": b"\x1f\x8b\x08\x00"},
    "schema of values is a list": {"schema.yaml": "- a\n"},
    "presets is a list": {"presets.yaml": "- name: a\n"},
    "presets without presets": {"presets.yaml": "preset:\n- name: a\n"},
    "presets with another type": {"presets.yaml": "presets: all\n"},
    "preset is a string": {"presets.yaml": "presets:\n- a\n"},
    "preset without a name": {"presets.yaml": "presets:\n- displayName: A\n"},
    "preset with a name twice": {
        "presets.yaml": "presets:\n" + "- name: a\n  displayName: A\n- displayName: B\n  name: a\n",
    },
    "preset that adds an object": {
        "presets.yaml": "presets:\n- name: a\n  displayName: A\n  add:\n    b: 1\n",
    },
    "preset that adds broken YAML": {
        "presets.yaml": "presets:\n- name: a\n  displayName: A\n  add: |\n    b: 1\n     c: 2\n",
    },
    "preset that removes a string": {
        "presets.yaml": "presets:\n- name: a\n  displayName: A\n  remove: b\n",
    },
    "manifest with broken YAML": {"manifests/hello.yaml": "kind: A\n  name: b\n"},
    "manifest is a string": {"manifests/hello.yaml": "hello\n"},
    "manifest is a list": {"manifests/hello.yaml": "- kind: A\n"},
    "manifest without a kind": {"manifests/hello.yaml": "apiVersion: v1\nmetadata: {}\n"},
    "second document without a kind": {
        "manifests/hello.yaml": "apiVersion: v1\nkind: A\n---\n---\nname: b\n",
    },
    "manifest with an action that has no end": {"manifests/hello.yaml": "kind: {{ .Values.a }\n"},
}

LOGOS: dict[str, Changes] = {
    "empty": {"logo.png": b""},
    "text": {"logo.png": "hello"},
    "SVG": {"logo.png": '<?xml version="1.0"?>\n<svg onload="alert(1)"/>'},
    "HTML": {"logo.png": "<html><script>alert(1)</script></html>"},
    "pointer of Git LFS": {"logo.png": "version https://git-lfs.github.com/spec/v1\n"},
    "only the signature": {"logo.png": png()[:8]},
    "cut off": {"logo.png": png()[:-20]},
    "without its end": {"logo.png": png(end=False)},
    "damaged": {"logo.png": png(damaged=True)},
    "no header": {"logo.png": png()[:8] + png()[33:]},
    "no pixels": {"logo.png": png()[:33] + png()[-12:]},
    "no width": {"logo.png": png(width=0)},
    "bomb": {"logo.png": png(width=2**31 - 1, height=2**31 - 1)},
    "JPEG": {"logo.png": b"\xff\xd8\xff\xe0\0\x10JFIF"},
    "GIF": {"logo.png": b"GIF89a"},
    "WebP": {"logo.png": b"RIFF\0\0\0\0WEBP"},
}
