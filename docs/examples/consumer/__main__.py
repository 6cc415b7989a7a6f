"""Trusts a registry on Docker hosts, and lets pods of a cluster pull from it."""

import pulumi
from registry import Registry
from trust import create_pull_secrets, trust_on_docker_host

config = pulumi.Config()
registry = Registry.of_stack(config.require("registryStack"))

for number, host in enumerate(config.get_object("dockerHosts") or []):
    trust_on_docker_host(
        f"host-{number}",
        host,
        registry,
        directory=config.require("certificatesDirectory"),
        image=config.require("writerImage"),
    )

if namespaces := config.get_object("namespaces"):
    create_pull_secrets(namespaces, registry, config.require("user"))

pulumi.export("server", registry.server)
