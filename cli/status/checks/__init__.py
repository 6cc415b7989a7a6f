"""The checks, one module each. A check yields lines and raises no error of its own.

What raises an error is reported as an unknown line (``cli/status/run.py``).
"""
