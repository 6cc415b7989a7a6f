"""Fixtures of the tests of the settings."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.support.text_snapshot import TextSnapshotExtension


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Messages as plain text."""
    return snapshot.use_extension(TextSnapshotExtension)
