"""The day sheet on a phone: it opens without network once it was opened, and leaves when it should."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect
from playwright.sync_api import Error as NotLoaded
from pytest_django.live_server_helper import LiveServer

from events.models import Event, Organiser
from organising.models import DaySheet
from tests.clicks import go, nothing_hangs_over
from tests.factories import CampaignTextFactory, EventFactory, OrganiserFactory, RightsCardFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("fresh_limits")]
KEPT = "This page is kept on this phone:"
COPY = "Offline copy from"


@pytest.fixture
def event() -> Event:
    event = EventFactory(access_notes="Step-free")
    CampaignTextFactory(campaign=event.campaign)
    RightsCardFactory(language="pl")
    RightsCardFactory(language="ar", text="كلمات")
    DaySheet.objects.create(
        event=event, second_meeting_point="Below the clock", roles="sound: M.", timeline="13:30 all"
    )
    return event


@pytest.fixture
def organiser(event: Event) -> Organiser:
    return OrganiserFactory(event=event, role=Organiser.Role.CO_ORGANISER)


@pytest.fixture
def phone(browser: Browser, live_server: LiveServer, organiser: Organiser) -> Iterator[BrowserContext]:
    """A phone on which a co-organiser is logged in."""
    client = Client()
    client.force_login(organiser.user)
    context = browser.new_context(base_url=live_server.url, viewport={"width": 320, "height": 700})
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    host = urlsplit(live_server.url).hostname or ""
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "domain": host, "path": "/"}])
    yield context
    context.close()


@pytest.fixture
def sheet(event: Event) -> str:
    return f"/organise/{event.public_id}/day-sheet/"


@pytest.fixture
def page(phone: BrowserContext, sheet: str) -> Page:
    """The sheet, opened once and kept."""
    page = phone.new_page()
    page.goto(sheet)
    expect(page.get_by_text(KEPT)).to_be_visible()
    return page


def kept(page: Page) -> int:
    """How many things of sheets lie on the phone."""
    return int(page.evaluate("caches.keys().then((all) => all.filter((name) => name.startsWith('day-sheet')).length)"))


def is_readable_offline(phone: BrowserContext, sheet: str) -> bool:
    """Whether the sheet opens without network, in a window of its own."""
    phone.set_offline(True)
    page = phone.new_page()
    try:
        page.goto(sheet)
        return page.get_by_text("Below the clock").is_visible() and page.get_by_text(COPY).is_visible()
    except NotLoaded:
        return False
    finally:
        page.close()
        phone.set_offline(False)


def test_once_opened_it_opens_without_network_and_says_so(phone: BrowserContext, page: Page, sheet: str) -> None:
    expect(page.get_by_text(COPY)).to_be_hidden()
    phone.set_offline(True)
    page.reload()
    expect(page.get_by_text(COPY)).to_be_visible()
    expect(page.get_by_text("Below the clock")).to_be_visible()
    expect(page.get_by_text(KEPT)).to_be_visible()
    # It looks as it should: style and headline face come from the phone too.
    assert page.evaluate("document.fonts.ready.then(() => document.fonts.check('900 20px Sofia Sans Extra Condensed'))")
    assert page.evaluate("getComputedStyle(document.querySelector('.rooms ul')).display") == "flex"
    phone.set_offline(False)
    page.reload()
    expect(page.get_by_text(COPY)).to_be_hidden()


def test_with_network_the_newest_is_shown_and_kept(phone: BrowserContext, page: Page, sheet: str) -> None:
    DaySheet.objects.update(roles="sound: K.")
    page.reload()
    expect(page.get_by_text("sound: K.")).to_be_visible()
    phone.set_offline(True)
    page.reload()
    expect(page.get_by_text("sound: K.")).to_be_visible()


def test_only_sheets_that_were_opened_are_kept(phone: BrowserContext, page: Page, organiser: Organiser) -> None:
    other = OrganiserFactory(event=EventFactory(title="Another"), user=organiser.user).event
    page.goto(f"/organise/{other.public_id}/")
    page.goto("/organise/")
    assert kept(page) == 1
    assert not is_readable_offline(phone, f"/organise/{other.public_id}/day-sheet/")
    assert not is_readable_offline(phone, "/organise/")


def test_removed_by_hand_it_stays_away_until_it_is_wanted(phone: BrowserContext, page: Page, sheet: str) -> None:
    page.get_by_role("button", name="Remove it from this phone").click()
    expect(page.get_by_text("This page is not kept on this phone.")).to_be_visible()
    assert kept(page) == 0
    assert not is_readable_offline(phone, sheet)
    page.reload()
    expect(page.get_by_text("This page is not kept on this phone.")).to_be_visible()
    assert kept(page) == 0
    page.get_by_role("button", name="Keep it on this phone").click()
    expect(page.get_by_text(KEPT)).to_be_visible()
    assert is_readable_offline(phone, sheet)


def test_after_log_out_nothing_is_left(phone: BrowserContext, page: Page, sheet: str) -> None:
    page.goto("/accounts/logout/")
    go(page.locator("main button"))
    assert kept(page) == 0
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
    assert not is_readable_offline(phone, sheet)
    page.goto(sheet)
    expect(page.get_by_label("Your e-mail address")).to_be_visible()


@pytest.mark.parametrize("how", ["removed", "logged out elsewhere"])
def test_whoever_may_not_read_it_any_more_loses_the_copy(
    phone: BrowserContext, page: Page, sheet: str, organiser: Organiser, how: str
) -> None:
    assert is_readable_offline(phone, sheet)
    if how == "removed":
        organiser.delete()
    else:
        organiser.user.set_unusable_password()
        organiser.user.save()
    page.goto(sheet)
    assert kept(page) == 0
    assert not is_readable_offline(phone, sheet)


def test_without_javascript_it_reads_well(
    browser: Browser, phone: BrowserContext, live_server: LiveServer, sheet: str
) -> None:
    plain = browser.new_context(
        base_url=live_server.url, java_script_enabled=False, storage_state=phone.storage_state()
    )
    page = plain.new_page()
    page.goto(sheet)
    expect(page.get_by_text("Below the clock")).to_be_visible()
    expect(page.get_by_text("This browser does not keep the page")).to_be_visible()
    expect(page.get_by_role("button", name="Remove it")).to_be_hidden()
    plain.close()


def test_it_has_no_known_barrier_and_fits_on_a_small_phone(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    nothing_hangs_over(page)
