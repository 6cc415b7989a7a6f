"""The policy pack as Pulumi runs it: a server for the engine, which ends with it."""

import gc
import sys
from pathlib import Path

# It lives for seconds and makes little garbage, as the program does.
gc.disable()
# Pulumi runs this directory; the rules import each other by their names in the project.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pulumi_policy import PolicyPack  # noqa: E402

from policy.policies import RULES  # noqa: E402

PolicyPack(name="pack-registry", policies=[rule.policy() for rule in RULES])
