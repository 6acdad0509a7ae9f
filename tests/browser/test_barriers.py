"""What axe finds on the public pages, in light and in the dark, on a phone and on a desk."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

pytestmark = pytest.mark.django_db(transaction=True)
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
EVERYTHING = {"resultTypes": ["violations"], "runOnly": TAGS}
# Nothing else changes with the scheme.
COLOURS = {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]}
ALL_BUT_COLOURS = EVERYTHING | {"rules": {rule: {"enabled": False} for rule in COLOURS["runOnly"]}}
# Colours are the same at every width, and take axe the longest.
VIEWS = ((390, "light", EVERYTHING), (390, "dark", COLOURS), (1280, "light", ALL_BUT_COLOURS))
LONG_VIEWS = tuple((width, scheme, EVERYTHING) for width in (390, 1280) for scheme in ("light", "dark"))
RUN = "options => axe.run(options).then(results => results.violations.length ? results : null)"


def test_pages_have_no_known_barrier(page: Page, live_server: LiveServer, paths: dict[str, str], is_long: bool) -> None:
    found = {}
    for name, path in paths.items():
        page.goto(live_server.url + path)
        page.evaluate(AXE_SCRIPT)
        for width, scheme, options in LONG_VIEWS if is_long else VIEWS:
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)
            if results := page.evaluate(RUN, options):
                found[f"{name}, {width}, {scheme}"] = AxeResults(results).generate_report()
    assert not found, "\n".join(f"{where}: {report}" for where, report in found.items())
