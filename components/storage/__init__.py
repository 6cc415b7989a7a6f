"""Storage of packs: their location, and settings of storage that conflict.

Mounts and volumes belong to the target that creates them (``components/docker``).
"""
