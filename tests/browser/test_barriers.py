"""What axe finds on the public pages, in light and in the dark, on a phone and on a desk."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

pytestmark = pytest.mark.django_db(transaction=True)
# Nothing else changes with the scheme.
COLOURS = {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
EVERYTHING = {"resultTypes": ["violations"], "runOnly": TAGS}


@pytest.mark.parametrize("width", [390, 1280])
def test_pages_have_no_known_barrier(
    browser: Browser, live_server: LiveServer, paths: dict[str, str], width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    found = {}
    for name, path in paths.items():
        page.emulate_media(color_scheme="light")
        page.goto(live_server.url + path)
        for scheme, options in (("light", EVERYTHING), ("dark", COLOURS)):
            page.emulate_media(color_scheme=scheme)
            results = Axe().run(page, options=options)
            if results.violations_count:
                found[f"{name}, {scheme}"] = results.generate_report()
    page.close()
    assert not found, "\n".join(f"{where}: {report}" for where, report in found.items())
