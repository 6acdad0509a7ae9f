"""Nothing is lost: on the narrowest screen, with large or spread text, from right to left, in colours of one's own, on
paper."""

import io
import re
from collections.abc import Iterable

import pytest
from playwright.sync_api import Page
from pypdf import PdfReader
from pytest_django.live_server_helper import LiveServer

from tests.factories import EventFactory

pytestmark = pytest.mark.django_db(transaction=True)

# What WCAG 1.4.12 lets a reader ask for.
SPREAD = """
    window.sheet = new CSSStyleSheet();
    sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
        word-spacing: .16em !important; } p { margin-block-end: 2em !important; }`);
    document.adoptedStyleSheets = [sheet];
"""
LARGE = "document.documentElement.style.fontSize = '200%'"
RIGHT_TO_LEFT = "document.documentElement.dir = 'rtl'"
AS_BEFORE = """
    document.adoptedStyleSheets = [];
    document.documentElement.style.fontSize = '';
    document.documentElement.dir = 'ltr';
"""
VIEWS = {
    "320": (320, ""),
    "390": (390, ""),
    "768": (768, ""),
    "1280": (1280, ""),
    "200 % text": (640, LARGE),
    "spread text": (390, SPREAD),
    "right to left": (320, RIGHT_TO_LEFT),
    "right to left, wide": (1280, RIGHT_TO_LEFT),
}
# Left to the long run: what lies between the widths that are tried, or is roomier than another view.
ROOMY = {"390", "768", "right to left, wide"}
# Elements that are wider than the window, or that cut off their own text. Numerals of the landing are as wide as their
# column by design, what only screen readers read is cut off on purpose, and fields scroll.
LOST = """() => {
    const root = document.documentElement, lost = [];
    if (root.scrollWidth > root.clientWidth) lost.push(`page: ${root.scrollWidth} > ${root.clientWidth}`);
    const meant = '.day__number, .visually-hidden, input, textarea, select, svg, svg *';
    for (const element of document.body.querySelectorAll(`*:not(${meant})`)) {
        const style = getComputedStyle(element), cuts = /hidden|clip/;
        if (element.scrollWidth > element.clientWidth + 1 && cuts.test(style.overflowX)
            || element.scrollHeight > element.clientHeight + 1 && cuts.test(style.overflowY))
            lost.push(element.outerHTML.slice(0, 120));
    }
    return lost;
}"""


MOVING = """() => [...document.querySelectorAll('*')].filter(element => {
    const style = getComputedStyle(element);
    return style.animationName !== 'none' || style.transitionDuration.split(',').some(t => parseFloat(t) > 0);
}).map(element => element.outerHTML.slice(0, 120))"""


# A reader's own colours take backgrounds away: what is pressed or chosen must show by a line.
UNLINED = """() => [...document.querySelectorAll('.btn:not(.btn--quiet), .mark:not(.mark--example), [aria-current]')]
    .filter(element => {
        const style = getComputedStyle(element);
        const lines = ['Top', 'Right', 'Bottom', 'Left'].map(side => parseFloat(style[`border${side}Width`]));
        return element.getClientRects().length && Math.max(...lines) < 1 && style.textDecorationLine === 'none'
            && parseFloat(style.outlineWidth) < 1;
    }).map(element => element.outerHTML.slice(0, 120))"""


def _faults(page: Page, views: Iterable[str]) -> dict[str, list[str]]:
    """What is wrong with the page that is open, by the view in which it is."""
    found = {}
    for view in views:
        width, change = VIEWS[view]
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate(change or "0")
        found[view] = page.evaluate(LOST)
        page.evaluate(AS_BEFORE)
    page.set_viewport_size({"width": 390, "height": 800})
    page.emulate_media(reduced_motion="reduce")
    found["no motion"] = page.evaluate(MOVING)
    if page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") != "auto":
        found["no motion"].append("the page rolls")
    page.emulate_media(reduced_motion="no-preference", forced_colors="active")
    found["own colours"] = page.evaluate(UNLINED)
    page.emulate_media(forced_colors="none")
    return {view: faults for view, faults in found.items() if faults}


def test_no_page_loses_anything_in_any_view(
    page: Page, live_server: LiveServer, paths: dict[str, str], is_long: bool
) -> None:
    """Nothing sticks out, no text is cut; nothing moves for those who want no motion; what is pressed or chosen shows
    in colours of the reader's own."""
    lost, views = {}, [view for view in VIEWS if is_long or view not in ROOMY]
    for name, path in paths.items():
        page.goto(live_server.url + path)
        if faults := _faults(page, views):
            lost[name] = faults
    assert not lost, "\n".join(f"{name}: {faults}" for name, faults in lost.items())


# What a finger can hit, of links that stand in a row of others.
LOW = """() => [...document.querySelectorAll('.feeds a, .prints a')]
    .filter(link => link.getBoundingClientRect().height < 28).map(link => link.textContent)"""


def test_links_in_a_row_are_high_enough_to_hit(page: Page, live_server: LiveServer, paths: dict[str, str]) -> None:
    for name in ("country with many", "protest"):
        page.goto(live_server.url + paths[name])
        assert page.locator(".feeds a, .prints a").count() > 3, name
        assert page.evaluate(LOW) == [], name


# How far the first line is from either side of the headline.
SIDES = """() => {
    const title = document.querySelector('h1'), range = document.createRange();
    range.selectNodeContents(title);
    const [line] = range.getClientRects(), box = title.getBoundingClientRect();
    return [line.left - box.left, box.right - line.right].map(Math.round);
}"""


def test_an_arabic_headline_begins_at_the_right(page: Page, live_server: LiveServer, db: None) -> None:
    event = EventFactory(title="لا حدود", language="ar")
    page.goto(f"{live_server.url}/en/protests/{event.public_id}-{event.slug}/")
    left, right = page.evaluate(SIDES)
    assert right == 0 < left


def _printed(page: Page) -> str:
    """The words of all sheets of a page."""
    reader = PdfReader(io.BytesIO(page.pdf(format="A4")))
    return re.sub(r"\s+", " ", " ".join(sheet.extract_text() for sheet in reader.pages))


def test_a_country_and_a_protest_can_be_printed(page: Page, live_server: LiveServer, paths: dict[str, str]) -> None:
    page.goto(live_server.url + paths["country with many"])
    words = _printed(page)
    assert "Berlin" in words
    assert "Demonstration 12" in words
    page.goto(live_server.url + paths["protest"])
    words += _printed(page)
    assert "Donaudampfschifffahrtsgesellschaft gegen Grenzregime" in words
    assert "Plac Zamkowy 1" in words
    assert "14:00" in words
    for not_for_paper in ("Skip to the content", "Suomi", "Remind me", "Calendar feed"):
        assert not_for_paper not in words
