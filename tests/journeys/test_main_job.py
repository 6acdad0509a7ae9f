"""The main job from end to end, in a real browser without JavaScript, over a real worker, beat, Redis and SMTP server:
register, prove the address, approve, find it by country, subscribe, confirm, be reminded at the right minute."""

import datetime as dt
import re
import time
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from events.actions import SECOND_THOUGHTS
from events.forms import guarded
from events.models import City, Event, SiteStamp
from events.tasks import tick
from moderation.actions import approve_revision
from organising.actions import cancel_event, submit_edit
from outbox.actions import recipient_for
from outbox.models import Delivery
from outbox.tasks import send_due
from reminders.tasks import plan
from tests.clicks import follow, go, press
from tests.factories import (
    CampaignCountryFactory,
    CampaignTextFactory,
    CityFactory,
    CoordinatorFactory,
    EventFactory,
    OrganiserFactory,
    SubscriptionFactory,
    UserFactory,
)
from tests.faults.worker import Beat, Worker
from tests.log_in import app_for, six_digits
from tests.outbox.conftest import RunningSink

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("fresh_limits")]

WARSAW = ZoneInfo("Europe/Warsaw")
PATIENCE = 300


@pytest.fixture
def sink(start_sink: Callable[..., RunningSink]) -> RunningSink:
    return start_sink()


@pytest.fixture
def site(live_server: LiveServer, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of the running site, with an open campaign in Poland."""
    settings.SITE_URL = live_server.url
    monkeypatch.setattr(guarded, "SHORTEST_FILL_SECONDS", -1)
    CampaignTextFactory()
    CampaignCountryFactory()
    CityFactory(spellings=["Warsaw", "Варшава"])
    return str(live_server.url)


@pytest.fixture
def enter(browser: Browser, site: str) -> Iterator[Callable[[], Page]]:
    """Somebody new comes to the site, with a browser of their own."""
    contexts: list[BrowserContext] = []

    def enter() -> Page:
        contexts.append(browser.new_context(base_url=site, java_script_enabled=False))
        return contexts[-1].new_page()

    yield enter
    for context in contexts:
        context.close()


def mail_to(sink: RunningSink, address: str, *, number: int = 1) -> dict[str, Any]:
    """The first, second, ... mail to this address; waits until it has arrived."""
    deadline = time.monotonic() + PATIENCE
    while True:
        mails = [mail for mail in sink.accepted if mail["to"] == address]
        if len(mails) >= number:
            return mails[number - 1]
        assert time.monotonic() < deadline, f"{len(mails)} mails to {address}"
        time.sleep(0.05)


def link_in(mail: dict[str, Any]) -> str:
    found = re.search(r"https?://\S+", mail["text"])
    assert found
    return found.group()


def code_in(mail: dict[str, Any]) -> str:
    return str(mail["subject"])[:6]


def register(page: Page, sink: RunningSink) -> None:
    page.goto("/en/register/")
    page.get_by_label("Title", exact=True).first.fill("March to the office")
    page.get_by_label("Description").first.fill("We walk together.")
    page.get_by_label("Kind of protest").select_option("demonstration")
    page.get_by_label("Monday 11 October 2027").check()
    page.get_by_label("Start", exact=True).fill("14:30")
    page.get_by_label("Country", exact=True).select_option("PL")
    page.get_by_label("City", exact=True).fill("Варшава")
    page.get_by_label("Place", exact=True).fill("Plac Zamkowy")
    page.get_by_label("Your e-mail address").fill("olena@example.org")
    press(page, "Continue: send me a code")
    page.get_by_label("Code").fill(code_in(mail_to(sink, "olena@example.org")))
    press(page, "Send to the moderators")
    expect(page.get_by_role("heading", level=1)).to_have_text("What happens now")


def approve(page: Page, sink: RunningSink) -> None:
    page.goto("/moderation/")
    page.get_by_label("Your e-mail address").fill("moderator@example.org")
    go(page.get_by_role("main").get_by_role("button").first)
    page.get_by_label("Code").fill(code_in(mail_to(sink, "moderator@example.org")))
    press(page, "Log in")
    page.get_by_label("Six digits from your app").fill(six_digits())
    press(page, "Continue")
    follow(page, "March to the office")
    press(page, "Approve")


def subscribe(page: Page, sink: RunningSink) -> None:
    page.goto("/en/countries/pl/")
    follow(page, "March to the office")
    expect(page.get_by_text("local time in Warszawa (CEST)")).to_be_visible()
    follow(page, "Remind me")
    page.get_by_label("Your e-mail address").fill("anna@example.org")
    press(page, "Send me a link to confirm")
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mailbox")
    page.goto(link_in(mail_to(sink, "anna@example.org")))
    press(page, "Yes, remind me")
    expect(page.get_by_text("Your reminders are on.")).to_be_visible()


@pytest.fixture
def followed(enter: Callable[[], Page], sink: RunningSink, tmp_path: Path) -> Event:
    """Everything up to the confirmed follower, at today's date: each role in a browser of its own."""
    app_for(CoordinatorFactory(user=UserFactory(email="moderator@example.org")).user)
    with Worker(smtp_port=sink.port, log=tmp_path / "worker.log"):
        register(enter(), sink)
        approve(enter(), sink)
        subscribe(enter(), sink)
    work_off(sink, tmp_path, at=after_second_thoughts())
    assert "approved" in mail_to(sink, "olena@example.org", number=2)["text"]
    return Event.objects.get()


def after_second_thoughts() -> dt.datetime:
    """When what was decided just now can no longer be taken back unheard."""
    return timezone.now() + 2 * SECOND_THOUGHTS


def warsaw(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=WARSAW)


def sent_at(mail: dict[str, Any]) -> dt.datetime:
    return parsedate_to_datetime(mail["date"]).astimezone(WARSAW)


def work_off(sink: RunningSink, folder: Path, *, at: dt.datetime | None = None) -> None:
    """Let a worker, now or at another time, do what beat would ask of it until nothing waits that is due."""
    with Worker(smtp_port=sink.port, log=folder / "later.log", at=at):
        before = SiteStamp.objects.values_list("ticked_at", flat=True).first()
        for task in (plan, tick, send_due):
            task.delay()
        wait_until(lambda: SiteStamp.objects.values_list("ticked_at", flat=True).first() != before)
        # The worker's clock has gone on since, and what it planned was due by that.
        due = Delivery.objects.waiting().filter(not_before__lte=(at or timezone.now()) + dt.timedelta(minutes=5))
        wait_until(lambda: not due.exists())


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, list(Delivery.objects.values_list("letter", "state", "reason"))
        time.sleep(0.05)


@pytest.fixture
def known(site: str) -> Event:
    """The same protest, owner and follower without the way there, which one test goes."""
    event = EventFactory(
        title="March to the office", day=dt.date(2027, 10, 11), start_time=dt.time(14, 30), end_time=None,
        city=City.objects.get(), venue="Plac Zamkowy",
    )  # fmt: skip
    OrganiserFactory(event=event, user=UserFactory(email="olena@example.org"))
    SubscriptionFactory(event=event, recipient=recipient_for("anna@example.org", language="en"))
    return event


def letters_to_anna(sink: RunningSink) -> list[dict[str, Any]]:
    return [mail for mail in sink.accepted if mail["to"] == "anna@example.org"]


def test_a_reminder_with_the_local_time_leaves_at_the_right_minute(
    followed: Event, sink: RunningSink, tmp_path: Path
) -> None:
    options: dict[str, Any] = {"smtp_port": sink.port, "log": tmp_path / "later.log"}
    at = warsaw("2027-10-10T10:59:30")
    with Worker(at=at, **options), Beat(at=at, folder=tmp_path, **options):
        reminder = mail_to(sink, "anna@example.org", number=2)

    assert reminder["subject"] == "Monday 11 October, 14:30: March to the office"
    assert "Monday 11 October, 14:30, local time in Warszawa (CEST)" in reminder["text"]
    assert "Plac Zamkowy" in reminder["text"]
    assert sent_at(reminder).replace(second=0) == warsaw("2027-10-10T11:00")


def test_a_protest_that_moved_reminds_at_its_new_time(known: Event, sink: RunningSink, tmp_path: Path) -> None:
    owner = known.organisers.get().user
    details = {**known.details(), "start_time": dt.time(18, 0)}
    approve_revision(submit_edit(known, details, by=owner), by=UserFactory(is_superuser=True))
    work_off(sink, tmp_path, at=after_second_thoughts())
    # The day before; three hours before the old start; three hours before the new one.
    for at in ("2027-10-10T11:00:00", "2027-10-11T11:30:00", "2027-10-11T15:00:00"):
        work_off(sink, tmp_path, at=warsaw(at))

    notice, *reminders = sorted(letters_to_anna(sink), key=lambda mail: not mail["subject"].startswith("New time"))
    assert notice["subject"] == "New time: March to the office, Monday 11 October"
    assert {mail["subject"] for mail in reminders} == {"Monday 11 October, 18:00: March to the office"}
    due = [warsaw("2027-10-10T11:00"), warsaw("2027-10-11T15:00")]
    # How long after, the speed of this machine decides: its worker starts only then.
    late = [sent_at(mail) - at for mail, at in zip(reminders, due, strict=True)]
    assert all(dt.timedelta() <= by < dt.timedelta(minutes=10) for by in late), late


def test_a_cancelled_protest_tells_its_followers_and_reminds_nobody(
    known: Event, sink: RunningSink, tmp_path: Path
) -> None:
    cancel_event(known, by=known.organisers.get().user, reason="The square is flooded.")
    work_off(sink, tmp_path)
    work_off(sink, tmp_path, at=warsaw("2027-10-10T11:00:30"))

    (notice,) = letters_to_anna(sink)
    assert notice["subject"] == "Cancelled: March to the office, Monday 11 October"
    assert "The square is flooded." in notice["text"]
    assert Delivery.objects.filter(letter="reminder").count() == 0
