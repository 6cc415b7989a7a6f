"""A web server whose port 80 is published on all addresses."""

from compliant import DIGEST, container

container(
    envs=[],
    image=f"us-docker.pkg.dev/palette-images/web@{DIGEST}",
    ports=[{"internal": 80, "external": 80}],
)
