"""A certificate that no policy can read."""

from compliant import writer

writer("/config/tls.crt", "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n")
