"""Storage of packs: where they are, and which storage settings conflict.

Mounts and volumes belong to the target that creates them (``components/docker``).
"""
