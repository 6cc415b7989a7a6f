"""The Pulumi program: this stack's pack registry and its outputs."""

import atexit
import gc
import os
import signal

# The program lives for a second and makes little garbage; to look for it costs a fifth of a preview.
gc.disable()

import pulumi  # noqa: E402

from components import PackRegistry  # noqa: E402
from components.debug_log import keep_values_out  # noqa: E402
from components.errors import ToldError  # noqa: E402
from settings import stack_arguments  # noqa: E402

SHOWN = 32
"""Exit code by which Pulumi's Python host knows that the error was shown; any other one adds a line of its own below the reason."""

atexit.register(lambda: os._exit(SHOWN) if ToldError.raised else None)
# When an update fails, Pulumi interrupts this program; to go without Python's traceback leaves the reason as the last thing on the screen.
signal.signal(signal.SIGINT, lambda *_: os._exit(SHOWN))

keep_values_out()
registry = PackRegistry("registry", stack_arguments())
for name, value in registry.outputs.items():
    pulumi.export(name, value)

gc.freeze()  # nor is anything that is loaded by now looked through at the end
