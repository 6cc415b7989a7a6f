"""The page for everyone: keys, focus, sizes, names of controls, print, motion."""

from __future__ import annotations

import pytest

from packs.catalog.model import Catalog, grouped
from tests.processes.catalog.pages import (
    FOCUS,
    IS_OPEN,
    Open,
    assert_quiet,
    packs,
    search,
)
from tests.support.catalog import entry, many


def test_keys(opened: Open) -> None:
    """A person without a mouse finds, opens, reads and closes a pack."""
    browser = opened(many(9), width=1000)
    browser.press("Tab")
    assert browser.run(FOCUS) == "Skip to the packs"
    browser.press("/")
    assert browser.run(FOCUS) == "query"
    browser.type("pack-000")
    browser.press("/")
    assert browser.run("document.getElementById('query').value") == "pack-000/"
    browser.run("document.getElementById('query').select()")
    browser.type("pack")
    browser.press("ArrowDown")
    assert browser.run(FOCUS) == "Pack 0000"
    for key, name in (
        ("ArrowRight", "Pack 0001"),
        ("ArrowDown", "Pack 0003"),
        ("End", "Pack 0008"),
        ("ArrowRight", "Pack 0008"),
        ("ArrowDown", "Pack 0008"),
        ("ArrowUp", "Pack 0006"),
        ("Home", "Pack 0000"),
        ("ArrowLeft", "Pack 0000"),
        ("Tab", "Pack 0001"),
        ("Shift+Tab", "Pack 0000"),
        ("ArrowUp", "query"),
        ("ArrowDown", "Pack 0000"),
    ):
        browser.press(key)
        assert browser.run(FOCUS) == name, key
    browser.press("Enter")
    browser.wait_until(IS_OPEN)
    assert browser.run(FOCUS) == "details-title"
    assert browser.run("location.hash") == "#pack=pack-0000"
    browser.press("/", "ArrowDown")
    assert browser.run(FOCUS) == "details-title", "the list's keys rest"
    browser.run("document.getElementById('tab-0').focus()")
    browser.press("ArrowRight")
    assert browser.run(FOCUS) == "tab-1"
    browser.press("Tab")
    assert browser.run(FOCUS) == "file"
    browser.press("Escape")
    browser.wait_until(f"!{IS_OPEN} && location.hash === ''")
    assert browser.run(FOCUS) == "Pack 0000"
    assert_quiet(browser)


def test_focus_is_visible(opened: Open) -> None:
    browser = opened(many(3))
    search(browser, "pack")
    visible = "getComputedStyle(document.querySelector('{}')).outlineStyle"
    assert browser.run(visible.format("#query")) == "solid"
    browser.press("ArrowDown")
    assert browser.run(visible.format(".card:focus-within")) == "solid"


def test_focus_stays_in_dialog(opened: Open) -> None:
    browser = opened(packs(), "#pack=nginx")
    browser.wait_until(IS_OPEN)
    for _ in range(15):
        browser.press("Tab")
        assert browser.run(
            "document.activeElement === document.body || "
            "document.getElementById('details').contains(document.activeElement)"
        )


def test_history(opened: Open) -> None:
    browser = opened(packs())
    browser.run("document.querySelector('.card a').click()")
    browser.wait_until(IS_OPEN)
    browser.run("history.back()")
    browser.wait_until(f"!{IS_OPEN}")
    browser.run("history.forward()")
    browser.wait_until(IS_OPEN)
    browser.click(".close")
    browser.wait_until(f"!{IS_OPEN} && !location.hash.includes('pack=')")
    assert_quiet(browser)


def test_click_outside_closes(opened: Open) -> None:
    browser = opened(packs(), "#pack=nginx")
    browser.wait_until(IS_OPEN)
    browser.click("body > .skip")  # the corner of the window
    browser.wait_until(f"!{IS_OPEN}")


LONG = "x" * 200


@pytest.mark.parametrize("width", [320, 360, 390, 768, 1280])
@pytest.mark.parametrize("fragment", ["", "#pack=nginx"])
def test_no_horizontal_scroll(opened: Open, width: int, fragment: str) -> None:
    long = entry("nginx", LONG, display_name=LONG, layer=LONG, addon_type=LONG, readme=LONG * 50)
    browser = opened(
        Catalog(LONG, "", grouped([long, *many(3).packs[0].entries])), fragment, width=width
    )
    if fragment:
        browser.wait_until(IS_OPEN)
    assert browser.run("document.documentElement.scrollWidth") <= width
    wide = (
        "[...document.querySelectorAll('body *')].filter((each) => !each.closest('.hidden-label, "
        ".skip, option, script') && each.getBoundingClientRect().right > innerWidth + 1)"
        ".map((each) => each.outerHTML.slice(0, 200))"
    )
    assert browser.run(wide) == []
    assert_quiet(browser)


@pytest.mark.parametrize("fragment", ["", "#pack=nginx"])
def test_targets_are_large_enough(opened: Open, fragment: str) -> None:
    """44 pixels. Source: WCAG 2.2, 2.5.5. A card is one target."""
    browser = opened(packs(), fragment, width=390, height=844)
    small = browser.run(
        "[...document.querySelectorAll('button, select, input, .card, .pill')]"
        ".filter((each) => each.checkVisibility() && !each.matches('.pills input'))"
        ".map((each) => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])"
        ".filter(([, box]) => box.width < 44 || box.height < 44)"
    )
    assert small == []


def test_names_of_controls(opened: Open) -> None:
    """Everything that takes the focus has a role and a name."""
    browser = opened(packs(), "#pack=nginx")
    browser.wait_until(IS_OPEN)
    for _ in range(2):
        browser.send("Accessibility.enable")
        nodes = browser.send("Accessibility.getFullAXTree")["nodes"]
        for node in nodes:
            properties = (
                {each["name"]: each["value"].get("value") for each in node["properties"]}
                if node.get("properties")
                else {}
            )
            role = node.get("role", {}).get("value")
            if properties.get("focusable") and role not in ("RootWebArea", "generic"):
                assert node["name"]["value"], node
        browser.press("Escape")
        browser.wait_until(f"!{IS_OPEN}")


def test_print(opened: Open) -> None:
    browser = opened(packs(), prefers_color_scheme="dark")
    browser.send("Emulation.setEmulatedMedia", media="print")
    assert browser.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.run("document.getElementById('controls').checkVisibility()") is False
    assert browser.run("document.querySelector('.card').checkVisibility()") is True


def test_reduced_motion(opened: Open) -> None:
    browser = opened(packs(), prefers_reduced_motion="reduce")
    assert (
        browser.run("getComputedStyle(document.querySelector('.card')).transitionDuration") == "0s"
    )
