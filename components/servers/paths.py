"""Paths in a server's container, whichever server runs in it."""

from __future__ import annotations

DATA_DIRECTORY = "/data"
"""Where the server stores packs. It is the only directory that the server may write to."""

AUTH_DIRECTORY = "/auth"
CERTIFICATE_DIRECTORY = "/certs"

CONFIG_DIRECTORY = "/config"
"""Where the file writers, and servers with a configuration file, mount the config volume."""

ACME_DIRECTORY = "/acme"
"""Where a server that obtains its own certificate stores it."""

HTPASSWD_FILE = "htpasswd-basic"
NEW_HTPASSWD_FILE = "htpasswd-basic.new"
"""Name under which new credentials are written before they are activated."""

CERTIFICATE_FILE = "tls.crt"
PRIVATE_KEY_FILE = "tls.key"
CLIENT_CAS_FILE = "client-cas.crt"
ACME_CA_FILE = "acme-ca.crt"
