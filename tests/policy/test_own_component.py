"""The pack registry under its own rules: content with what is shipped, and objecting to each default that is weakened."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]  # as the SDK itself uses it
from pulumi_policy.deserialize import deserialize_properties

from cli.policy import PACK
from policy.policies import RULES
from policy.policies.docker import CONTAINER
from tests.support.certificates import Issued, issue
from tests.support.declaring import declare, served
from tests.support.judging import UNKNOWN, Shown, judges, said
from tests.support.recording import Declared, FirstPreview, Recorder, Run
from tests.support.weakened import HOSTNAME, PINNED, complying, provided, shipped, weakened


@pytest.fixture(autouse=True)
def _switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Docker host is asked, and no hook is registered."""
    from common import features

    monkeypatch.setattr(features, "CHECKS_ON", False)
    monkeypatch.setattr(features, "HOOKS_ON", False)


def shown(resource: Declared) -> Shown:
    """A resource as the engine shows it to a policy: as it was asked for, unknown values and all."""
    properties = deserialize_properties(MessageToDict(resource.request.object))
    return Shown(
        resource.typ,
        properties,
        name=resource.name,
        protect=resource.request.protect,
        parent=resource.request.parent,
    )


def refusals(run: Run, stack: str) -> dict[str, list[str]]:
    """What the rules say to a run under a stack's configuration, by the rule's name."""
    config = json.loads((PACK / f"{stack}.json").read_text())
    resources = [shown(resource) for resource in run.resources.values()]
    found: dict[str, list[str]] = {}
    for rule in RULES:
        given = {
            key: value
            for key, value in config.get(rule.name, {}).items()
            if key != "enforcementLevel"
        }
        messages = said(
            rule, *[resource for resource in resources if judges(rule, resource.typ)], config=given
        )
        if messages:
            found[rule.name] = messages
    return found


def run(
    settings: dict[str, Any], *, preview: bool = False, certificate: Issued | None = None
) -> Run:
    recorder = (FirstPreview if preview else Recorder)(certificate or served())
    return declare(recorder=recorder, preview=preview, **settings)


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
def test_dev_is_as_its_rules_want_it(preview: bool) -> None:
    assert refusals(run(shipped("dev"), preview=preview), "dev") == {}, (
        "POLICY=1 is for the development stack too"
    )


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
def test_prod_wants_no_more_than_a_digest(preview: bool) -> None:
    found = refusals(run(shipped("prod"), preview=preview), "prod")
    assert set(found) == {"image-pinned"}, (
        "whoever copies the example is told what to put in, and nothing else"
    )
    assert refusals(run({**shipped("prod"), "image": PINNED}, preview=preview), "prod") == {}, (
        "with a digest it is as it must be"
    )


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
def test_production_with_a_digest_and_a_provided_certificate_complies(preview: bool) -> None:
    assert refusals(run(complying(), preview=preview), "prod") == {}, "nothing is left to say"


@pytest.mark.parametrize("what", weakened())
@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
def test_a_weakened_default_is_refused_by_its_own_rule(what: str, preview: bool) -> None:
    change, rules = weakened()[what]
    assert set(refusals(run({**complying(), **change}, preview=preview), "prod")) == rules, (
        "by these rules and no others"
    )


@pytest.mark.parametrize(
    ("user", "rule"),
    [
        ({"name": "spectro", "cost": 4}, "htpasswd-cost"),
        ({"name": "admin", "bcrypt": "$2y$10$" + "a" * 53}, None),
        ({"name": "ci", "bcrypt": "$2y$10$" + "a" * 53}, "htpasswd-no-repeated-hash"),
    ],
)
def test_users_are_judged_when_their_hashes_are_known(
    user: dict[str, Any], rule: str | None
) -> None:
    users = (
        [{"name": "other", "bcrypt": "$2y$10$" + "a" * 53}, user]
        if rule == "htpasswd-no-repeated-hash"
        else [user]
    )
    settings = {**complying(), "users": users}
    assert refusals(run(settings, preview=True), "prod") == {}, (
        "the seed of the salts is not known yet"
    )
    assert set(refusals(run(settings), "prod")) == ({rule} if rule else set()), (
        "the update knows it"
    )


def test_more_processors_than_are_allowed_are_refused() -> None:
    made = run({**complying(), "limits": {"cpus": 64}}, preview=True)
    assert set(refusals(made, "prod")) == {"container-cpu-limit"}, (
        "where the host has as many: else the program itself refuses them"
    )


def test_a_certificate_that_ends_soon_is_pointed_out() -> None:
    soon = issue(HOSTNAME, [HOSTNAME], ends=datetime.timedelta(days=20))
    for preview in (True, False):
        assert set(
            refusals(run({**complying(), "tls": provided(soon)}, preview=preview), "prod")
        ) == {"certificate-expires-soon"}


@pytest.mark.parametrize(
    ("tls", "is_refused"),
    [
        ({"mode": "off"}, True),
        ({"validityDays": 90}, False),
        ({"mode": "letsencrypt", "letsencrypt": {"email": "ops@example.com"}}, False),
    ],
)
def test_plain_http_is_refused_and_every_certificate_is_seen_with_a_settings_file_or_without(
    tls: dict[str, Any], is_refused: bool
) -> None:
    for server in ({}, {"headers": {"X-Frame-Options": "DENY"}}):
        found = set(refusals(run({**complying(), "tls": tls, "server": server}), "prod"))
        assert ("tls-required" in found) is is_refused, (
            "the label says so where the environment does not"
        )


@pytest.mark.parametrize("change", [{"port": 8080}, {"port": 80}, {"server": {"addr": ":8080"}}])
def test_a_registry_that_speaks_tls_may_have_any_port(change: dict[str, Any]) -> None:
    for preview in (True, False):
        assert refusals(run({**complying(), **change}, preview=preview), "prod") == {}, (
            "what a port speaks is not told by its number"
        )
    assert "http-port-not-public" in refusals(
        run({**complying(), **change, "tls": {"mode": "off"}}), "prod"
    )


def test_the_label_on_the_data_says_what_pulumi_is_told() -> None:
    for keep in (True, False):
        made = declare(storage={"keepOnDestroy": keep}).resources
        labels = {
            label["label"]: label["value"] for label in made["registry-server"].inputs["labels"]
        }
        assert labels["pack-registry.keeps-data"] == str(keep).lower(), "a policy sees the label"
        assert made["registry-data"].request.retainOnDelete is keep, "the engine goes by the option"


def test_no_message_holds_a_secret() -> None:
    change = {
        "users": [{"name": "ci", "password": "correct horse battery", "cost": 4}],
        "server": {"privateKeyMode": "0444"},
    }
    made = run({**complying(), **change})
    said_ = json.dumps(refusals(made, "prod"))
    secrets = [
        upload["content"]
        for resource in made.resources.values()
        for upload in resource.inputs.get("uploads", [])
        if "tls.crt" not in upload["file"]
    ]
    lines = {line for text in secrets for line in text.splitlines() if line and "-----" not in line}
    assert len(lines) > 3, "there is something to look for"
    parts = lines | {line.partition(":")[2] for line in lines} | {"correct horse battery"}
    assert not [part for part in parts - {""} if part in said_], (
        "a message stands in logs and on screens"
    )


def test_a_preview_judges_with_values_that_are_not_known() -> None:
    resources = [shown(resource) for resource in run(complying(), preview=True).resources.values()]
    unknown = {
        key
        for resource in resources
        if resource.typ == CONTAINER
        for key in resource.properties
        if UNKNOWN in str(resource.properties[key])
    }
    assert {"image", "uploads"} <= unknown, "otherwise the previews above would show nothing"
