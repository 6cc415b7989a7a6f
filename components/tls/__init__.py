"""The server's certificate: self-signed, from a private CA, provided, or from an ACME server.

Reading and checking PEM belongs here, and so do the rules for ``tls`` settings. How the server
gets its files does not, and neither does TLS for other connections (verification, Docker, S3).
"""

import warnings

# The checks report what is wrong with a certificate. PYTHONWARNINGS=error must not stop them.
warnings.filterwarnings("ignore", category=UserWarning, module=r"components\.tls\.")
