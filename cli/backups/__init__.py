"""What `make backup`, `make restore` and `make drill` share.

They find the packs of a stack, Pulumi's record and the stack's file. The package `backup` reads and
writes backups.
"""
