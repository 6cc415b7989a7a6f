"""Largest sizes that the checks accept.

Palette documents no limits. These are far above the largest of the public packs of Spectro Cloud
(a file of 5 MB, a pack of 9 MB), and low enough that a mistake such as a disk image is found.
"""

MIB = 2**20
MAX_FILES = 50_000
"""Files and directories of a pack."""
MAX_PACK_SIZE = 500 * MIB
MAX_FILE_SIZE = 100 * MIB
MAX_YAML_SIZE = 10 * MIB
"""``values.yaml``, ``presets.yaml``, ``schema.yaml`` and manifests."""
MAX_LOGO_SIZE = 5 * MIB
MAX_LOGO_PIXELS = 8192
"""Width and height. A browser requires 4 bytes of memory per pixel."""
MAX_DEPTH = 100
"""Levels of lists and objects in a file of JSON or YAML."""
MAX_YAML_NODES = 1_000_000
"""Values of a YAML file after its aliases are replaced."""
MAX_CHART_SIZE = 100 * MIB
"""Unpacked content of a chart archive: Helm's MaxDecompressedChartSize."""
MAX_CHART_FILE_SIZE = 5 * MIB
"""A file in a chart archive: Helm's MaxDecompressedFileSize."""
MAX_CHART_FILES = 20_000
"""Members of a chart archive."""
