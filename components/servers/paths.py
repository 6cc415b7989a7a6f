"""Paths in a server's container, whichever server runs in it."""

from __future__ import annotations

DATA_DIRECTORY = "/data"
"""Directory of packs, the only one that the server may write to."""

SCRATCH_DIRECTORY = "/scratch"
"""Mount of temporary files that may be larger than the memory, on a disk."""
DOWNLOAD_DIRECTORY = f"{SCRATCH_DIRECTORY}/downloads"
"""Directory of copies that are not yet complete. The server owns it."""

AUTH_DIRECTORY = "/auth"
CERTIFICATE_DIRECTORY = "/certs"

CONFIG_DIRECTORY = "/config"
"""Mount of the config volume in file writers, and in servers with a configuration file."""

ACME_DIRECTORY = "/acme"
"""Directory of a certificate that the server obtained."""

HTPASSWD_FILE = "htpasswd-basic"
NEW_HTPASSWD_FILE = "htpasswd-basic.new"
"""Name under which new credentials are written before they are activated."""
LOADED_HTPASSWD_FILE = "htpasswd-basic.loaded"
"""Name of the credentials that a server which reads them once has read."""
PREVIOUS_HTPASSWD_FILE = "htpasswd-basic.previous"
"""Name that keeps the file which such a server watched until then."""

CERTIFICATE_FILE = "tls.crt"
PRIVATE_KEY_FILE = "tls.key"
CLIENT_CAS_FILE = "client-cas.crt"
ACME_CA_FILE = "acme-ca.crt"
