"""Annotations of a pack's manifest: ``make push`` writes them and ``make packs`` reads them.

A manifest without them is a pack too: Palette and ORAS don't know them.
"""

from common.labels import PREFIX

LAYER = f"{PREFIX}.layer"
"""Layer of the pack, as in ``pack.json``."""
DISPLAY_NAME = f"{PREFIX}.display-name"
"""Display name of the pack, as in ``pack.json``."""
CONTENT = f"{PREFIX}.content"
"""Digest of the pack's files: ``sha256:`` and the SHA-256 of the uncompressed tar archive."""
