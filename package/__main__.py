"""The entry point that Pulumi starts: a provider that ends with the engine."""

import sys
from pathlib import Path

# Pulumi runs this directory. The packages import each other by their names in the project.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from pulumi.provider import main  # noqa: E402

from common.pulumi_runtime import redact_output  # noqa: E402
from package.provider import PackRegistryProvider  # noqa: E402

if __name__ == "__main__":
    redact_output()
    main(PackRegistryProvider(), sys.argv[1:])
