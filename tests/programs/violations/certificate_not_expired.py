"""A certificate that expired ten days ago."""

import datetime

from compliant import writer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

END = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=10)
KEY = ec.generate_private_key(ec.SECP256R1())
NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "registry.example.com")])
CERTIFICATE = (
    x509.CertificateBuilder(
        NAME,
        NAME,
        KEY.public_key(),
        x509.random_serial_number(),
        END - datetime.timedelta(days=365),
        END,
    )
    .add_extension(
        x509.SubjectAlternativeName([x509.DNSName("registry.example.com")]), critical=False
    )
    .sign(KEY, hashes.SHA256())
)

writer("/config/tls.crt", CERTIFICATE.public_bytes(serialization.Encoding.PEM).decode())
