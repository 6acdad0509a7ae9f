"""The map in a real browser: by keyboard, in colours of the reader's own, for right-to-left pages."""

import pytest
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from tests.factories import CampaignCountryFactory, CampaignFactory, CampaignTextFactory, EventFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def landing(live_server: LiveServer) -> str:
    CampaignTextFactory()
    for country in ("PL", "BE", "NL"):
        CampaignCountryFactory(campaign=CampaignFactory(), country=country)
        EventFactory(country=country, place_kind="country", city=None, address="", venue="")
    return f"{live_server.url}/en/"


def test_the_keyboard_goes_through_the_map_and_enters_a_country(page: Page, landing: str) -> None:
    page.goto(landing)
    page.get_by_role("link", name="Remind me").focus()
    seen = []
    for _country in range(3):
        page.keyboard.press("Tab")
        seen.append(page.locator(":focus").get_attribute("aria-label"))
    assert sorted(filter(None, seen)) == ["Belgium: 1 protest", "Netherlands: 1 protest", "Poland: 1 protest"]
    name = str(seen[-1]).split(":", maxsplit=1)[0]
    page.keyboard.press("Enter")
    page.wait_for_url("**/countries/*/")
    assert name in page.locator("h1").inner_text()


def test_a_country_in_focus_looks_different(page: Page, landing: str) -> None:
    page.goto(landing)
    country = page.get_by_role("link", name="Poland: 1 protest")
    shape = country.locator("path")
    before = shape.evaluate("path => getComputedStyle(path).fill")
    page.get_by_role("link", name="Remind me").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    country.focus()
    after, stroke = shape.evaluate("path => [getComputedStyle(path).fill, getComputedStyle(path).strokeWidth]")
    assert after != before
    assert stroke == "6px"


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_numbers_on_the_map_can_be_read(browser: Browser, landing: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(landing)
    heights = page.evaluate("[...document.querySelectorAll('.map__count')].map(t => t.getBoundingClientRect().height)")
    assert len(heights) == 3
    assert all(11 <= height <= 40 for height in heights)
    page.close()


def test_names_stay_beside_their_dots_on_a_page_from_right_to_left(page: Page, live_server: LiveServer) -> None:
    EventFactory()
    page.goto(f"{live_server.url}/en/countries/pl/")
    page.evaluate("document.documentElement.dir = 'rtl'")
    dot, name = page.locator(".map__city circle").bounding_box(), page.locator(".map__name").bounding_box()
    assert dot is not None
    assert name is not None
    assert name["x"] >= dot["x"] + dot["width"] - 1
