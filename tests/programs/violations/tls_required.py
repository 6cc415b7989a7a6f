"""A registry with plain HTTP. A settings file, which no policy can read, does not exempt it."""

from compliant import container

container(envs=["REGISTRY_AUTH=htpasswd"], command=["serve", "/etc/registry.yml"])
