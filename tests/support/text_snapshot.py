"""Snapshots in plain text files, one for each assertion, for a readable difference in reviews."""

from __future__ import annotations

from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode


class TextSnapshotExtension(SingleFileSnapshotExtension):
    """Stores a string as ``__snapshots__/<test file>/<test>[<parameter>].txt``."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"
