"""TODO describe."""

from __future__ import annotations

from components.settings import Flavor

DATA_DIRECTORY = "/data"
"""Where the server keeps packs; it is the only place that it may write to."""


AUTH_DIRECTORY = "/auth"
CERTIFICATE_DIRECTORY = "/certs"
HTPASSWD_FILE = "htpasswd-basic"
CERTIFICATE_FILE = "tls.crt"
PRIVATE_KEY_FILE = "tls.key"
CLIENT_CAS_FILE = "client-cas.crt"
ACME_DIRECTORY = "/acme"
DEFAULT_ADDR = ":5000"

ROOT_DIRECTORIES = {Flavor.PACK: "/data/.spectro-server", Flavor.OCI: "/data/registry"}
"""Where a flavor's server keeps packs in a file system: the pack registry's own default, and one beside it, for neither is to touch the other's."""


NEW_HTPASSWD_FILE = "htpasswd-basic.new"
YAML_FILE = "registry.yml"
ACME_CA_FILE = "acme-ca.crt"

CONFIG_DIRECTORY = "/config"
"""Where the writers, and a server with a YAML file, have the volume."""
