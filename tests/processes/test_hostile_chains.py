"""Chains that pass the check are accepted by Go and by OpenSSL."""

from __future__ import annotations

import functools
import random

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from components.tls.blocks import certificate_blocks
from components.tls.inspection import has_issued, read_certificates, trust_anchors
from components.tls.name_constraints import Names
from components.tls.validation import (
    check_ca_certificate,
    check_certificates,
    check_client_certificate,
    check_client_path,
    check_server_certificate,
)
from tests.support.certificates import Issued, PrivateKey, issue
from tests.support.der_forgery import encode, forge, with_field
from tests.support.hostile_certificates import HOSTNAME
from tests.support.hostile_chains import CA_CASES
from tests.support.odd_extensions import CASES
from tests.support.tls_clients import GO, Presented, go_errors, openssl_error

MUTANTS = 600
needs_go = pytest.mark.skipif(GO is None, reason="Go is not installed")


def reasons(chain: str, key: str) -> list[str]:
    return [problem.reason for problem in check_server_certificate(chain, key, HOSTNAME)]


@functools.cache
def presented(case: str) -> Presented:
    chain, key = CASES[case]()
    return Presented(chain, key, trust_anchors(chain), HOSTNAME)


def refused_by_clients(questions: dict[str, Presented]) -> dict[str, str]:
    """Return the errors of Go and OpenSSL, by case."""
    answers = zip(questions.items(), go_errors(list(questions.values())), strict=True)
    errors = {case: go or openssl_error(question) for (case, question), go in answers}
    return {case: error for case, error in errors.items() if error}


@needs_go
def test_accepted_chains_work() -> None:
    accepted = {
        case: presented(case)
        for case in CASES
        if not reasons(presented(case).certificate, presented(case).key)
    }
    assert len(accepted) > 100, "odd certificates that work must stay allowed"
    assert refused_by_clients(accepted) == {}


@needs_go
def test_corpus_contains_refused_chains() -> None:
    refused = refused_by_clients({case: presented(case) for case in CASES})
    assert len(refused) > 100
    for case in refused:
        assert reasons(presented(case).certificate, presented(case).key), case


@needs_go
def test_accepted_mutants_work() -> None:
    generator = random.Random(20261125)
    root = issue("Root", ca=True)
    middle = issue("Middle", issuer=root, ca=True, more=[constraints()])
    leaf = issue(
        HOSTNAME,
        [HOSTNAME, "10.1.1.1", x509.RFC822Name("a@example.com")],
        middle,
        uses=[ExtendedKeyUsageOID.SERVER_AUTH],
        more=[access()],
    )
    mutate = functools.partial(mutated, generator)
    accepted = {}
    for number in range(MUTANTS):
        if number % 2:
            first, second = forge(leaf, mutate, middle.key), middle.certificate_pem
        else:
            first, second = leaf.certificate_pem, forge(middle, mutate, root.key)
        chain = first + second + root.certificate_pem
        if not reasons(chain, leaf.key_pem):
            trust = second + root.certificate_pem
            accepted[chain] = Presented(chain, leaf.key_pem, trust, HOSTNAME)
    assert len(accepted) > MUTANTS / 20
    assert list(refused_by_clients(accepted).items()) == []


def mutated(generator: random.Random, fields: bytes) -> bytes:
    """Return the signed part of a certificate with one other byte."""
    changed = bytearray(fields)
    changed[generator.randrange(4, len(changed))] ^= 1 << generator.randrange(8)
    return bytes(changed)


def constraints() -> x509.NameConstraints:
    return x509.NameConstraints([x509.DNSName("example.com"), x509.RFC822Name("example.com")], None)


def access() -> x509.AuthorityInformationAccess:
    uri = x509.UniformResourceIdentifier("http://ocsp.example.com")
    return x509.AuthorityInformationAccess(
        [x509.AccessDescription(AuthorityInformationAccessOID.OCSP, uri)]
    )


@needs_go
@pytest.mark.parametrize("case", CA_CASES)
def test_clients_reject_what_refused_ca_issues(case: str) -> None:
    chain, key = CA_CASES[case]()
    found = list(check_ca_certificate(chain, key, Names.of_hosts([HOSTNAME])))
    signer = Issued(x509.load_pem_x509_certificate(chain.encode()), load_key(key))
    leaf = issue(HOSTNAME, [HOSTNAME], signer)
    asked = Presented(leaf.certificate_pem + chain, leaf.key_pem, chain, HOSTNAME)
    assert bool(refused_by_clients({case: asked})) == bool(found)


def load_key(key: str) -> PrivateKey:
    loaded = serialization.load_pem_private_key(key.encode(), None)
    assert isinstance(loaded, PrivateKey)
    return loaded


@needs_go
def test_accepted_client_chains_work() -> None:
    accepted = {}
    for case in CASES:
        *own, root = certificate_blocks(presented(case).certificate)
        client, key = "".join(own) or root, presented(case).key
        issues = [*check_certificates(root), *check_client_certificate(client, key)]
        if not issues and has_issued(root, client) and not [*check_client_path(client, root)]:
            first = read_certificates(client)[0]
            # Go's client sends no certificate that the server trusts itself, without its issuer.
            if own or first.issuer == first.subject:
                accepted[case] = Presented(client, key, root, "")
    assert len(accepted) > 100
    errors = zip(accepted, go_errors(list(accepted.values())), strict=True)
    assert {case: error for case, error in errors if error} == {}


def big_key(fields: bytes) -> bytes:
    """Return the signed part with an RSA key of 8200 bits."""
    modulus = (1 << 8199) + 1
    public = encode(0x30, encode(0x02, b"\0" + modulus.to_bytes(1025, "big")) + RSA_EXPONENT)
    algorithm = encode(0x30, bytes.fromhex("06092a864886f70d0101010500"))
    return with_field(6, encode(0x30, algorithm + encode(0x03, b"\0" + public)))(fields)


RSA_EXPONENT = encode(0x02, b"\1\0\1")


def test_rsa_key_beyond_gos_limit() -> None:
    made = issue(HOSTNAME, [HOSTNAME], key=rsa.generate_private_key(65537, 2048))
    assert any(
        "accept 8192 bits at most" in text for text in reasons(forge(made, big_key), made.key_pem)
    )


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("CA:FALSE, intermediate", "certificate 2 (CN=Intermediate) is not a CA certificate"),
        ("expired cross-signed root", "Renew it. Or leave the last one out of the chain."),
        ("cross-signed root and expired root", "certificate 4 (CN=Old Root) expired"),
    ],
)
def test_reason_names_certificate(case: str, reason: str) -> None:
    found = reasons(*CASES[case]())
    assert any(reason in text for text in found), found


@needs_go
def test_chain_works_without_the_last_one() -> None:
    chain, key = CASES["expired cross-signed root"]()
    shorter = "".join(certificate_blocks(chain)[:-1])
    assert reasons(shorter, key) == []
    asked = Presented(shorter, key, trust_anchors(shorter), HOSTNAME)
    assert refused_by_clients({"shorter": asked}) == {}
