"""Shifts on a phone without JavaScript: an organiser asks for helpers, somebody offers, says yes and gives it back."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from events.forms import guarded
from events.models import Event
from organising.models import ShiftSignUp
from tests.clicks import follow, nothing_hangs_over, press
from tests.factories import CampaignTextFactory, EventFactory, OrganiserFactory
from tests.reminders.conftest import Mail, delivered

__all__ = ["delivered"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("fresh_limits")]


@pytest.fixture
def event() -> Event:
    event = EventFactory()
    CampaignTextFactory(campaign=event.campaign)
    return event


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    monkeypatch.setattr(guarded, "SHORTEST_FILL_SECONDS", -1)
    context = browser.new_context(
        base_url=live_server.url, java_script_enabled=False, viewport={"width": 320, "height": 700}
    )
    yield context.new_page()
    context.close()


def log_in(page: Page, event: Event, url: str) -> None:
    client = Client()
    client.force_login(OrganiserFactory(event=event).user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": url}])


def check(browser: Browser, page: Page) -> None:
    """Nothing bars anybody's way, and nothing hangs over the edge."""
    looker = browser.new_page(viewport={"width": 320, "height": 700})
    looker.context.add_cookies(page.context.cookies())
    looker.goto(page.url)
    found = Axe().run(looker)
    assert found.violations_count == 0, found.generate_report()
    nothing_hangs_over(looker)
    looker.close()


def test_from_the_need_to_a_place_and_back(
    browser: Browser, page: Page, event: Event, live_server: LiveServer, delivered: Callable[[], list[Mail]]
) -> None:
    log_in(page, event, live_server.url)
    page.goto(f"/organise/{event.public_id}/")
    follow(page, "Shifts", exact=True)
    follow(page, "Add a shift")
    page.get_by_label("What is to be done?").select_option("steward")
    page.get_by_label("From").fill("13")
    press(page, "Save")
    expect(page.get_by_text("Say when it ends.").first).to_be_visible()
    page.get_by_label("From").fill("13:00")
    page.get_by_label("Until").fill("15.30")
    page.get_by_label("How many people?").fill("1")
    check(browser, page)
    press(page, "Save")
    expect(page.get_by_text("1 more is needed.")).to_be_visible()

    page.goto(event.get_absolute_url())
    follow(page, "Helpers wanted")
    press(page, "Offer my help")
    expect(page.get_by_text("Tick at least one.").first).to_be_visible()
    page.get_by_label("Steward").check()
    page.get_by_label("Your e-mail address").fill("anna@example.org")
    page.get_by_label("Your name").fill("Anna")
    check(browser, page)
    press(page, "Offer my help")
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mailbox")
    [mail] = delivered()
    page.goto(mail.link("/help/take/"))
    check(browser, page)
    press(page, "Yes, I will be there")
    expect(page.get_by_text("You have a place.", exact=True)).to_be_visible()
    check(browser, page)

    page.goto(f"/organise/{event.public_id}/shifts/")
    page.get_by_text("Who", exact=True).click()
    expect(page.get_by_text("Anna")).to_be_visible()
    check(browser, page)
    follow(page, "To print")
    expect(page.get_by_role("rowheader", name="Anna")).to_be_visible()
    check(browser, page)

    page.goto(delivered()[-1].link("/help/leave/"))
    check(browser, page)
    press(page, "Give it back")
    expect(page.get_by_role("heading", level=1)).to_have_text("Done")
    assert ShiftSignUp.objects.get().state == "left"
