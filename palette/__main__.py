"""The Pulumi program of the project: declares the registration and exports the outputs."""

import sys
from pathlib import Path

# Pulumi runs this file in its own directory. The package `common` is one level up.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pulumi

from common.pulumi_runtime import exit_quietly_after_user_errors, redact_output
from palette.program import register
from palette.settings import load_settings

exit_quietly_after_user_errors()
redact_output()
for name, value in register(load_settings()).items():
    pulumi.export(name, value)
