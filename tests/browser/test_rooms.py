"""Rooms of those who are logged in, on the narrowest screen and in the languages with the longest words."""

from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from reminders.tokens import manage_url
from tests.factories import (
    CampaignTextFactory,
    EventFactory,
    OrganiserFactory,
    RecipientFactory,
    SubscriptionFactory,
    UserFactory,
)
from tests.log_in import log_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("fresh_limits")]

# Words that hang out of their frame, into what stands beside it.
HANGING = """() => [...document.querySelectorAll('.checklist > li > .mark')]
    .filter(mark => mark.scrollWidth > mark.clientWidth).map(mark => mark.textContent)"""


def enter(page: Page, url: str, user: User) -> None:
    """With the narrowest screen, logged in as *user*."""
    client = Client()
    log_in(client, user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": url}])
    page.set_viewport_size({"width": 320, "height": 800})


@pytest.mark.parametrize("language", settings.COMPLETE_LANGUAGES)
def test_what_is_open_does_not_lie_on_what_is_to_be_done(page: Page, live_server: LiveServer, language: str) -> None:
    event = EventFactory()
    CampaignTextFactory(campaign=event.campaign)
    enter(page, live_server.url, OrganiserFactory(event=event, user=UserFactory(language=language)).user)
    page.goto(f"{live_server.url}/organise/{event.public_id}/")
    assert page.locator(".checklist > li").count() > 3
    assert page.evaluate(HANGING) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize(("follows", "opened"), [(2, 2), (5, 0)])
def test_choices_of_a_follower_are_folded_where_there_are_many(
    page: Page, live_server: LiveServer, follows: int, opened: int
) -> None:
    reader = RecipientFactory()
    for _number in range(follows):
        SubscriptionFactory(recipient=reader)
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(live_server.url + urlsplit(manage_url(reader)).path)
    assert page.locator(".follow details").count() == follows
    assert page.locator(".follow details[open]").count() == opened
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    page.locator(".follow summary").last.click()
    assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("path", ["post-office", "rehearsal"])
def test_what_the_site_is_at_fits_a_phone(page: Page, live_server: LiveServer, path: str) -> None:
    CampaignTextFactory()
    enter(page, live_server.url, UserFactory(is_superuser=True))
    page.goto(f"{live_server.url}/admin/{path}/")
    assert page.locator("table, form").count() > 0
    assert page.evaluate("document.documentElement.scrollWidth") == 320
