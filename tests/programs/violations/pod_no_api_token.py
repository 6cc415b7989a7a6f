"""A pod with the token of its service account."""

from cluster import deployment

deployment(automountServiceAccountToken=True)
