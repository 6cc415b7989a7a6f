"""The checks, one module each. A check yields lines.

If it raises an error, its other lines are reported as unknown (``cli/status/run.py``). How a Docker
host or a cluster is asked does not belong here (``inspection.py`` of the target).
"""
