"""A registry that speaks plain HTTP, on the loopback address."""

from complying import container

container(envs=["REGISTRY_AUTH=htpasswd"])
