"""Runs the program that PROGRAM names: one file of this directory."""

import os
import runpy

runpy.run_path(f"{os.environ['PROGRAM']}.py", run_name="program")
