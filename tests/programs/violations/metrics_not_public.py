"""A server of CNCF Distribution whose metrics are published on all addresses."""

from compliant import TLS, container

container(
    envs=[*TLS, "REGISTRY_HTTP_DEBUG_ADDR=:5001"],
    ports=[
        {"internal": 5000, "external": 8443, "ip": "127.0.0.1"},
        {"internal": 5001, "external": 5001, "ip": "0.0.0.0"},
    ],
)
