"""A password in the environment."""

from compliant import TLS, container

container(envs=[*TLS, "REGISTRY_STORAGE_S3_SECRETKEY=hunter2-hunter2"])
