"""An organiser's whole way on a phone without JavaScript: register, be published, invite somebody, ask for helpers,
write to followers, move, and tell afterwards how it was."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import MailedCode
from events.forms import guarded
from events.models import AfterReport, Campaign, Event, EventChange, Organiser, Revision
from moderation import after_reports
from moderation.actions import approve_revision
from organising import after_report
from organising.models import ShiftSignUp
from outbox.models import Delivery
from reminders.notices import notice_changes
from tests import clicks
from tests.clicks import follow, go, nothing_hangs_over
from tests.factories import (
    CampaignCountryFactory,
    CampaignTextFactory,
    CityFactory,
    RecipientFactory,
    SubscriptionFactory,
    UserFactory,
)
from tests.reminders.conftest import Mail, delivered

__all__ = ["delivered"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("fresh_limits")]
PHONE = {"width": 320, "height": 700}


@pytest.fixture
def enter(
    browser: Browser, live_server: LiveServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Page]]:
    """Somebody new comes to the site, with a phone of their own."""
    settings.SITE_URL = live_server.url
    monkeypatch.setattr(guarded, "SHORTEST_FILL_SECONDS", -1)
    CampaignTextFactory()
    CampaignCountryFactory()
    CityFactory(spellings=["Warsaw"])
    contexts: list[BrowserContext] = []

    def enter() -> Page:
        contexts.append(browser.new_context(base_url=live_server.url, java_script_enabled=False, viewport=PHONE))
        return contexts[-1].new_page()

    yield enter
    for context in contexts:
        context.close()


def press(page: Page, name: str) -> None:
    clicks.press(page, name)
    nothing_hangs_over(page)


def tab(page: Page, name: str) -> None:
    go(page.get_by_role("navigation", name="This protest").get_by_role("link", name=name, exact=True))


def mails_to(address: str, delivered: Callable[[], list[Mail]]) -> list[Mail]:
    """All that has come there; what waits to be taken back is not waited for."""
    Delivery.objects.filter(state=Delivery.State.QUEUED).update(not_before=timezone.now())
    return [mail for mail in delivered() if mail.to == address]


def register(page: Page) -> None:
    page.goto("/en/register/")
    page.get_by_label("Title", exact=True).first.fill("March to the office")
    page.get_by_label("Description").first.fill("We walk together.")
    page.get_by_label("Kind of protest").select_option("demonstration")
    page.get_by_label("Monday 11 October 2027").check()
    page.get_by_label("Start", exact=True).fill("14:30")
    page.get_by_label("Country", exact=True).select_option("PL")
    page.get_by_label("City", exact=True).fill("Warsaw")
    page.get_by_label("Place", exact=True).fill("Plac Zamkowy")
    page.get_by_label("Your e-mail address").fill("olena@example.org")
    press(page, "Continue: send me a code")
    page.get_by_label("Code").fill(MailedCode.objects.get().code)
    press(page, "Send to the moderators")
    follow(page, "See or change your protest")
    expect(page.get_by_text("With the moderators.")).to_be_visible()


def invite(page: Page, friend: Page, delivered: Callable[[], list[Mail]]) -> None:
    tab(page, "People")
    page.locator("#invite").get_by_label("E-mail address").fill("piotr@example.org")
    page.locator("#invite").get_by_label("Co-organiser").check()
    press(page, "Invite")
    friend.goto(mails_to("piotr@example.org", delivered)[0].link("/invitations/"))
    press(friend, "Go on with a mailed code")
    friend.get_by_label("Your e-mail address").fill("piotr@example.org")
    press(friend, "Send me a code")
    friend.get_by_label("Code").fill(MailedCode.objects.latest("pk").code)
    press(friend, "Log in")
    press(friend, "Accept")
    expect(friend.get_by_role("heading", level=1)).to_have_text("March to the office")


def find_helpers(page: Page, helper: Page, delivered: Callable[[], list[Mail]]) -> None:
    tab(page, "Shifts")
    follow(page, "Add a shift")
    page.get_by_label("What is to be done?").select_option("steward")
    page.get_by_label("From").fill("14:00")
    page.get_by_label("Until").fill("16:00")
    page.get_by_label("How many people?").fill("2")
    press(page, "Save")
    helper.goto(Event.objects.get().get_absolute_url())
    follow(helper, "Helpers wanted")
    helper.get_by_label("Steward").check()
    helper.get_by_label("Your e-mail address").fill("anna@example.org")
    press(helper, "Offer my help")
    helper.goto(mails_to("anna@example.org", delivered)[0].link("/help/take/"))
    go(helper.locator("main form button.btn").first)
    assert ShiftSignUp.objects.get().state == "in"


def announce(page: Page, delivered: Callable[[], list[Mail]]) -> None:
    tab(page, "Tell followers")
    follow(page, "Write to followers")
    page.get_by_label("Subject").first.fill("Bring drums")
    page.get_by_label("Text", exact=True).first.fill("We want to be heard.")
    press(page, "Keep it and see the mail")
    press(page, "Send it to all followers")
    [mail] = [mail for mail in mails_to("follower@example.org", delivered) if "Bring drums" in mail.subject]
    assert "We want to be heard." in mail.text


def move(page: Page, delivered: Callable[[], list[Mail]]) -> None:
    tab(page, "Change")
    page.get_by_label("Start", exact=True).fill("15:30")
    press(page, "Next: see what will be told")
    expect(page.get_by_text("15:30").first).to_be_visible()
    press(page, "Send to the moderators")
    approve_revision(Revision.objects.latest("number"), by=UserFactory(is_superuser=True))
    EventChange.objects.update(at=timezone.now() - dt.timedelta(minutes=2))
    notice_changes(timezone.now())
    [*_earlier, mail] = mails_to("follower@example.org", delivered)
    assert "14:30" in mail.text
    assert "15:30" in mail.text


def tell_how_it_was(page: Page, delivered: Callable[[], list[Mail]]) -> None:
    """The protest was two days ago: its organisers are asked on the morning after, whatever hour it is now."""
    day = timezone.now().date() - dt.timedelta(days=2)
    Campaign.objects.update(actions_from=day, actions_to=day + dt.timedelta(days=3))
    Event.objects.update(day=day, start_time=dt.time(10), end_time=dt.time(11))
    after_report.ask(timezone.now())
    [mail] = [mail for mail in mails_to("olena@example.org", delivered) if "/organise/report/" in mail.text]
    page.context.clear_cookies()
    page.goto(mail.link("/report/"))
    page.get_by_label("At least").fill("300")
    page.get_by_label("At most").fill("400")
    page.get_by_label("Counted, one by one").check()
    page.get_by_label("What happened?").fill("Drums were heard all over the square.")
    press(page, "Send to the moderators")
    expect(page.get_by_text("Your report is with the moderators.")).to_be_visible()
    report = AfterReport.objects.get()
    after_reports.publish_report(report, by=UserFactory(is_superuser=True), number=report.number)
    page.goto(Event.objects.get().get_absolute_url())
    expect(page.get_by_text("Drums were heard all over the square.")).to_be_visible()


def test_from_registration_to_the_report_afterwards(
    enter: Callable[[], Page], delivered: Callable[[], list[Mail]]
) -> None:
    organiser = enter()
    register(organiser)
    approve_revision(Revision.objects.get(), by=UserFactory(is_superuser=True))
    event = Event.objects.get()
    long_ago = timezone.now() - dt.timedelta(days=1)
    follower = RecipientFactory(address="follower@example.org")
    SubscriptionFactory(event=event, recipient=follower, created_at=long_ago, confirmed_at=long_ago)
    organiser.reload()
    expect(organiser.get_by_text("Public.")).to_be_visible()
    expect(organiser.get_by_role("heading", name="Before the day")).to_be_visible()

    invite(organiser, enter(), delivered)
    assert sorted(Organiser.objects.values_list("role", flat=True)) == ["co_organiser", "owner"]
    find_helpers(organiser, enter(), delivered)
    announce(organiser, delivered)
    move(organiser, delivered)
    tell_how_it_was(organiser, delivered)
