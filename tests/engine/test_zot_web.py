"""The web page of zot's full image: its API, and the page in a browser.

The page is not part of the other tests' program.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.engine.conftest import Factory
from tests.support.chromium import Chromium, chromium, require_chromium
from tests.support.docker import skip_or_fail
from tests.support.flavors import ZOT
from tests.support.packs import push_versions
from tests.support.processes import find_program
from tests.support.registry import Client
from tests.support.zot import zot_image

SEARCH = '{GlobalSearch(query:""){Repos{Name}}}'


@pytest.fixture(autouse=True)
def _zot_with_web_page() -> None:
    reason = None if find_program("zot-ui") else "zot-ui, a zot with its web page, is not on PATH"
    skip_or_fail(reason, "REQUIRE_ZOT_UI")


def found(client: Client) -> set[str]:
    """Return the repositories that a user finds with the web page's search."""
    response = client.request("GET", f"/v2/_zot/ext/search?query={quote(SEARCH)}")
    assert response.status == 200, response.data
    repositories = json.loads(response.data)["data"]["GlobalSearch"]["Repos"] or []
    return {each["Name"] for each in repositories}


def test_web_page(new_registry: Factory) -> None:
    users = [
        {"name": "spectro"},
        {"name": "team", "role": "writer", "repositories": ["packs/team"]},
    ]
    registry = new_registry(**ZOT, image=zot_image("zot-ui"), users=users, zot={"web": True})
    before = registry.up()
    admin = Client.of(before, "admin")
    push_versions(admin, "packs/team/app", "1.0.0")
    push_versions(admin, "packs/other", "1.0.0")

    anonymous = Client.of(before)
    page = anonymous.request("GET", "/login")
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b'<div id="root">' in page.data
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; ")
    search = f"/v2/_zot/ext/search?query={quote(SEARCH)}"
    assert anonymous.request("GET", search).status == 401
    assert found(Client.of(before, "team")) == {"packs/team/app"}
    assert {"packs/team/app", "packs/other"} <= found(Client.of(before, "spectro"))

    login = {"X-ZOT-API-CLIENT": "zot-ui"}
    session = Client.of(before, "spectro").request("GET", "/v2/", headers=login)
    cookies = session.headers.getlist("Set-Cookie")
    assert cookies
    assert all("Secure" in cookie for cookie in cookies if cookie.startswith("session="))
    cookie = {"Cookie": "; ".join(each.partition(";")[0] for each in cookies)}
    assert anonymous.request("GET", "/v2/_catalog", headers=cookie | login).status == 200

    registry.write(rotation="2027-01")
    after = registry.up()
    status = Client.of(after).request("GET", "/v2/_catalog", headers=cookie | login).status
    assert status == 401, "changed passwords end the sessions"
    assert "packs/other" in found(Client.of(after, "spectro"))


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Chromium]:
    """A browser that accepts the certificate of a test."""
    require_chromium()
    with chromium(tmp_path / "profile") as opened:
        opened.open("data:,")
        opened.send("Security.setIgnoreCertificateErrors", ignore=True)
        yield opened


def show(browser: Chromium, url: str) -> None:
    browser.events.clear()
    browser.send("Page.navigate", url=url)
    browser.wait_for_event("Page.loadEventFired")


def log_in(browser: Chromium, user: str, password: str) -> None:
    browser.wait_until("document.querySelector('#password') !== null")
    for name, text in (("username", user), ("password", password)):
        browser.run(f"document.querySelector('#{name}').focus()")
        browser.type(text)
    browser.press("Enter")


def shows(text: str) -> str:
    return f"document.body.innerText.includes({json.dumps(text)})"


def test_web_page_in_browser(new_registry: Factory, browser: Chromium) -> None:
    users = [{"name": "spectro"}, {"name": "team", "repositories": ["packs/team"]}]
    registry = new_registry(**ZOT, image=zot_image("zot-ui"), users=users, zot={"web": True})
    outputs = registry.up()
    admin = Client.of(outputs, "admin")
    push_versions(admin, "packs/team/app", "1.0.0")
    push_versions(admin, "packs/other", "1.0.0")

    show(browser, outputs["endpoint"])
    log_in(browser, "team", "wrong")
    browser.wait_until(shows("Authentication Failed"))
    assert not browser.run(shows("packs/"))

    show(browser, outputs["endpoint"])
    log_in(browser, "team", outputs["users"]["team"])
    browser.wait_until(shows("packs/team/app"))
    show(browser, f"{outputs['endpoint']}/explore")
    browser.wait_until(shows("packs/team/app"))
    assert not browser.run(shows("packs/other")), "a user sees only what the user can read"

    assert browser.run("violations") == [], "the page obeys its content security policy"
    assert not browser.reported("Runtime.exceptionThrown")
    strangers = [url for url in browser.requests() if not url.startswith(outputs["endpoint"])]
    assert strangers == []
