"""Runs the program that PROGRAM names: one file of this directory."""

import os
import runpy
import signal

# As the pack registry's program does: when a preview fails, Pulumi interrupts the program, and Python's traceback would bury the reason.
signal.signal(signal.SIGINT, lambda *_: os._exit(32))

runpy.run_path(f"{os.environ['PROGRAM']}.py", run_name="program")
