"""Letters as their readers' programs show them, and the pages on which contributors look at all of them: nothing sticks
out on the narrowest phone, and axe finds no barrier, in light and in the dark."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.test_barriers import COLOURS, EVERYTHING, RUN, TAGS
from tests.browser.test_layout import LOST
from tests.letters import READ_WHOLE, all_letters, letters_in

pytestmark = [pytest.mark.xdist_group("letters"), pytest.mark.django_db(transaction=True)]

# A mail stands inside the page of a mail program, which has the landmarks and the headline.
OF_A_MAIL = EVERYTHING | {"runOnly": [tag for tag in TAGS if tag != "best-practice"]}
PHONE = {"width": 320, "height": 800}
WIDTHS = (320, 768, 1280)


def barriers(page: Page, views: dict[str, dict[str, list[str]]]) -> list[str]:
    """What axe finds on the page that is open, in each of these schemes."""
    page.evaluate(AXE_SCRIPT)
    found = []
    for scheme, options in views.items():
        page.emulate_media(color_scheme=scheme)
        if results := page.evaluate(RUN, options):
            found.append(f"{scheme}: {AxeResults(results).generate_report()}")
    return found


def test_every_letter_fits_a_phone_in_every_language(page: Page, is_long: bool) -> None:
    page.set_viewport_size(PHONE)
    lost = {}
    for letter in all_letters(is_long=is_long):
        page.set_content(letter.part("html"))
        if faults := page.evaluate(LOST):
            lost[letter.name] = faults
    assert not lost


def test_no_letter_has_a_known_barrier(page: Page) -> None:
    page.set_viewport_size(PHONE)
    found = {}
    # Its other cases and languages have other words, but the same marks and colours.
    for letter in {seen.example.delivery.letter: seen for seen in letters_in(READ_WHOLE[0])}.values():
        page.set_content(letter.part("html"))
        if faults := barriers(page, {"light": OF_A_MAIL, "dark": COLOURS}):
            found[letter.name] = faults
    assert not found


def test_contributors_read_each_letter_in_the_language_that_they_choose(page: Page, live_server: LiveServer) -> None:
    page.goto(f"{live_server.url}/mailbox/letters/")
    page.get_by_role("link", name="Ukrainian").click()
    page.get_by_role("link", name="Новий час: ").first.click()
    frame = page.frame_locator("iframe.mailframe")
    expect(frame.get_by_role("columnheader", name="Було:")).to_be_visible()
    page.get_by_role("link", name="German").click()
    expect(frame.get_by_role("columnheader", name="Vorher:")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Neue Zeit: ")


@pytest.mark.parametrize("path", ["/mailbox/letters/?lang=uk", "/mailbox/letters/notice-moved/?lang=uk"])
def test_the_pages_that_show_letters_lose_nothing_and_have_no_known_barrier(
    page: Page, live_server: LiveServer, path: str
) -> None:
    page.goto(live_server.url + path)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        # The page, and the letter in its frame.
        assert [frame.evaluate(LOST) for frame in page.frames] == [[]] * len(page.frames), width
    assert barriers(page, {"light": EVERYTHING, "dark": COLOURS}) == []
