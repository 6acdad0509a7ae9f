"""All the way by keyboard: every stop shows where one is, and none holds one back."""

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

pytestmark = pytest.mark.django_db(transaction=True)
MOST_STOPS = 250
# Where the focus is: its words, and whether a line or another colour shows it.
FOCUS = """() => {
    const element = document.activeElement;
    if (element === document.body || element === document.documentElement) return null;
    const shown = e => parseFloat(getComputedStyle(e).outlineWidth) >= 2 && getComputedStyle(e).outlineStyle !== 'none';
    const drawn = [element, ...element.querySelectorAll('path, circle')];
    const lined = [element, element.closest('.stop'), element.closest('li')].some(e => e && shown(e));
    return {
        name: (element.getAttribute('aria-label') || element.labels?.[0]?.textContent || element.textContent
            || element.value || '').trim(),
        html: element.outerHTML.slice(0, 150),
        seen: lined || !!element.closest('svg') && drawn.some(e => parseFloat(getComputedStyle(e).strokeWidth) >= 3),
        size: element.getBoundingClientRect().width * element.getBoundingClientRect().height,
    };
}"""


def _stops(page: Page) -> list[dict[str, object]]:
    """All that Tab reaches, until it leaves the page."""
    stops: list[dict[str, object]] = []
    for _press in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop is None or (stops and stop["html"] == stops[0]["html"]):
            return stops
        stops.append(stop)
    raise AssertionError(f"Tab does not leave the page; last at {stops[-1]['html']}")


def _tab_to(page: Page, name: str) -> None:
    """Press Tab until something of this name has the focus."""
    for _press in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop and str(stop["name"]).startswith(name):
            return
    raise AssertionError(f"Tab never reaches {name!r}")


KINDS = ("landing", "country", "protest", "search", "search found", "register", "remind me", "archive", "edition")


def test_every_stop_shows_where_one_is_and_none_holds_one_back(
    page: Page, live_server: LiveServer, paths: dict[str, str]
) -> None:
    for name in KINDS:
        page.goto(live_server.url + paths[name])
        stops = _stops(page)
        assert stops[0]["name"] == "Skip to the content", name
        # A date has stops inside itself, which the browser marks on its own.
        seen = {stop["html"] for stop in stops if stop["seen"] and stop["size"]}
        assert {stop["html"] for stop in stops} == seen, name


def test_from_the_map_to_a_reminder(page: Page, live_server: LiveServer, paths: dict[str, str]) -> None:
    page.goto(live_server.url + paths["landing"])
    _tab_to(page, "Poland:")
    page.keyboard.press("Enter")
    page.wait_for_url("**/countries/pl/")
    _tab_to(page, "March from the station")
    page.keyboard.press("Enter")
    page.wait_for_url("**-moved/")
    _tab_to(page, "Remind me")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reminders/?event=*")
    _tab_to(page, "Your e-mail address")
    page.keyboard.type("olena@example.org")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reminders/sent/")


def test_a_search(page: Page, live_server: LiveServer, paths: dict[str, str]) -> None:
    page.goto(live_server.url + paths["landing"])
    _tab_to(page, "Protests")
    page.keyboard.press("Enter")
    page.wait_for_url("**/protests/")
    _tab_to(page, "Words")
    page.keyboard.type("vigil")
    page.keyboard.press("Enter")
    page.wait_for_url("**/protests/?q=vigil")
    _tab_to(page, "Vigil by the river")
    page.keyboard.press("Enter")
    page.wait_for_url("**-vigil/")


def test_the_first_stop_leads_to_the_content(page: Page, live_server: LiveServer, paths: dict[str, str]) -> None:
    page.goto(live_server.url + paths["country"])
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.locator("main :focus").count() == 1
