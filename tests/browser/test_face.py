"""The public pages in a real browser: on small screens, in the dark, with large text, for people who cannot see."""

import datetime as dt
import gzip

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request
from pytest_django.live_server_helper import LiveServer

from events.actions import record_change
from events.models import Event, EventChange
from events.models.campaign import Disclosure
from tests.factories import CampaignCountryFactory, CampaignTextFactory, CityFactory, EventFactory

pytestmark = pytest.mark.django_db(transaction=True)
FIRST_VIEW_BYTES = 60_000


@pytest.fixture
def paths() -> dict[str, str]:
    """A small edition with everything that a row can show, and the addresses of its pages."""
    event = EventFactory(
        title="Donaudampfschifffahrtsgesellschaft gegen Grenzregime", language="de", lat="52.24780", lon="21.01370",
        access_notes="Step-free", spoken_languages=["pl", "uk"], contact_link="https://example.org/" + "a" * 60,
        translations={"uk": {"title": "Проти кордонів", "description": "Ідемо."}},
    )  # fmt: skip
    CampaignTextFactory(campaign=event.campaign, call="**No border** lasts.\n\n* one\n* two", slogan="For freedom")
    CampaignTextFactory(campaign=event.campaign, language="uk", name="Міжнародний день дій", slogan="За свободу")
    for country in ("PL", "CH", "GB", "FI"):
        CampaignCountryFactory(campaign=event.campaign, country=country)
    cancelled = EventFactory(state=Event.State.CANCELLED, cancel_reason="Storm", start_time=dt.time(9))
    EventFactory(disclosure=Disclosure.FOLLOWERS, is_example=True, day=dt.date(2027, 10, 13))
    record_change(
        event, EventChange.Kind.MOVED, at=event.created_at, before={"day": "2027-10-11", "start_time": "13:00"}
    )
    CityFactory(geoname_id=1, name="Kraków", slug="krakow")
    return {
        "landing": "/en/",
        "landing in Ukrainian": "/uk/",
        "countries": "/de/countries/",
        "country": "/en/countries/pl/",
        "empty city": "/en/countries/pl/krakow/",
        "protest": event.get_absolute_url(),
        "cancelled": cancelled.get_absolute_url(),
        "search": "/en/protests/?q=march",
        "archive": "/en/archive/",
        "call": "/en/call/",
        "privacy": "/en/privacy/",
        "lost": "/en/nowhere/",
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_have_no_known_barrier(
    browser: Browser, live_server: LiveServer, paths: dict[str, str], scheme: str
) -> None:
    page = browser.new_page(color_scheme=scheme, viewport={"width": 390, "height": 800})
    for name, path in paths.items():
        page.goto(live_server.url + path)
        found = Axe().run(page)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
    page.close()


def _overhang(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize(("width", "text_size"), [(320, 100), (390, 100), (768, 100), (1280, 100), (640, 200)])
def test_nothing_sticks_out_sideways(
    browser: Browser, live_server: LiveServer, paths: dict[str, str], width: int, text_size: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    for name, path in paths.items():
        page.goto(live_server.url + path)
        page.evaluate(f"document.documentElement.style.fontSize = '{text_size}%'")
        assert _overhang(page) <= 0, name
    page.close()


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_sticks_out_before_the_headline_face_has_come(
    browser: Browser, live_server: LiveServer, paths: dict[str, str], width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.route("**/*.woff2", lambda route: route.abort())
    page.goto(live_server.url + paths["landing"])
    assert _overhang(page) <= 0
    page.close()


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_numerals_fill_their_columns_and_touch_no_rule(
    browser: Browser, live_server: LiveServer, paths: dict[str, str], width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(live_server.url + paths["landing"])
    page.evaluate("document.fonts.ready")
    columns = page.evaluate(
        """[...document.querySelectorAll('.day')].map(day => {
            const range = document.createRange();
            range.selectNodeContents(day.querySelector('.day__number'));
            const box = day.getBoundingClientRect(), ink = range.getBoundingClientRect();
            return [ink.left - box.left, box.right - ink.right, ink.width / box.width];
        })"""
    )
    assert len(columns) == 3
    for left, right, share in columns:
        assert min(left, right) >= 2
        assert share > 0.7
    page.close()


def test_pages_work_without_javascript_and_ask_no_other_site(
    browser: Browser, live_server: LiveServer, paths: dict[str, str]
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    page.goto(live_server.url + paths["landing"])
    page.get_by_role("link", name="11 Monday").click()
    page.get_by_label("Words").fill("donaudampf")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Donaudampfschifffahrtsgesellschaft").click()
    assert page.url.startswith(live_server.url + "/en/protests/")
    assert page.get_by_text("The start moved: 14:00 instead of 13:00.").count() == 2
    assert {request.url.split("/")[2] for request in asked} == {live_server.url.split("/")[2]}
    assert [request.url for request in asked if request.resource_type == "script"] == []
    assert context.cookies() == []
    context.close()


def _weight(page: Page, url: str) -> int:
    """Bytes of all answers that a first view of *url* takes."""
    requests: list[Request] = []
    page.on("requestfinished", lambda request: requests.append(request))
    page.goto(url, wait_until="networkidle")
    return sum(map(_bytes, requests))


def _bytes(request: Request) -> int:
    """As they travel: styles and scripts are compressed when files are collected, which tests do without."""
    response = request.response()
    if request.resource_type in {"stylesheet", "script"} and response:
        return len(gzip.compress(response.body()))
    return int(request.sizes()["responseBodySize"])


def test_a_first_view_is_light(browser: Browser, live_server: LiveServer, paths: dict[str, str]) -> None:
    for name, path in paths.items():
        context = browser.new_context()
        assert 0 < _weight(context.new_page(), live_server.url + path) <= FIRST_VIEW_BYTES, name
        context.close()


def test_the_language_switch_keeps_the_page(page: Page, live_server: LiveServer, paths: dict[str, str]) -> None:
    page.goto(live_server.url + paths["country"] + "?day=2027-10-11")
    page.get_by_role("link", name="Deutsch").click()
    assert page.url == f"{live_server.url}/de/countries/pl/?day=2027-10-11"
    assert page.locator("html").get_attribute("lang") == "de"
    assert "Polen" in page.locator("h1").inner_text()


def test_the_keyboard_reaches_the_content_first(page: Page, live_server: LiveServer, paths: dict[str, str]) -> None:
    page.goto(live_server.url + paths["country"])
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.locator("main :focus").count() == 1
