"""A container of a pod that overrides the pod's user."""

from cluster import CONTEXT, deployment

deployment({"securityContext": {**CONTEXT, "runAsUser": 0}})
