"""The public pages in a real browser: the look of the landing page, no JavaScript, one language and the next."""

import pytest
from playwright.sync_api import Browser, Page, Request
from pytest_django.live_server_helper import LiveServer

from tests.clicks import follow, nothing_hangs_over, press

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_sticks_out_before_the_headline_face_has_come(
    browser: Browser, live_server: LiveServer, paths: dict[str, str], width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.route("**/*.woff2", lambda route: route.abort())
    page.goto(live_server.url + paths["landing"])
    nothing_hangs_over(page)
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
    follow(page, "11 Monday")
    page.get_by_label("Words").fill("station")
    press(page, "Search")
    follow(page, "March from the station")
    assert page.url.startswith(live_server.url + "/en/protests/")
    assert page.get_by_text("The start moved: 14:00 instead of 13:00.").count() == 2
    assert {request.url.split("/")[2] for request in asked} == {live_server.url.split("/")[2]}
    assert [request.url for request in asked if request.resource_type == "script"] == []
    assert context.cookies() == []
    context.close()


def test_the_language_switch_keeps_the_page(page: Page, live_server: LiveServer, paths: dict[str, str]) -> None:
    page.goto(live_server.url + paths["country"] + "?day=2027-10-11")
    follow(page, "Deutsch")
    assert page.url == f"{live_server.url}/de/countries/pl/?day=2027-10-11"
    assert page.locator("html").get_attribute("lang") == "de"
    assert "Polen" in page.locator("h1").inner_text()
