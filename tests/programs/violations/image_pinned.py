"""An image without a digest."""

import pulumi_docker as docker

docker.RemoteImage("image", name="us-docker.pkg.dev/palette-images/palette/spectro-registry:4.7.0")
