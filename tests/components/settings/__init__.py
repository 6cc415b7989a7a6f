"""Tests of the settings: inputs in ``data``, messages in ``__snapshots__``.

After a message changes, run ``pytest tests/components/settings --snapshot-update`` and review the
difference.
"""
