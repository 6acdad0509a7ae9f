"""A moderator's way in a real browser: on a phone, without JavaScript, in light and dark."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from events.models import Decision, Event, Revision
from moderation.models import ReasonTemplate
from tests.clicks import follow, go, nothing_hangs_over, press
from tests.factories import (
    CampaignCountryFactory,
    CoordinatorFactory,
    EventFactory,
    OrganiserFactory,
    RevisionFactory,
)
from tests.log_in import log_in

pytestmark = pytest.mark.django_db(transaction=True)
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen gegen das Grenzregime"


@pytest.fixture
def moderator() -> User:
    CampaignCountryFactory()
    event = EventFactory(title="March from the station")
    OrganiserFactory(event=event)
    RevisionFactory(event=event, number=2, title="March from the bridge", contact_link="https://bit.ly/" + "x" * 90)
    OrganiserFactory(event=RevisionFactory(title=LONG, note_to_moderators="Please hurry.").event)
    return CoordinatorFactory().user


def open_pages(browser: Browser, url: str, user: User, *, javascript: bool, **looks: object) -> Page:
    client = Client()
    log_in(client, user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page = browser.new_page(java_script_enabled=javascript, **looks)  # type: ignore[arg-type]
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": url}])
    return page


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, moderator: User) -> Iterator[Page]:
    page = open_pages(browser, live_server.url, moderator, javascript=False, viewport={"width": 390, "height": 800})
    page.goto(f"{live_server.url}/moderation/")
    yield page
    page.close()


def test_a_submission_is_decided_from_the_queue(page: Page) -> None:
    follow(page, LONG)
    expect(page.get_by_role("heading", level=1)).to_have_text(LONG)
    press(page, "Reject")
    expect(page.get_by_role("alert")).to_contain_text("Say why")
    page.get_by_label("Your words to the organisers").fill("Tell us more.")
    press(page, "Ask for changes")
    expect(page.get_by_role("status")).to_have_text(f"Asked for changes: {LONG}")
    page.set_viewport_size({"width": 320, "height": 800})
    nothing_hangs_over(page)
    assert Decision.objects.get().reason.text == "Tell us more."


def test_an_edit_shows_its_words_and_is_published_by_one_press(page: Page) -> None:
    follow(page, "March from the bridge")
    expect(page.locator("ins").first).to_have_text("bridge")
    expect(page.get_by_text("bit.ly is a link shortener")).to_be_visible()
    expect(page.get_by_role("button", name="Approve", exact=True)).to_be_in_viewport()
    press(page, "Approve")
    expect(page.get_by_role("status")).to_have_text("Approved: March from the bridge")
    assert Event.objects.get(state="published").title == "March from the bridge"


def test_the_way_back_after_somebody_was_faster(page: Page) -> None:
    follow(page, LONG)
    Revision.objects.filter(title=LONG).update(state="withdrawn")
    page.get_by_label("Your words to the organisers").fill("Lovely.")
    press(page, "Approve")
    expect(page.get_by_role("alert")).to_contain_text("The organisers have withdrawn this submission.")
    expect(page.get_by_label("Your words to the organisers")).to_have_value("Lovely.")
    expect(page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)


@pytest.mark.parametrize("javascript", [False, True])
def test_ready_made_words_stand_in_front_of_typed_ones(
    browser: Browser, live_server: LiveServer, moderator: User, javascript: bool
) -> None:
    ReasonTemplate.objects.create(verb="reject", name="n", language="en", title="Chosen", text="Made.\n\nReady.")
    page = open_pages(browser, live_server.url, moderator, javascript=javascript)
    page.goto(f"{live_server.url}/moderation/{Revision.objects.get(title=LONG).pk}/")
    words = page.get_by_label("Your words to the organisers")
    words.fill("Typed.")
    here = page.evaluate_handle("document") if javascript else None
    page.get_by_label("Ready-made words").select_option("Chosen")
    insert = page.get_by_role("button", name="Insert")
    insert.click() if javascript else go(insert)
    expect(words).to_have_value("Made.\n\nReady.\n\nTyped.")
    if here:
        assert page.evaluate("before => before === document", here)
    press(page, "Reject")
    expect(page.get_by_role("status")).to_have_text(f"Rejected: {LONG}")
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_no_page_has_a_known_barrier_or_sticks_out(
    browser: Browser, live_server: LiveServer, moderator: User, scheme: str, width: int
) -> None:
    page = open_pages(
        browser,
        live_server.url,
        moderator,
        javascript=True,
        color_scheme=scheme,
        viewport={"width": width, "height": 800},
    )
    public_id = Event.objects.get(state="published").public_id
    first, edit = Revision.objects.get(number=1).pk, Revision.objects.get(number=2).pk
    paths = ["", f"{edit}/", f"{edit}/preview/uk/", f"{first}/beside/{public_id}/"]
    paths += ["protests/", f"protests/{public_id}/"]
    for path in paths:
        page.goto(f"{live_server.url}/moderation/{path}")
        nothing_hangs_over(page)
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
    page.close()
