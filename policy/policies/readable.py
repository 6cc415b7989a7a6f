"""Certificates, keys and htpasswd files that policies can't read."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from pulumi_policy import Severity

from policy.policies.certificate import LOCALLY_SIGNED, PEM_INPUTS, REQUEST, SELF_SIGNED
from policy.policy import Config, ResourcePolicy, string_list
from policy.readers.containers import CERTIFICATE_VARIABLE, KEY_VARIABLE
from policy.readers.docker import CONTAINER
from policy.readers.files import FILES, File, configured_paths, files
from policy.readers.mounts import normalize_path
from policy.readers.pem import Pem, read_pem
from policy.resources import Resource, to_string

_CERTIFICATE_FILE = re.compile(
    r".*\.(crt|cer|cert)|(tls|server|ca|cert|certificate|chain|fullchain|bundle)[\w.-]*\.pem",
    re.IGNORECASE,
)
_KEY_FILE = re.compile(r".*\.key|(key|privkey|private)[\w.-]*\.pem|.*key\.pem", re.IGNORECASE)
_KEY_STORE = re.compile(r".*\.(p12|pfx|jks|keystore|der|p7b|p7c)", re.IGNORECASE)
_PEM_FILE = re.compile(r".*\.pem", re.IGNORECASE)
_DER = re.compile(rb"\s*\x30[\x81-\x84]", re.DOTALL)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def _issues(upload: File, certificates: set[str], keys: set[str], fields: str) -> Iterator[str]:
    """What the policies can't read in a file."""
    file, name = normalize_path(upload.file), posixpath.basename(upload.file)
    if upload.content is None:
        yield f"File {upload.file} must have its content in {fields}"
        return
    pem = read_pem(upload.content)
    yield from _block_issues(upload.file, pem)
    if pem.certificates or pem.keys:
        return
    if _KEY_STORE.fullmatch(name) or _DER.match(upload.content):
        yield f"File {upload.file} must be PEM"
    elif file in certificates or (not pem.requests and _CERTIFICATE_FILE.fullmatch(name)):
        yield f"File {upload.file} must contain a readable certificate in PEM"
    elif file in keys or _KEY_FILE.fullmatch(name):
        yield f"File {upload.file} must contain a readable private key in PEM"
    elif _PEM_FILE.fullmatch(name) and b"-----BEGIN " not in upload.content:
        yield f"File {upload.file} must contain readable PEM"
    elif upload.content.startswith(_UTF16) and b"\0" in upload.content:
        yield f"File {upload.file} must not be encoded in UTF-16"


def _block_issues(title: str, pem: Pem) -> Iterator[str]:
    for kind, blocks in (
        ("Certificate", pem.certificates),
        ("Certificate request", pem.requests),
        ("Private key", pem.keys),
    ):
        for number, block in enumerate(blocks, start=1):
            if block is None:
                yield f"{kind} {number} in {title} must be readable"
    if pem.has_others:
        yield f"{title} must not contain a certificate or key that is not in PEM"


def _validate(resource: Resource, config: Config) -> Iterator[str]:
    if resource.type not in FILES:
        for key in PEM_INPUTS:
            if text := to_string(resource.get(key)):
                pem = read_pem(text.encode(errors="surrogateescape"))
                yield from _block_issues(key, pem)
                if not (pem.certificates or pem.requests or pem.keys):
                    yield f"{key} must be readable PEM"
        return
    certificates = configured_paths(resource, CERTIFICATE_VARIABLE)
    keys = configured_paths(resource, KEY_VARIABLE)
    is_docker = resource.type == CONTAINER
    fields = "content or contentBase64" if is_docker else "valid base64, or in stringData"
    for file in files(resource):
        if file.file not in config["allowed"]:
            yield from _issues(file, certificates, keys, fields)


FILE_READABLE = ResourcePolicy(
    name="file-readable",
    description="Files of containers, Secrets and ConfigMaps must be readable to the policies, if "
    "they contain certificates, private keys or users.",
    reason="No policy can check a certificate or key that it can't read, but a server may use it. "
    "Files on the operator's machine (`source`) are not read.",
    severity=Severity.HIGH,
    types=frozenset({SELF_SIGNED, LOCALLY_SIGNED, REQUEST}) | FILES,
    validate=_validate,
    settings=("tls.certificatePem", "tls.privateKeyPem"),
    remediation="Set tls.certificatePem and tls.privateKeyPem to complete, unencrypted PEM",
    remediation_elsewhere="set content of the Container's upload to complete, unencrypted PEM. If "
    "the file contains no certificate, key or users, add its path, or its key in a Secret, under "
    "file-readable.allowed",
    options={"allowed": string_list((), "Files that need not be readable, by their full paths.")},
)
