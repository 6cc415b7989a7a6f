"""A password in the environment."""

from complying import TLS, container

container(envs=[*TLS, "REGISTRY_STORAGE_S3_SECRETKEY=hunter2-hunter2"])
