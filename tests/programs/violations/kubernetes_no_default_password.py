"""A Secret with a default password."""

from cluster import secret

secret({"username": "ci", "password": "changeme"})
