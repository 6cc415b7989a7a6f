"""Registries on a real Kubernetes cluster: `test_applied.py` without Pulumi, the others with it.

The suite uses the cluster that KUBECONFIG names. `make test-cluster` starts one (tests/cluster).
These variables describe it:

- ``TEST_KUBERNETES_IMAGE``: an image with the server that the nodes have or can pull,
  `pack-registry-dev:1.1.0` by default (`kind load docker-image pack-registry-dev:1.0.0`).
- ``TEST_KUBERNETES_NEXT_IMAGE``: another image with the server, `pack-registry-next:1` by default.
- ``TEST_KUBERNETES_BAD_IMAGE``: an image whose server exits, `pack-registry-bad:1` by default.
- ``TEST_KUBERNETES_SICK_IMAGE``: an image whose server answers 503, `pack-registry-sick:1` by
  default. `python -m tests.support.kubernetes_images` builds the three.
- ``TEST_KUBERNETES_S3``: `http://KEY:SECRET@HOST:PORT/BUCKET`, an S3 server that the pods reach.
- ``TEST_KUBERNETES_ADDRESS``: an address at which the nodes' ports are reached, for example of a
  TCP load balancer in front of all nodes. The first node's address by default.
- ``TEST_KUBERNETES_NODE_PORT``: the node port to use, if the load balancer has only that one.
- ``TEST_KUBERNETES_CUT``, ``TEST_KUBERNETES_RESTORE``: commands that cut the power of the node that
  follows them, and restore it. Its processes end without notice, and it answers no packet.
- ``TEST_KUBERNETES_BUCKET_STOP``, ``TEST_KUBERNETES_BUCKET_START``: commands that stop the S3
  server, and start it with the same content.
- ``REQUIRE_CLUSTER=1`` selects and requires the tests without Pulumi. They need no bucket.
- ``REQUIRE_KUBERNETES=1`` forbids skips of all others, except for tests whose commands
  are not set.
"""
