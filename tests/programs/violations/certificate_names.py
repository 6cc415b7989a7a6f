"""A certificate whose names leave out its common name."""

from complying import certificate

certificate(dns_names=["other.example.com"])
