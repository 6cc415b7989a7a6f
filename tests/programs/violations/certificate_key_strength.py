"""An RSA key of the provider's default size."""

import pulumi_tls as tls

tls.PrivateKey("key", algorithm="RSA")
