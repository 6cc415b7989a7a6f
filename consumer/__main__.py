"""The Pulumi program: the registration of a pack registry in Palette, and its outputs."""

import sys
from pathlib import Path

# The registry's parts are used here too.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pulumi

from components.debug_log import keep_values_out
from components.ending import end_with_the_reason
from consumer.program import register
from consumer.settings import stack_settings

end_with_the_reason()
keep_values_out()
for name, value in register(stack_settings()).items():
    pulumi.export(name, value)
