"""A certificate without its common name in its alternative names."""

from compliant import certificate

certificate(dns_names=["other.example.com"])
