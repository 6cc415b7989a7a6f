"""A resource of a type that no policy checks."""

import pulumi_docker as docker

docker.Secret("secret", name="violations-secret", data="aHVudGVyMg==")
