"""PEM that Python reads and Go does not: everything is handed on in standard PEM."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from components.pack_registry import PackRegistry
from components.tls import pem
from tests.support.cases import check_each
from tests.support.certificates import issue, issue_chain
from tests.support.component import HOSTNAME, arguments_of, served, uploads
from tests.support.pem_forms import DAMAGED, FORMS, PARAMETERS
from tests.support.pem_keys import KEYS, issued, root_ca, traditional
from tests.support.recording import Recorder, Run, run


def test_certificate_forms() -> None:
    chain = issue_chain(HOSTNAME).pem

    def check(form: str) -> None:
        written = pem.standard_certificates(FORMS[form](chain))
        assert written == (chain.rstrip("\n") if form == "no final newline" else chain)
        assert pem.standard_certificates(written) == written

    check_each(FORMS, check)


@pytest.mark.parametrize("kind", KEYS)
def test_key_forms(kind: str) -> None:
    key = issued(kind).key_pem

    def check(form: str) -> None:
        written = pem.standard_key(FORMS[form](key))
        assert written == (key.rstrip("\n") if form == "no final newline" else key)
        assert pem.standard_key(written) == written

    check_each(FORMS, check)


@pytest.mark.parametrize("kind", ["RSA", "P-256"])
def test_traditional_key_is_unchanged(kind: str) -> None:
    key = traditional(issued(kind).key)
    assert pem.standard_key(key) == key, "an update must not replace a server for another encoding"


@pytest.mark.parametrize(
    "form",
    ["byte order mark", "indentation", "one line", "long lines", "CR line ends", "attributes"],
)
def test_unusual_traditional_key_becomes_pkcs8(form: str) -> None:
    made = issued("P-256")
    assert pem.standard_key(FORMS[form](traditional(made.key))) == made.key_pem


def test_parameters_before_key() -> None:
    made = issued("P-256")
    text = PARAMETERS + traditional(made.key)
    assert pem.standard_key(text) == made.key_pem, "`openssl ecparam -genkey` writes both blocks"


def test_certificate_before_key() -> None:
    made = issued("P-256")
    assert pem.standard_key(made.certificate_pem + made.key_pem) == made.key_pem


@pytest.mark.parametrize("text", ["", "x", PARAMETERS])
def test_unreadable_text(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not a certificate in PEM"):
        pem.standard_certificates(text)
    with pytest.raises(ValueError, match=r"^not a private key in PEM"):
        pem.standard_key(text)


def test_damaged_certificate_is_refused() -> None:
    def check(form: str) -> None:
        damaged = DAMAGED[form](root_ca().certificate_pem)
        with pytest.raises(ValueError, match=r"^(not a certificate|has an incom|certificate \d )"):
            pem.standard_certificates(damaged)
        if "-----BEGIN CERTIFICATE" in damaged:
            reason = r"^(has an incomplete certificate|certificate \d )"
            with pytest.raises(ValueError, match=reason):
                pem.standard_certificates(issued("P-256").certificate_pem + damaged)

    check_each(DAMAGED, check)


def test_damaged_key_is_refused() -> None:
    def check(form: str) -> None:
        damaged = DAMAGED[form](issued("P-256").key_pem)
        with pytest.raises(ValueError, match=r"^(not a private key|has an incomplete private key)"):
            pem.standard_key(damaged)

    check_each(DAMAGED, check)


@pytest.mark.parametrize("label", ["TRUSTED CERTIFICATE", "X509 CERTIFICATE", "PKCS7"])
def test_foreign_label_is_refused(label: str) -> None:
    other = root_ca().certificate_pem.replace("CERTIFICATE", label)
    for text in (other, root_ca().certificate_pem + other, other + root_ca().certificate_pem):
        with pytest.raises(ValueError, match=f"label {label}.* Convert it with `openssl "):
            pem.standard_certificates(text)


def test_openssh_key_is_refused() -> None:
    key = issued("P-256").key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    with pytest.raises(ValueError, match=r"label OPENSSH PRIVATE KEY.* `ssh-keygen -p "):
        pem.standard_key(key.decode())


@pytest.mark.parametrize(
    "form",
    ["standard", "no beginning", "lower case", "four dashes", "space after dashes", "no end"],
)
def test_key_among_certificates_is_refused(form: str) -> None:
    key = (FORMS | DAMAGED)[form](issued("P-256").key_pem)
    with pytest.raises(ValueError, match=r"^contains a private key, but this setting is public"):
        pem.standard_certificates(root_ca().certificate_pem + key)


def declare_tls(tls: dict[str, Any], *, late: bool, **others: Any) -> Run:
    """Declare a registry, with outputs in place of the PEM strings if `late`."""

    def given(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: given(item, key) for key, item in value.items()}
        if isinstance(value, list):
            return [given(item, "Pem") for item in value]
        is_late = late and name.endswith("Pem")
        return pulumi.Output.secret(value) if is_late else value

    def program() -> dict[str, pulumi.Output[Any]]:
        return PackRegistry("registry", arguments_of({"tls": given(tls), **others})).outputs

    return run(Recorder(served()), program)


late_or_not = pytest.mark.parametrize("late", [False, True], ids=["strings", "outputs"])
unusual = pytest.mark.parametrize("form", ["byte order mark", "indentation", "one line"])


@late_or_not
@unusual
def test_server_gets_standard_pem(form: str, late: bool) -> None:
    made, change = issued("P-256"), FORMS[form]
    chain = made.certificate_pem + root_ca().certificate_pem
    tls = {
        "mode": "provided",
        "certificatePem": change(chain),
        "privateKeyPem": change(PARAMETERS + traditional(made.key)),
    }
    files = uploads(declare_tls(tls, late=late))
    assert files["/config/tls.crt"]["content"] == chain
    assert files["/config/tls.key"]["content"] == made.key_pem


@late_or_not
@unusual
def test_provider_gets_standard_ca(form: str, late: bool) -> None:
    ca, change = root_ca(), FORMS[form]
    settings = {
        "certificatePem": change(ca.certificate_pem),
        "privateKeyPem": change(PARAMETERS + traditional(ca.key)),
    }
    made = declare_tls({"mode": "private-ca", "validityDays": 30, "ca": settings}, late=late)
    inputs = made.resources["registry-certificate"].inputs
    assert inputs["caCertPem"] == ca.certificate_pem
    assert inputs["caPrivateKeyPem"] == ca.key_pem
    assert made.outputs["caCertificate"] == ca.certificate_pem


@late_or_not
@unusual
def test_client_pair_in_registration_is_standard(form: str, late: bool) -> None:
    client, change = issue("prober", issuer=root_ca()), FORMS[form]
    tls = {
        "clientCas": [change(root_ca().certificate_pem)],
        "clientCertificatePem": change(client.certificate_pem),
        "clientPrivateKeyPem": change(PARAMETERS + traditional(client.key)),
    }
    made = declare_tls(tls, late=late)
    registration = made.outputs["consoleRegistration"]
    assert registration["clientCertificate"] == client.certificate_pem
    assert registration["clientKey"] == client.key_pem
    written = [
        upload["content"]
        for resource in made.resources.values()
        for upload in resource.inputs.get("uploads", [])
    ]
    assert root_ca().certificate_pem in written, "the server reads the client CAs"


@late_or_not
@unusual
def test_acme_certificates_are_standard(form: str, late: bool) -> None:
    text = FORMS[form](root_ca().certificate_pem)
    acme = {
        "email": "ops@example.com",
        "directoryUrl": "https://acme.example.com/dir",
        "directoryCaPem": text,
        "trustPem": text,
    }
    made = declare_tls({"mode": "letsencrypt", "letsencrypt": acme}, late=late, verify=False)
    assert made.outputs["caCertificate"] == root_ca().certificate_pem
    written = [
        upload["content"]
        for resource in made.resources.values()
        for upload in resource.inputs.get("uploads", [])
    ]
    assert root_ca().certificate_pem in written, "the server trusts the ACME server by it"
