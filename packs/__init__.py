"""Packs in an OCI registry, and packs in a directory.

Belongs here: what the commands read, check, publish, copy and delete in a registry, whatever runs
it. It imports only ``common``. Does not belong here: the stack of a registry and its options
(``cli``), and packs in a server's storage, which a backup reads (``backup``).
"""
