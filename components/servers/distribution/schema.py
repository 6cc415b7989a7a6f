"""What a configuration of CNCF Distribution may consist of (its configuration reference), as a JSON schema.

Left out on purpose: the parameters of Redis and of the storage drivers that no setting chooses, which are their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

TEXT = {"type": "string"}
SWITCH = {"type": "boolean"}
WHOLE = {"type": "integer"}
FREE = {"type": ["object", "null"]}
TEXTS = {"type": "array", "items": TEXT}
GROUPS = {"type": "array", "items": {"type": "object"}}
DRIVERS = ("azure", "filesystem", "gcs", "inmemory", "oss", "s3", "swift")
"""Storage drivers; a configuration has one of them."""


def group(**properties: Any) -> dict[str, Any]:
    """A group of keys, all of which may be left out, and no other."""
    return {"type": "object", "properties": properties, "additionalProperties": False}


S3 = group(
    **dict.fromkeys(
        ("bucket", "region", "regionendpoint", "rootdirectory", "accesskey", "secretkey", "keyid"),
        TEXT,
    ),
    **dict.fromkeys(
        ("sessiontoken", "storageclass", "objectacl", "useragent", "loglevel", "redirectendpoint"),
        TEXT,
    ),
    **dict.fromkeys(
        (
            "forcepathstyle",
            "secure",
            "encrypt",
            "skipverify",
            "v4auth",
            "usedualstack",
            "accelerate",
            "usefipsendpoint",
        ),
        SWITCH,
    ),
    **dict.fromkeys(
        (
            "chunksize",
            "multipartcopychunksize",
            "multipartcopymaxconcurrency",
            "multipartcopythresholdsize",
        ),
        WHOLE,
    ),
)
FILESYSTEM = group(rootdirectory=TEXT, maxthreads={"type": ["integer", "string"]})
"""The parameters of the storage drivers that settings choose; the server's memory has none."""

SCHEMA = group(
    version={"type": ["number", "string"]},
    log=group(
        level={"enum": ["error", "warn", "info", "debug"]},
        formatter={"enum": ["text", "json", "logstash"]},
        fields={"type": "object"},
        accesslog=group(disabled=SWITCH),
        hooks=GROUPS,
        reportcaller=SWITCH,
    ),
    loglevel={"enum": ["error", "warn", "info", "debug"]},
    storage=group(
        **{**dict.fromkeys(DRIVERS, FREE), "s3": S3, "filesystem": FILESYSTEM, "inmemory": group()},
        cache=group(blobdescriptor=TEXT, blobdescriptorsize=WHOLE),
        delete=group(enabled=SWITCH),
        redirect=group(disable=SWITCH),
        maintenance=group(
            uploadpurging=group(enabled=SWITCH, age=TEXT, interval=TEXT, dryrun=SWITCH),
            readonly=group(enabled=SWITCH),
        ),
        tag=group(concurrencylimit=WHOLE),
    ),
    auth=group(htpasswd=group(realm=TEXT, path=TEXT)),
    middleware={"type": "object"},
    http=group(
        addr=TEXT,
        net={"enum": ["tcp", "unix"]},
        prefix=TEXT,
        host=TEXT,
        secret=TEXT,
        relativeurls=SWITCH,
        draintimeout=TEXT,
        headers={"type": "object", "additionalProperties": TEXTS},
        debug=group(addr=TEXT, prometheus=group(enabled=SWITCH, path=TEXT)),
        http2=group(disabled=SWITCH),
        h2c=group(enabled=SWITCH),
        tls=group(
            certificate=TEXT,
            key=TEXT,
            clientcas=TEXTS,
            clientauth={
                "enum": [
                    "request-client-cert",
                    "require-any-client-cert",
                    "verify-client-cert-if-given",
                    "require-and-verify-client-cert",
                ]
            },
            minimumtls={"enum": ["tls1.2", "tls1.3"]},
            ciphersuites=TEXTS,
            letsencrypt=group(cachefile=TEXT, email=TEXT, hosts=TEXTS, directoryurl=TEXT),
        ),
    ),
    notifications=group(events=group(includereferences=SWITCH), endpoints=GROUPS),
    redis={"type": "object"},
    health=group(
        storagedriver=group(enabled=SWITCH, interval=TEXT, threshold=WHOLE),
        file=GROUPS,
        http=GROUPS,
        tcp=GROUPS,
    ),
    proxy=group(remoteurl=TEXT, username=TEXT, password=TEXT, ttl=TEXT, exec={"type": "object"}),
    validation=group(enabled=SWITCH, disabled=SWITCH, manifests={"type": "object"}),
    catalog=group(maxentries=WHOLE),
    tags=group(maxtags=WHOLE),
    policy=group(repository=group(classes=TEXTS)),
)


def schema_issues(configuration: dict[str, Any]) -> Iterator[str]:
    """What no server would take of a configuration, each as a place and what is allowed there; never a value, which may be secret."""
    from jsonschema import Draft202012Validator

    for error in sorted(
        Draft202012Validator(SCHEMA).iter_errors(configuration),
        key=lambda error: [str(part) for part in error.absolute_path],
    ):
        place = ".".join(str(part) for part in error.absolute_path)
        match error.validator:
            case "additionalProperties":
                known = error.schema["properties"]
                strange = sorted(str(name) for name in error.instance if name not in known)
                yield from (
                    f"{f'{place}.' if place else ''}{name} is not in CNCF Distribution's configuration; known are {', '.join(known) or 'none'}"
                    for name in strange
                )
            case "enum":
                yield f"{place} is not allowed; allowed is one of {', '.join(error.validator_value)}"
            case _:
                kinds = (
                    error.validator_value
                    if isinstance(error.validator_value, list)
                    else [error.validator_value]
                )
                yield f"{place} is of the wrong type; allowed is {' or '.join(_KINDS[kind] for kind in kinds)}"


_KINDS = {
    "string": "a text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "object": "a group",
    "array": "a list",
    "null": "nothing",
}
