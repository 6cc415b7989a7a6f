"""A registry that speaks plain HTTP, on the loopback address; its settings file, which no rule can read, is no excuse."""

from complying import container

container(envs=["REGISTRY_AUTH=htpasswd"], command=["serve", "/etc/registry.yml"])
