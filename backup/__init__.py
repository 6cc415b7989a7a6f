"""Backups of a registry: its packs, Pulumi's record and the stack's file.

`target` is where backups are. `source` is where packs are. `layout` knows the order in which the
servers' files are copied safely while clients push. The commands in `cli` read the stack.
"""
