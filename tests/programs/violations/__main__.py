"""Runs the program that PROGRAM names: one file of this directory."""

import os
import runpy
import signal

# Like the pack registry's program: if a preview fails, Pulumi interrupts the program. Python's
# traceback would hide the cause.
signal.signal(signal.SIGINT, lambda *_: os._exit(32))

runpy.run_path(f"{os.environ['PROGRAM']}.py", run_name="program")
