"""Fixtures of the tests of the checks."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.support.text_snapshot import TextSnapshotExtension
from tests.support.unit import clean_environment, isolated

__all__ = ["clean_environment", "isolated"]


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Snapshots in plain text."""
    return snapshot.use_extension(TextSnapshotExtension)
