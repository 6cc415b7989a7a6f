"""Tests of the checks of packs: wrong packs as data, their issues as snapshots.

After a message changes, run ``pytest tests/packs/checks --snapshot-update`` and review the
difference.
"""
