"""A moderator with a keyboard and nothing else: twenty mixed submissions, one after the other."""

from collections.abc import Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from events.models import Decision, Revision
from moderation.models import Claim
from tests.browser.test_moderator import open_pages
from tests.factories import (
    CampaignCountryFactory,
    CityFactory,
    CoordinatorFactory,
    EventFactory,
    OrganiserFactory,
    RevisionFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)
# What is done with the submissions in turn: the key, and the words.
HOW = [("a", ""), ("c", "Say where it begins."), ("x", "This is advertising."), ("a", "Good luck!")]
STATES = {"a": "approved", "c": "changes_requested", "x": "rejected"}


@pytest.fixture
def moderator() -> User:
    """Of Poland, with twenty submissions: first versions, edits, sensitive ones, and some not to approve."""
    CampaignCountryFactory()
    city = CityFactory()
    for n in range(20):
        is_edit = n % 3 == 0
        event = EventFactory(title=f"Protest {n}", city=city, state="published" if is_edit else "submitted")
        OrganiserFactory(event=event)
        if is_edit:
            RevisionFactory(event=event, title=event.title, city=city, state="approved", decided_at=timezone.now())
        RevisionFactory(
            event=event,
            number=2 if is_edit else 1,
            title=f"Protest {n} <b>bold</b>" if n % 5 == 0 else f"Protest {n}, better",
            description="Call +48 600 100 200 or see https://bit.ly/x" if n % 4 == 2 else "We walk to the square.",
            is_sensitive=n in {6, 12},
            city=city,
        )
    RevisionFactory(title="Apart", quarantine="word", city=city)
    return CoordinatorFactory().user


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, moderator: User) -> Iterator[Page]:
    page = open_pages(browser, live_server.url, moderator, javascript=True)
    page.goto(f"{live_server.url}/moderation/")
    yield page
    page.close()


def press_and_wait(page: Page, key: str) -> None:
    with page.expect_navigation(wait_until="load"):
        page.keyboard.press(key)


def test_twenty_submissions_are_decided_by_keyboard_alone(page: Page) -> None:
    done = []
    press_and_wait(page, "n")
    for n in range(20):
        key, words = HOW[n % len(HOW)]
        done.append((int(page.url.split("/moderation/")[1].split("/")[0]), key))
        if words:
            page.keyboard.press("r")
            page.keyboard.type(words)
            page.keyboard.press("Escape")
        press_and_wait(page, key)
    expect(page.get_by_text("Nothing is left that nobody else is at work on.")).to_be_visible()
    assert {revision.pk: revision.state for revision in Revision.objects.filter(pk__in=dict(done))} == {
        pk: STATES[key] for pk, key in done
    }
    assert Decision.objects.count() == 20
    # Late and large changes came first, and nothing is kept for this moderator any more.
    assert list(Revision.objects.filter(pk__in=[pk for pk, _key in done[:2]], is_sensitive=True)) != []
    assert not Claim.objects.exists()


def test_keys_work_as_the_list_of_them_says(page: Page, live_server: LiveServer) -> None:
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    first = page.locator("[data-row]").first
    expect(first).to_be_focused()
    press_and_wait(page, "Enter")
    expect(page.get_by_text("You are at work on this")).to_be_visible()
    # A key that needs words asks for them, and then writes them.
    page.keyboard.press("x")
    reason = page.get_by_label("Your words to the organisers")
    expect(reason).to_be_focused()
    page.keyboard.type("xac")
    expect(reason).to_have_value("xac")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog")
    expect(keys).to_be_visible()
    keys.get_by_label("Single keys do this on this device").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.reload()
    page.keyboard.press("a")
    assert not Decision.objects.exists()
    # Off on every page until it is turned on again, which needs no single key.
    page.get_by_role("button", name="Keyboard shortcuts").click()
    keys.get_by_label("Single keys do this on this device").check()
    page.keyboard.press("Escape")
    # The same key of a keyboard with other letters.
    with page.expect_navigation():
        page.evaluate(
            "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'ф', code: 'KeyA', bubbles: true}))"
        )
    expect(page.get_by_role("status").first).to_contain_text("Approved:")
    press_and_wait(page, "u")
    expect(page.get_by_role("status").first).to_contain_text("Taken back:")


def test_the_queue_says_what_is_new_without_moving_a_row(page: Page) -> None:
    rows = page.locator("[data-row]").all_text_contents()
    page.clock.install()
    page.reload()
    RevisionFactory(title="Fresh")
    page.clock.run_for(21_000)
    expect(page.get_by_role("link", name="1 new since you opened this page")).to_be_visible()
    expect(page.locator('[data-count="waiting"]')).to_have_text("21")
    assert page.locator("[data-row]").all_text_contents() == rows
