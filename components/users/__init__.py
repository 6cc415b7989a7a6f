"""The users: their passwords, and the htpasswd file that the server reads.

The rules for ``users`` settings belong here. How the file reaches the server does not.
"""
