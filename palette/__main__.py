"""The Pulumi program: the registration of a pack registry in Palette, and its outputs."""

import sys
from pathlib import Path

# The registry's parts are used here too.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pulumi

from common.pulumi_runtime import exit_quietly_after_user_errors, redact_debug_log
from palette.program import register
from palette.settings import stack_settings

exit_quietly_after_user_errors()
redact_debug_log()
for name, value in register(stack_settings()).items():
    pulumi.export(name, value)
