"""A visitor's letter to the organisers and its answer, on a narrow phone without JavaScript."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from events import tokens
from events.forms import guarded
from events.models import Event, Thread
from tests.clicks import follow, go, nothing_hangs_over, press
from tests.factories import CampaignTextFactory, EventFactory, OrganiserFactory, UserFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("fresh_limits")]


@pytest.fixture
def event() -> Event:
    event = EventFactory(title="March from the station")
    CampaignTextFactory(campaign=event.campaign)
    return event


@pytest.fixture
def phone(browser: Browser, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[BrowserContext]:
    monkeypatch.setattr(guarded, "SHORTEST_FILL_SECONDS", -1)
    context = browser.new_context(
        base_url=live_server.url, java_script_enabled=False, viewport={"width": 320, "height": 700}
    )
    yield context
    context.close()


def log_in(context: BrowserContext, user: User, address: str) -> None:
    client = Client()
    client.force_login(user)
    context.add_cookies(
        [{"name": name, "value": cookie.value, "url": address} for name, cookie in client.cookies.items()]
    )


def test_a_letter_is_written_read_answered_and_answered_again(
    phone: BrowserContext, live_server: LiveServer, event: Event
) -> None:
    owner = OrganiserFactory(event=event, user=UserFactory(email="owner@example.org")).user
    page = phone.new_page()
    page.goto(event.get_absolute_url())
    follow(page, "Write to the organisers")
    nothing_hangs_over(page)
    page.get_by_label("Your letter").fill("Is there a ramp?\n\nThank you")
    page.get_by_label("Your e-mail address").fill("visitor@example.org")
    press(page, "Send")
    expect(page.get_by_role("alert")).to_contain_text("Choose the day of the protest")
    nothing_hangs_over(page)
    page.get_by_label("On which day is this protest?").select_option("Monday 11 October 2027")
    press(page, "Send")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your letter has arrived")
    nothing_hangs_over(page)

    log_in(phone, owner, live_server.url)
    page.goto(f"/organise/{event.public_id}/")
    go(page.get_by_role("navigation", name="This protest").get_by_role("link", name="Letters"))
    nothing_hangs_over(page)
    follow(page, "Is there a ramp?")
    nothing_hangs_over(page)
    page.get_by_label("Your answer").fill("Yes, on the left.")
    press(page, "Send the answer")
    expect(page.get_by_role("status")).to_contain_text("Your answer is on its way")

    page.goto(tokens.thread_url(Thread.objects.get()).removeprefix(settings.SITE_URL))
    expect(page.get_by_text("Yes, on the left.")).to_be_visible()
    nothing_hangs_over(page)
    page.get_by_label("Your letter").fill("Thank you!")
    press(page, "Send")
    expect(page.get_by_text("Thank you!")).to_be_visible()

    page.goto(f"/organise/{event.public_id}/letters/{Thread.objects.get().pk}/")
    press(page, "Block this sender")
    expect(page.get_by_text("This sender is blocked. They are not told.")).to_be_visible()
    press(page, "Report to the moderators")
    nothing_hangs_over(page)
    page.goto(f"/organise/{event.public_id}/letters/")
    nothing_hangs_over(page)
    press(page, "Unblock")
    expect(page.get_by_text("What this sender writes from now on arrives again.")).to_be_visible()
