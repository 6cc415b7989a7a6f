"""A network that connects containers to the network of their host."""

import pulumi_docker as docker

docker.Network("network", name="violations", driver="macvlan")
