"""A container of a pod without a CPU request."""

from cluster import deployment

deployment({"resources": {"limits": {"memory": "1Gi"}}})
