"""The checks, one module each. A check yields lines.

If it raises an error, its other lines are reported as unknown (``cli/status/run.py``).
"""
