"""Checks of a Docker host before anything is created.

Each module checks one concern and returns its problems; ``run.py`` reports all of them at once.
Settings that are invalid on every host are rejected before (``components/validation.py``).
"""
