"""An RSA key of the size that the TLS provider takes where none is given."""

import pulumi_tls as tls

tls.PrivateKey("key", algorithm="RSA")
