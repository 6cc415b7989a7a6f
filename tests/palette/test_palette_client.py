"""The client of Palette's API against a local one: what it sends, what it repeats, and the sentence for everything that goes wrong."""

from __future__ import annotations

import json
import logging
import re
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from common.errors import UserError
from palette.bodies import Registration, name_of, uid_of
from palette.palette import Palette, Patience
from palette.palette_error import PaletteError, UnknownOutcomeError
from tests.support.certificates import issue
from tests.support.docker import free_port
from tests.support.palette import API_KEY, PROJECT, PaletteApi, palette_api
from tests.support.registry_server import Registry, serving

QUICK = Patience(tries=3, backoff=0.01, longest_pause=1.0, connect_seconds=10.0, read_seconds=10.0)
IMPATIENT = replace(QUICK, read_seconds=0.5)
"""For answers that do not come; a machine that is busy must not make one of all others."""
CA = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
PACKS = Registration(
    "packs",
    "https://registry.example.com",
    "admin",
    "MARKER of a password",
    CA,
    insecure_skip_verify=False,
    scope="tenant",
)
ALL, ONE = "/v1/registries/pack", "/v1/registries/pack/[^/]+"


@pytest.fixture
def api() -> Iterator[PaletteApi]:
    with palette_api(PaletteApi()) as running:
        yield running


@pytest.fixture
def palette(api: PaletteApi) -> Palette:
    return Palette(api.host, API_KEY, patience=QUICK)


@pytest.fixture
def impatient(api: PaletteApi) -> Palette:
    return Palette(api.host, API_KEY, patience=IMPATIENT)


def refused(call: Callable[..., Any], *arguments: Any) -> PaletteError:
    with pytest.raises(PaletteError) as raised:
        call(*arguments)
    assert isinstance(raised.value, UserError), "Pulumi shows it as it is"
    assert "\n" not in str(raised.value), "one sentence"
    return raised.value


def test_a_registration_is_validated_made_read_changed_and_removed(
    api: PaletteApi, palette: Palette
) -> None:
    palette.validate(PACKS)
    uid = palette.create(PACKS)
    assert [asked.path for asked in api.asked] == ["/v1/registries/pack/validate", ALL], (
        "one request each"
    )
    assert api.asked[0].body == PACKS.spec == api.asked[1].body["spec"], (
        "what is validated is what is made"
    )
    found = palette.read(uid)
    assert found is not None
    assert (uid_of(found), name_of(found)) == (uid, "packs"), "as it was made"
    palette.update(
        uid,
        Registration(
            "packs",
            PACKS.endpoint,
            "admin",
            "another",
            CA,
            insecure_skip_verify=False,
            scope="tenant",
        ),
    )
    assert api.only()["auth"]["password"] == "another", "in place"
    palette.delete(uid, "packs")
    assert palette.read(uid) is None, "it is gone"
    palette.delete(uid, "packs")
    assert api.count("DELETE", ONE) == 2, "and to remove it again is no fault"


def test_the_body_is_the_documented_one() -> None:
    assert PACKS.entity == {
        "metadata": {"name": "packs"},
        "spec": {
            "endpoint": "https://registry.example.com",
            "auth": {
                "type": "basic",
                "username": "admin",
                "password": "MARKER of a password",
                "tls": {
                    "enabled": True,
                    "ca": CA,
                    "certificate": "",
                    "key": "",
                    "insecureSkipVerify": False,
                },
            },
            "name": "packs",
            "private": True,
            "scope": "tenant",
        },
    }, "the trust anchor is tls.ca with enabled; insecureSkipVerify would win over it"


def test_without_tls_nothing_is_trusted_and_nothing_skipped_unless_the_user_says_so() -> None:
    tls = {
        skip: Registration(
            "packs", "http://registry", "admin", "x", "", insecure_skip_verify=skip, scope="tenant"
        ).spec["auth"]["tls"]
        for skip in (False, True)
    }
    assert [
        (tls[skip]["enabled"], tls[skip]["ca"], tls[skip]["insecureSkipVerify"]) for skip in tls
    ] == [(False, "", False), (False, "", True)]


def test_a_public_authoritys_certificate_is_checked_with_nothing_handed_over(
    api: PaletteApi, palette: Palette
) -> None:
    palette.create(replace(PACKS, ca_certificate=""))
    assert api.only()["auth"]["tls"] == {
        "enabled": True,
        "ca": "",
        "certificate": "",
        "key": "",
        "insecureSkipVerify": False,
    }


def test_the_scope_is_the_tenant_without_a_project_and_the_project_with_one(
    api: PaletteApi, palette: Palette
) -> None:
    palette.find("packs")
    assert "ProjectUid" not in api.asked[-1].headers, "that is how Palette tells the tenant"
    inside = Palette(api.host, API_KEY, PROJECT, QUICK)
    inside.create(
        Registration(
            "packs", PACKS.endpoint, "admin", "x", CA, insecure_skip_verify=False, scope="project"
        )
    )
    assert api.asked[-1].headers["ProjectUid"] == PROJECT
    assert inside.find("packs") is not None, "each scope has its own"
    assert palette.find("packs") is None, "each scope has its own"


@pytest.mark.parametrize("page", [1, 7, 50])
def test_a_registration_is_found_on_whatever_page_it_is(
    page: int, api: PaletteApi, palette: Palette
) -> None:
    api.page = page
    uids = [api.add(f"registry-{number}") for number in range(12)]
    assert [uid_of(palette.find(f"registry-{number}") or {}) for number in (0, 6, 7, 11)] == [
        uids[number] for number in (0, 6, 7, 11)
    ]
    assert palette.find("registry") is None, "a part of a name is another name"


def test_fields_that_nobody_knows_are_no_fault(api: PaletteApi, palette: Palette) -> None:
    api.extra_fields = True
    uid = palette.create(PACKS)
    assert uid_of(palette.find("packs") or {}) == uid
    assert PACKS.as_found(palette.read(uid) or {}) == PACKS
    assert palette.sync_status(uid, "packs").supported is True


def test_masked_passwords_and_white_space_are_no_drift(api: PaletteApi, palette: Palette) -> None:
    uid = palette.create(PACKS)
    api.only()["auth"]["tls"]["ca"] = CA.strip().replace("\n", "\r\n")
    api.only()["endpoint"] += "/"
    assert PACKS.as_found(palette.read(uid) or {}) == PACKS
    assert PACKS.as_found({}) == PACKS, "nor is what Palette does not tell"


@pytest.mark.parametrize(
    "field", ["endpoint", "username", "ca", "enabled", "insecureSkipVerify", "name"]
)
def test_what_was_changed_in_the_console_is_drift(
    field: str, api: PaletteApi, palette: Palette
) -> None:
    uid = palette.create(PACKS)
    found = palette.read(uid) or {}
    group = {
        "endpoint": found["spec"],
        "username": found["spec"]["auth"],
        "name": found["metadata"],
    }.get(field, found["spec"]["auth"]["tls"])
    group[field] = not group[field] if isinstance(group[field], bool) else "something else"
    assert PACKS.as_found(found) != PACKS


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 520])
@pytest.mark.parametrize(
    "purpose", ["validate", "find", "read", "update", "delete", "start_sync", "sync_status"]
)
def test_what_may_be_repeated_is_repeated(
    purpose: str, status: int, api: PaletteApi, palette: Palette
) -> None:
    uid = palette.create(PACKS)
    calls: dict[str, tuple[str, str, Callable[[], Any]]] = {
        "validate": ("POST", f"{ALL}/validate", lambda: palette.validate(PACKS)),
        "find": ("GET", ALL, lambda: palette.find("packs")),
        "read": ("GET", ONE, lambda: palette.read(uid)),
        "update": ("PUT", ONE, lambda: palette.update(uid, PACKS)),
        "delete": ("DELETE", ONE, lambda: palette.delete(uid, "packs")),
        "start_sync": ("POST", f"{ONE}/sync", lambda: palette.start_sync(uid, "packs")),
        "sync_status": ("GET", f"{ONE}/sync/status", lambda: palette.sync_status(uid, "packs")),
    }
    method, path, call = calls[purpose]
    api.trouble(method, path, status, times=2)
    call()
    assert api.count(method, path) == 3, "twice in vain, then with success"


@pytest.mark.parametrize("how", [{"drop": True}, {"seconds": 1.0}])
def test_a_connection_that_breaks_or_is_too_slow_is_tried_again(
    how: dict[str, Any], api: PaletteApi, impatient: Palette
) -> None:
    api.trouble("GET", ALL, **how)
    assert impatient.find("packs") is None
    assert api.count("GET", ALL) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_a_refusal_is_not_repeated(status: int, api: PaletteApi, palette: Palette) -> None:
    api.trouble("POST", f"{ALL}/validate", status)
    assert refused(palette.validate, PACKS).status == status
    assert api.count("POST", f"{ALL}/validate") == 1, "it would be refused again"


def test_retry_after_is_respected_up_to_a_limit(api: PaletteApi, palette: Palette) -> None:
    for asked, waited in (("1", 1.0), ("3600", 1.0)):
        api.asked.clear()
        api.trouble("GET", ALL, 429, retry_after=asked)
        palette.find("packs")
        assert waited <= api.asked[1].at - api.asked[0].at < waited + 1.5, f"Retry-After {asked}"


def test_the_pauses_grow(api: PaletteApi) -> None:
    palette = Palette(
        api.host, API_KEY, patience=Patience(tries=5, backoff=0.05, longest_pause=1.0)
    )
    api.trouble("GET", ALL, 429, times=9)
    refused(palette.find, "packs")
    pauses = [
        later.at - earlier.at for earlier, later in zip(api.asked, api.asked[1:], strict=False)
    ]
    assert len(pauses) == 4, "five attempts, and no more"
    assert all(pause >= 0.05 * 2**earlier for earlier, pause in enumerate(pauses)), (
        "an API that is busy is not asked again at once, nor soon again"
    )


def test_a_limit_of_requests_is_told_when_it_does_not_end(
    api: PaletteApi, palette: Palette
) -> None:
    api.trouble("GET", ALL, 429, times=9, body={"code": "TooManyRequests", "message": "slow down"})
    assert str(refused(palette.find, "packs")) == (
        f'Palette refused to look for a registration named packs (GET {api.host}{ALL}: 429 TooManyRequests, "slow down"); '
        "Palette takes 10 requests per second from one address: wait a minute, then run the update again."
    )


ADVICE = {
    400: "check what the message names: the registry's endpoint must be reachable from Palette, with the certificate and credentials of the "
    "registry's stack",
    401: "the API key is not valid, or not for this host: make one in the console under User Menu, My API Keys, and set it with `pulumi config "
    "set --secret paletteApiKey` in the directory palette",
    403: "the API key's user lacks the permission: give it a role that may manage registries in this scope, or set projectUid to a project in which "
    "it may",
    404: "it is not there (any more), or paletteHost is not Palette's API: bring the state in line with Palette by `pulumi up --refresh`, as `make "
    "register` does",
    409: "Palette has another registration like it: choose another registrationName, or set adoptExisting to true to take that one over",
    301: "set paletteHost to the address of the API itself: redirects are not followed, for they would take the API key with them",
    422: "mend what the message names, then run the update again",
    429: "Palette takes 10 requests per second from one address: wait a minute, then run the update again",
    500: "run the update again later: nothing is lost, and it goes on",
}
"""What mends a refusal, by its status."""
UID = "6a1f"
PURPOSES: dict[str, tuple[Callable[[Palette], Any], str, str]] = {
    f"validate the registry {PACKS.endpoint}": (
        lambda palette: palette.validate(PACKS),
        "POST",
        f"{ALL}/validate",
    ),
    "register packs": (lambda palette: palette.create(PACKS), "POST", ALL),
    "look for a registration named packs": (lambda palette: palette.find("packs"), "GET", ALL),
    f"read the registration {UID}": (lambda palette: palette.read(UID), "GET", f"{ALL}/{UID}"),
    "change the registration packs": (
        lambda palette: palette.update(UID, PACKS),
        "PUT",
        f"{ALL}/{UID}",
    ),
    "remove the registration packs": (
        lambda palette: palette.delete(UID, "packs"),
        "DELETE",
        f"{ALL}/{UID}",
    ),
    "start the sync of packs": (
        lambda palette: palette.start_sync(UID, "packs"),
        "POST",
        f"{ALL}/{UID}/sync",
    ),
    "tell how the sync of packs goes": (
        lambda palette: palette.sync_status(UID, "packs"),
        "GET",
        f"{ALL}/{UID}/sync/status",
    ),
}
"""All that Palette is asked for, in the words of the errors: the call, and its request."""
GONE = ((404, f"read the registration {UID}"), (404, "remove the registration packs"))
"""Answers that are no errors."""


@pytest.mark.parametrize("status", ADVICE)
@pytest.mark.parametrize("purpose", PURPOSES)
def test_every_refusal_says_what_was_attempted_what_palette_said_and_what_to_do(
    purpose: str, status: int, api: PaletteApi, palette: Palette
) -> None:
    call, method, path = PURPOSES[purpose]
    api.trouble(
        method,
        path,
        status,
        times=3,
        body={
            "code": "SomeCode",
            "message": "some reason",
            "details": {"deep": "down"},
            "ref": "8f1c",
        },
    )
    if (status, purpose) in GONE:
        assert call(palette) is None, "that it is not there is an answer"
        return
    verb = "failed" if status == 500 else "refused"
    advice = ADVICE[status]
    if (status, method) == (409, "PUT"):
        advice = "Palette has another registration like it: choose another registrationName, or remove that one in the console"
    error = refused(call, palette)
    assert (
        str(error)
        == f'Palette {verb} to {purpose} ({method} {api.host}{path}: {status} SomeCode, "some reason", ref 8f1c); {advice}.'
    )
    assert isinstance(error, UnknownOutcomeError) is (status == 500), "a refusal is final"


@pytest.mark.parametrize(
    "body",
    [
        {"code": "ResourceAlreadyExists", "message": "x"},
        {"code": "X", "message": "A registry of that name Already Exists"},
    ],
)
def test_a_name_that_is_taken_is_told_by_whatever_status(
    body: dict[str, str], api: PaletteApi, palette: Palette
) -> None:
    api.trouble("POST", ALL, 400, body=body)
    told = str(refused(palette.create, PACKS))
    assert told.endswith(f"); {ADVICE[409]}."), "Palette documents no status for it"
    api.trouble("POST", ALL, 403, body=body)
    assert str(refused(palette.create, PACKS)).endswith(f"); {ADVICE[403]}."), (
        "a status that has a meaning keeps it"
    )


def test_a_key_that_is_not_valid_is_told_with_the_command_that_sets_one(api: PaletteApi) -> None:
    told = str(refused(Palette(api.host, "MARKER-of-a-key", patience=QUICK).find, "packs"))
    assert "401 InvalidApiKey" in told
    assert "`pulumi config set --secret paletteApiKey` in the directory palette" in told
    assert "MARKER" not in told


def test_a_failure_of_palette_is_told_as_one(api: PaletteApi, palette: Palette) -> None:
    api.trouble(
        "POST", f"{ALL}/validate", 500, times=3, body={"code": "InternalError", "message": "oh no"}
    )
    assert str(refused(palette.validate, PACKS)) == (
        f'Palette failed to validate the registry {PACKS.endpoint} (POST {api.host}{ALL}/validate: 500 InternalError, "oh no"); '
        "run the update again later: nothing is lost, and it goes on."
    )


def test_a_conflict_of_names_is_told(api: PaletteApi, palette: Palette) -> None:
    api.add("packs")
    told = str(refused(palette.create, PACKS))
    assert '409 ResourceAlreadyExists, "a pack registry named packs exists"' in told
    assert "choose another registrationName, or set adoptExisting to true" in told


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (
            b"<html>\n<b>Bad Gateway</b>\x1b[31m</html>",
            "502: <html> <b>Bad Gateway</b> [31m</html>); ",
        ),
        (b"", "502 Bad Gateway); "),
        (["a", "list"], "502 Bad Gateway); "),
        ({"message": None, "code": 17}, "502 17); "),
        ({"code": "X", "message": "long " * 200}, 'long lo..."); '),
    ],
)
def test_an_error_in_another_form_is_told_too(
    body: Any, shown: str, api: PaletteApi, palette: Palette
) -> None:
    api.trouble("GET", ALL, 502, times=3, body=body)
    told = str(refused(palette.find, "packs"))
    assert shown in told, told
    assert len(told) < 700, "a page of HTML helps nobody"


def test_an_answer_that_is_no_json_is_told(api: PaletteApi, palette: Palette) -> None:
    for body in (b"<html>log in</html>", ["a list"]):
        api.trouble("GET", ALL, 200, body=body)
        assert str(refused(palette.find, "packs")) == (
            f"Something else than Palette's API answered the attempt to look for a registration named packs (GET {api.host}{ALL}: the answer is not "
            "the JSON that it must be); check paletteHost, and that no proxy or login page stands in front of it."
        )


@pytest.mark.parametrize(
    ("call", "method", "purpose", "body", "why"),
    [
        (
            lambda palette: palette.create(PACKS),
            "POST",
            "register packs",
            {},
            "the answer has no uid",
        ),
        (
            lambda palette: palette.create(PACKS),
            "POST",
            "register packs",
            b"",
            "the answer is not the JSON that it must be",
        ),
        (
            lambda palette: palette.find("packs"),
            "GET",
            "look for a registration named packs",
            {"items": [{"metadata": {"name": "packs"}}]},
            "the registration has no uid",
        ),
        (
            lambda palette: palette.find("packs"),
            "GET",
            "look for a registration named packs",
            {"items": "many"},
            "its items are no list",
        ),
    ],
)
def test_an_answer_that_lacks_what_it_must_have_is_told(
    call: Callable[[Palette], Any],
    method: str,
    purpose: str,
    body: Any,
    why: str,
    api: PaletteApi,
    palette: Palette,
) -> None:
    api.trouble(method, ALL, 200, body=body)
    error = refused(call, palette)
    assert isinstance(error, UnknownOutcomeError), "whoever asked must find out"
    assert str(error) == (
        f"Something else than Palette's API answered the attempt to {purpose} ({method} {api.host}{ALL}: {why}); "
        "check paletteHost, and that no proxy or login page stands in front of it."
    )


@pytest.mark.parametrize("listmeta", [["a list"], None, "text"])
def test_a_list_that_says_little_of_itself_is_read_all_the_same(
    listmeta: Any, api: PaletteApi, palette: Palette
) -> None:
    api.trouble(
        "GET",
        ALL,
        200,
        body={"items": [{"metadata": {"name": "packs", "uid": UID}}], "listmeta": listmeta},
        times=2,
    )
    assert uid_of(palette.find("packs") or {}) == UID
    assert palette.find("others") is None
    api.trouble("GET", ALL, 200, body={"items": None})
    assert palette.find("packs") is None, "an empty list, as Go writes it"


def test_a_login_of_netrc_is_not_sent(
    api: PaletteApi, palette: Palette, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password MARKER\n")
    monkeypatch.setenv("NETRC", str(netrc))
    palette.find("packs")
    assert "Authorization" not in api.asked[0].headers, "it is for others"


def test_a_host_that_is_not_there_is_told(api: PaletteApi) -> None:
    host = f"http://127.0.0.1:{free_port()}"
    began = time.monotonic()
    error = refused(Palette(host, API_KEY, patience=QUICK).find, "packs")
    assert str(error) == (
        f"Palette could not be reached to look for a registration named packs (GET {host}{ALL}: [Errno 111] Connection refused); "
        "check paletteHost, this machine's way there, and HTTPS_PROXY if there is a proxy, then run the update again: nothing is lost, and the "
        "next update goes on."
    )
    assert not isinstance(error, UnknownOutcomeError), "nothing was sent"
    assert time.monotonic() - began < 5, "bounded"


REACH = (
    "check paletteHost, this machine's way there, and HTTPS_PROXY if there is a proxy, then run the update again: nothing is lost, and the next "
    "update goes on."
)


def test_a_name_that_is_in_no_dns_is_told() -> None:
    with pytest.raises(socket.gaierror) as unknown:
        socket.getaddrinfo("palette.invalid", 443)
    error = refused(Palette("https://palette.invalid", API_KEY, patience=QUICK).create, PACKS)
    assert (
        str(error)
        == f"Palette could not be reached to register packs (POST https://palette.invalid{ALL}: {unknown.value}); {REACH}"
    )
    assert not isinstance(error, UnknownOutcomeError), "nothing was sent"


def test_a_proxy_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{free_port()}")
    error = refused(Palette("https://palette.invalid", API_KEY, patience=QUICK).create, PACKS)
    assert (
        str(error)
        == f"Palette could not be reached to register packs (POST https://palette.invalid{ALL}: [Errno 111] Connection refused); {REACH}"
    )
    assert not isinstance(error, UnknownOutcomeError), "nothing was sent"


def test_a_certificate_that_is_not_trusted_is_told_and_no_key_is_sent() -> None:
    server = Registry()
    with serving(server, issue("localhost", ["localhost"])) as port:
        told = str(
            refused(
                Palette(f"https://localhost:{port}", "MARKER-of-a-key", patience=QUICK).find,
                "packs",
            )
        )
    assert re.sub(r"_ssl.c:\d+", "_ssl.c", told) == (
        f"Palette's certificate is not trusted here, so nothing was sent to look for a registration named packs (GET https://localhost:{port}{ALL}: "
        "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c)); name the file of your authority's "
        "certificates in REQUESTS_CA_BUNDLE, or correct paletteHost."
    )
    assert server.seen == [], "nobody got the key"


def test_an_answer_that_does_not_come_is_told(api: PaletteApi, impatient: Palette) -> None:
    api.trouble("POST", ALL, seconds=1.0)
    assert str(refused(impatient.create, PACKS)) == (
        f"Palette did not answer within 0.5 s when asked to register packs (POST {api.host}{ALL}); run the update again later: nothing is lost, and "
        "the next update goes on."
    )
    api.trouble("GET", ALL, seconds=1.0, times=3)
    assert "Palette did not answer within 0.5 s when asked to look for" in str(
        refused(impatient.find, "packs")
    )


def test_a_connection_that_breaks_is_told(api: PaletteApi, palette: Palette) -> None:
    api.trouble("POST", ALL, drop=True)
    assert str(refused(palette.create, PACKS)) == (
        f"The connection to Palette broke when it was asked to register packs (POST {api.host}{ALL}: Remote end closed connection without response); "
        "run the update again: nothing is lost, and the next update goes on."
    )


@pytest.mark.parametrize(
    "how",
    [
        {"drop": True},
        {"status": 500},
        {"status": 503, "retry_after": "0"},
        {"seconds": 1.0},
        {"status": 201, "body": b""},
    ],
)
def test_a_request_to_create_is_sent_once_where_it_may_have_been_carried_out(
    how: dict[str, Any], api: PaletteApi, impatient: Palette
) -> None:
    api.trouble("POST", ALL, **how)
    assert isinstance(refused(impatient.create, PACKS), UnknownOutcomeError), (
        "whoever asked must find out"
    )
    assert api.count("POST", ALL) == 1, "a second one could make a duplicate"


@pytest.mark.parametrize("retry_after", [None, "1"])
def test_a_request_to_create_is_repeated_where_it_was_turned_away(
    retry_after: str | None, api: PaletteApi, palette: Palette
) -> None:
    api.trouble("POST", ALL, 429, times=2, retry_after=retry_after)
    assert palette.create(PACKS) in api.registrations
    assert api.count("POST", ALL) == 3


def test_redirects_are_not_followed(api: PaletteApi, palette: Palette) -> None:
    api.trouble("GET", ALL, 307)
    assert refused(palette.find, "packs").status == 307
    assert [asked.path for asked in api.asked] == [ALL], (
        "the API key would go along, wherever it leads"
    )


def test_secrets_that_palette_repeats_are_not_shown(api: PaletteApi, palette: Palette) -> None:
    api.trouble(
        "POST",
        ALL,
        400,
        body={
            "code": "BadRequest",
            "message": f"{API_KEY} may not set {PACKS.password}",
            "ref": API_KEY,
        },
    )
    told = str(refused(palette.create, PACKS))
    assert '"(not shown) may not set (not shown)", ref (not shown)' in told


@pytest.mark.parametrize(
    ("password", "body"),
    [
        ("MARKER of a password", {"code": "X", "message": "x" * 285 + "MARKER of a password"}),
        ('MARKER "ü" \\ quoted', {"code": "X", "message": {"told": 'MARKER "ü" \\ quoted'}}),
        (
            'MARKER "ü" \\ quoted',
            json.dumps(['MARKER "ü" \\ quoted'], ensure_ascii=False).encode() + b"]",
        ),
    ],
    ids=[
        "where the text is cut",
        "escaped in a part of the answer",
        "escaped in an answer that is no JSON",
    ],
)
def test_no_part_of_a_secret_is_shown_however_it_is_repeated(
    password: str, body: Any, api: PaletteApi, palette: Palette
) -> None:
    api.trouble("POST", ALL, 400, body=body)
    told = str(refused(palette.create, replace(PACKS, password=password)))
    assert "MARKER" not in told
    assert "(not shown)" in told


def test_a_secret_that_is_a_part_of_another_leaves_nothing_of_it(
    api: PaletteApi, palette: Palette
) -> None:
    api.trouble("POST", ALL, 400, body={"code": "X", "message": f"{API_KEY} is wrong"})
    told = str(refused(palette.create, replace(PACKS, password=API_KEY[:8])))
    assert '"(not shown) is wrong"' in told


def test_the_libraries_log_no_secret(
    api: PaletteApi, palette: Palette, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    api.trouble("PUT", ONE, 429, retry_after="0")
    palette.update(palette.create(PACKS), PACKS)
    assert "/v1/registries/pack" in caplog.text, "they do log"
    assert API_KEY not in caplog.text
    assert PACKS.password not in caplog.text
