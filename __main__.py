"""The Pulumi program: this stack's pack registry and its outputs."""

import os
import signal

import pulumi

from components import PackRegistry
from settings import stack_arguments

# When an update fails, Pulumi interrupts this program; to go without Python's traceback leaves the reason as the last thing on the screen.
signal.signal(signal.SIGINT, lambda *_: os._exit(1))

registry = PackRegistry("registry", stack_arguments())
for name, value in registry.outputs.items():
    pulumi.export(name, value)
