"""A load balancer for everyone."""

from cluster import service

service(type="LoadBalancer")
