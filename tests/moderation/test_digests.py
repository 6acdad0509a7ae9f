"""Mails to moderators about what waits: to whom, when, how often, and what they say."""

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from events.models import EventMessage, Report, Revision
from moderation import digests
from moderation.models import MailChoice
from outbox.models import Delivery
from tests.at_once import at_once
from tests.factories import (
    AfterReportFactory,
    AnnouncementFactory,
    CoordinatorFactory,
    EventFactory,
    RevisionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

# Noon in Brussels, whose hours the edition keeps.
NOON = datetime(2027, 9, 1, 10, 2, tzinfo=UTC)
NIGHT = datetime(2027, 9, 1, 21, 2, tzinfo=UTC)
MORNING = datetime(2027, 9, 2, 6, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def planned(letter):
    return list(Delivery.objects.filter(letter=letter).order_by("pk").values_list("not_before", flat=True))


def report(event, reason="wrong"):
    return Report.objects.create(
        key=uuid.uuid4(), event=event, at=timezone.now(), reason=reason, text="Canary words", language="en"
    )


def choose(user, **values):
    return MailChoice.objects.create(user=user, **values)


@pytest.mark.parametrize(
    ("digest", "at", "leaves"),
    [
        ("quarter", NOON, datetime(2027, 9, 1, 10, 15, tzinfo=UTC)),
        ("hourly", NOON, datetime(2027, 9, 1, 11, 0, tzinfo=UTC)),
        ("daily", NOON, datetime(2027, 9, 2, 7, 0, tzinfo=UTC)),
        ("daily", datetime(2027, 9, 1, 5, 0, tzinfo=UTC), datetime(2027, 9, 1, 7, 0, tzinfo=UTC)),
        ("quarter", NIGHT, MORNING),
        ("hourly", datetime(2027, 9, 1, 3, 0, tzinfo=UTC), datetime(2027, 9, 1, 6, 0, tzinfo=UTC)),
        ("never", NOON, None),
    ],
)
def test_a_digest_leaves_when_it_was_chosen(clock, digest, at, leaves):
    clock.move_to(at)
    choose(CoordinatorFactory().user, digest=digest)
    RevisionFactory()
    digests.plan(at)
    assert planned(digests.DIGEST) == ([leaves] if leaves else [])


def test_a_storm_is_one_mail_in_fifteen_minutes_and_nothing_new_is_none(clock):
    choose(CoordinatorFactory().user, digest="quarter")
    for minute in range(60):
        clock.move_to(NOON + timedelta(minutes=minute))
        if minute < 30:
            RevisionFactory()
        digests.plan(timezone.now())
    assert planned(digests.DIGEST) == [datetime(2027, 9, 1, 10, minute, tzinfo=UTC) for minute in (15, 30, 45)]


def test_only_who_is_on_duty_for_the_country_and_the_language_is_told():
    told = {
        CoordinatorFactory(country="PL").user,
        CoordinatorFactory(country="").user,
        CoordinatorFactory(country="PL", languages=["pl", "en"]).user,
    }
    CoordinatorFactory(country="DE")
    CoordinatorFactory(country="PL", languages=["pl"])
    CoordinatorFactory(country="PL", user=UserFactory(is_active=False))
    UserFactory(is_superuser=True)
    RevisionFactory(country="PL", language="en")
    digests.plan(NOON)
    assert set(Delivery.objects.values_list("recipient__user", flat=True)) == {user.pk for user in told}


def test_on_holiday_the_cover_is_told_and_without_one_the_superusers():
    cover, root = UserFactory(), UserFactory(is_superuser=True)
    days = {"away_from": date(2027, 8, 30), "away_until": date(2027, 9, 1)}
    row = CoordinatorFactory(country="PL", cover=cover, **days)
    RevisionFactory()
    digests.plan(NOON)
    assert [mail.recipient.user for mail in Delivery.objects.all()] == [cover]
    row.cover = None
    row.save()
    digests.plan(NOON)
    assert [mail.recipient.user for mail in Delivery.objects.order_by("pk")] == [cover, root]


def test_what_waits_too_long_is_told_once_and_what_is_in_quarantine_never(clock):
    choose(CoordinatorFactory().user, digest="never", alert_hours=3)
    RevisionFactory()
    RevisionFactory(quarantine="links")
    for hour in range(8):
        clock.move_to(NOON + timedelta(hours=hour))
        digests.plan(timezone.now())
    assert planned(digests.LATE) == [NOON + timedelta(hours=3)]


def test_reports_are_gathered_and_danger_is_told_at_once_also_at_night(clock):
    choose(CoordinatorFactory().user, digest="never")
    clock.move_to(NIGHT)
    event = EventFactory()
    report(event)
    report(event, "danger")
    digests.plan(NIGHT)
    assert planned(digests.DANGER) == [NIGHT]
    assert planned(digests.REPORTS) == [MORNING]
    clock.move_to(NIGHT + timedelta(minutes=3))
    for _n in range(20):
        report(event, "danger")
    digests.plan(timezone.now())
    assert planned(digests.DANGER) == [NIGHT, NIGHT + timedelta(minutes=15)]


def test_who_wants_no_mail_of_reports_gets_only_those_of_danger():
    choose(CoordinatorFactory().user, digest="never", alert_on_reports=False)
    report(EventFactory())
    report(EventFactory(), "danger")
    digests.plan(NOON)
    assert [mail.letter for mail in Delivery.objects.all()] == [digests.DANGER]


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_at_once_plan_one_mail_each():
    for _n in range(3):
        choose(CoordinatorFactory().user, digest="quarter")
    report(RevisionFactory().event, "danger")

    def plan_for_a_minute() -> None:
        for seconds in range(0, 60, 15):
            digests.plan(NOON + timedelta(seconds=seconds))

    at_once(plan_for_a_minute, plan_for_a_minute)
    assert Delivery.objects.count() == 6


def test_a_mail_says_numbers_and_never_a_title_a_place_or_words(clock, delivered):
    user = CoordinatorFactory().user
    choose(user, digest="quarter")
    RevisionFactory(title="Canary title", venue="Canary venue", address="Canary street")
    changed = EventFactory(title="Canary two")
    RevisionFactory(event=changed, number=2, is_sensitive=True)
    report(changed, "danger")
    report(changed)
    message = {"event": changed, "key": uuid.uuid4(), "at": NOON, "actor_id": uuid.uuid4()}
    EventMessage.objects.create(is_from_moderators=False, text="Canary message", **message)
    digests.plan(NOON)
    clock.move_to(NOON + timedelta(minutes=30))
    mails = {str(mail.message["Subject"]): mail for mail in delivered()}
    assert set(mails) == {"2 submissions wait", "2 reports on protests", "Urgent: a report that people are at risk"}
    assert "Canary" not in "".join(str(mail.message) + mail.text for mail in mails.values())
    text = " ".join(mails["2 submissions wait"].text.split())
    assert "Poland 2 submissions wait, the oldest for" in text
    assert "1 of them is a late or large change" in text
    assert "1 of them says that people are at risk" in text
    assert "1 protest whose organisers have written" in text


def test_announcements_and_reports_that_wait_are_counted_too(clock, delivered):
    choose(CoordinatorFactory(country="PL").user, digest="quarter")
    event = EventFactory()
    AnnouncementFactory(event=event, state="in_review", sent_at=NOON, subject="Canary words")
    AfterReportFactory(event=event, submitted_at=NOON)
    digests.plan(NOON)
    clock.move_to(NOON + timedelta(minutes=15))
    (mail,) = delivered()
    assert "2 texts of organisers for followers or about past protests" in mail.text
    assert "2 texts of organisers for followers or about past protests" in mail.html
    assert "Canary" not in mail.text + mail.html


def test_what_is_no_longer_true_does_not_leave(clock, delivered):
    decided = CoordinatorFactory(country="PL").user
    away = CoordinatorFactory(country="DE").user
    gone = CoordinatorFactory(country="FI")
    for user in (decided, away, gone.user):
        choose(user, digest="quarter")
    for country in ("PL", "DE", "FI"):
        RevisionFactory(country=country)
    digests.plan(NOON)
    Revision.objects.filter(country="PL").update(state="approved")
    away.coordinator_of.update(away_from=NOON.date(), away_until=NOON.date())
    gone.delete()
    clock.move_to(NOON + timedelta(minutes=30))
    assert delivered() == []
    reasons = set(Delivery.objects.values_list("state", "reason"))
    assert reasons == {
        ("skipped", "nothing waits"),
        ("skipped", "on holiday"),
        ("skipped", "not a moderator any more"),
    }
