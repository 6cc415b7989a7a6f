"""A Service that takes over the traffic to an address."""

from cluster import service

service(externalIPs=["203.0.113.5"])
