"""The entry point that Pulumi starts: a server that ends with the engine."""

import gc
import sys
from pathlib import Path

# The process lives for seconds and creates little garbage.
gc.disable()
# Pulumi runs this directory. The packages import each other by their names in the project.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pulumi_policy import PolicyPack  # noqa: E402

from common import redaction_hooks  # noqa: E402
from policy.conversion import convert_resources_once  # noqa: E402
from policy.policies import POLICIES  # noqa: E402

redaction_hooks.install()
convert_resources_once()
PolicyPack(name="pack-registry", policies=[policy.to_pulumi() for policy in POLICIES])
