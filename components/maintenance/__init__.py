"""Maintenance of a running registry: its lock, whatever the target.

Backup, restore and garbage collection of one registry exclude each other. Where the lock is stored
and what an operation does is in the package of the target.
"""
