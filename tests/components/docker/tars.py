"""Tar archives as Docker returns them."""

from __future__ import annotations

import io
import tarfile


def make_links(*members: tuple[str, str]) -> bytes:
    """Pack empty files by name, and hard links with their target."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, target in members:
            member = tarfile.TarInfo(name)
            member.type = tarfile.LNKTYPE if target else tarfile.REGTYPE
            member.linkname = target
            tar.addfile(member)
    return packed.getvalue()
