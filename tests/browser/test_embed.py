"""A timetable in a frame on another site, as a real browser shows it; and that data blocks trouble no policy."""

import html
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import BrowserContext, ConsoleMessage, Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from events.models import Event
from tests.clicks import nothing_hangs_over
from tests.factories import CampaignTextFactory, EventFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def event(live_server: LiveServer, settings: Settings) -> Event:
    settings.SITE_URL = live_server.url
    event = EventFactory()
    CampaignTextFactory(campaign=event.campaign)
    return event


def _code() -> str:
    page = Client().get("/en/countries/pl/embed/").content.decode()
    return html.unescape(re.findall("<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)[0])


@pytest.fixture
def host() -> Iterator["Host"]:
    """A site of other people. A real one: Chromium lets a made-up one load nothing from this machine."""
    with Host(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


class Host(ThreadingHTTPServer):
    body = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class Answer(BaseHTTPRequestHandler):
    server: Host

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(f"<!doctype html><title>Host</title>{self.server.body}".encode())

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def test_the_code_shows_the_timetable_in_our_look(
    context: BrowserContext, page: Page, host: Host, event: Event
) -> None:
    host.body = _code()
    page.goto(host.url)
    frame = page.frame_locator("iframe")
    assert frame.get_by_role("heading", level=1).inner_text() == "Poland"
    paper = frame.locator("html").evaluate("html => getComputedStyle(html).backgroundColor")
    assert paper == "rgb(244, 241, 232)"
    with context.expect_page() as opened:
        frame.get_by_role("link", name=event.title).click()
    opened.value.wait_for_load_state()
    assert opened.value.url.endswith(event.get_absolute_url())
    assert page.url == host.url


def test_other_pages_refuse_the_frame(page: Page, live_server: LiveServer, host: Host, event: Event) -> None:
    host.body = f'<iframe src="{live_server.url}/en/countries/pl/"></iframe>'
    page.goto(host.url)
    page.wait_for_timeout(500)
    assert live_server.url not in page.frames[1].url


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/embed/pl/?lang=en", "/en/countries/pl/embed/"])
def test_it_has_no_known_barrier(page: Page, live_server: LiveServer, event: Event, path: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 320, "height": 600})
    page.goto(live_server.url + path)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    nothing_hangs_over(page)


def test_the_policy_has_nothing_against_data_blocks(page: Page, live_server: LiveServer, event: Event) -> None:
    said: list[ConsoleMessage] = []
    page.on("console", lambda message: said.append(message))
    page.goto(live_server.url + event.get_absolute_url())
    assert page.locator('script[type="application/ld+json"]').count() == 1
    assert [message.text for message in said if "Content Security Policy" in message.text] == []
