"""Reported protests in the room: one entry each, most urgent first, closed with one decision."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEntry
from events.models import Event, Report
from moderation import reports
from organising.actions import cancel_event
from tests.factories import EventFactory, OrganiserFactory

pytestmark = pytest.mark.django_db
ROOM = "/moderation/reports/"


def report(event, *, reason="wrong", text="", hours_ago=1, **fields):
    at = timezone.now() - timedelta(hours=hours_ago)
    return Report.objects.create(
        key=uuid.uuid4(), event=event, at=at, reason=reason, text=text, language="pl", **fields
    )


def titles(page):
    return [entry.event.title for entry in page.entries]


def decide(room, event, verb, **data):
    return room.post(f"{ROOM}{event.public_id}/", {"verb": verb, **data}, follow=True).content.decode()


def test_risk_comes_first_then_number_then_age(moderator):
    young, old, often, risky = (EventFactory(title=title) for title in ("young", "old", "often", "risky"))
    report(young)
    report(old, hours_ago=9)
    report(often)
    report(often)
    report(risky, reason="danger")
    report(EventFactory(country="DE", title="elsewhere"))
    assert titles(reports.page_of(moderator, "")) == ["risky", "often", "old", "young"]


def test_pages_follow_each_other(moderator, monkeypatch):
    monkeypatch.setattr(reports, "PAGE", 2)
    events = [EventFactory(title=f"{number}") for number in range(5)]
    for number, event in enumerate(events):
        report(event, hours_ago=number + 1, reason="danger" if number == 0 else "spam")
    page, seen = reports.page_of(moderator, ""), []
    while True:
        seen += titles(page)
        if not page.after:
            break
        page = reports.page_of(moderator, page.after)
    assert seen == ["0", "4", "3", "2", "1"]
    assert titles(reports.page_of(moderator, "nonsense")) == ["0", "4"]


def test_the_page_says_what_was_said(room):
    report(EventFactory(), text="To <b>nieprawda</b>")
    page = room.get(ROOM).content.decode()
    assert "To &lt;b&gt;nieprawda&lt;/b&gt;" in page
    assert "Visitors have reported 1 protest" in page


def queries_of(client):
    with CaptureQueriesContext(connection) as counted:
        client.get(ROOM)
    return len(counted)


def test_the_number_of_queries_does_not_grow(room):
    report(EventFactory())
    few = queries_of(room)
    for _number in range(3):
        report(EventFactory())
    assert queries_of(room) == few


def test_dismissing_closes_what_was_seen_and_leaves_a_line_in_the_trail(room, moderator):
    event = EventFactory()
    seen = [report(event), report(event, text="secret words")]
    late = report(event)
    assert "2 reports dismissed" in decide(room, event, "dismiss", up_to=seen[-1].pk)
    assert set(Report.objects.filter(outcome="dismissed")) == set(seen)
    assert list(Report.objects.open()) == [late]
    entry = AuditEntry.objects.get(verb="reports dismissed")
    assert (entry.actor_id, entry.codes["reports"]) == (moderator.actor_id, 2)
    assert "These reports are closed already" in decide(room, event, "dismiss", up_to=seen[-1].pk)


def test_hiding_needs_a_reason_and_closes_all(room):
    event = EventFactory()
    report(event, reason="fake")
    assert "Say why" in decide(room, event, "hide")
    decide(room, event, "hide", reason="It is invented.")
    assert Event.objects.get(pk=event.pk).state == "hidden"
    assert Report.objects.get().outcome == "acted"


def test_cancelling_closes_them_too():
    organiser = OrganiserFactory()
    report(organiser.event)
    cancel_event(organiser.event, by=organiser.user, reason="Rain")
    assert Report.objects.get().outcome == "acted"


def test_many_reports_hide_nothing_by_themselves(moderator):
    event = EventFactory()
    for _number in range(20):
        report(event, reason="danger")
    event.refresh_from_db()
    assert event.is_visible
    assert len(reports.page_of(moderator, "").entries) == 1


def test_nobody_decides_on_reports_of_their_own_protest(room, moderator):
    event = OrganiserFactory(user=moderator).event
    kept = report(event)
    assert "another moderator has to decide" in decide(room, event, "dismiss", up_to=kept.pk)
    assert Report.objects.open().exists()


def test_reports_of_other_countries_do_not_exist(room):
    event = EventFactory(country="DE")
    kept = report(event)
    assert room.post(f"{ROOM}{event.public_id}/", {"verb": "dismiss", "up_to": kept.pk}).status_code == 404
    assert "Nothing waits." in room.get(ROOM).content.decode()


@pytest.mark.parametrize("reason", ["", "x" * 2001, "canary\0words"])
def test_words_that_nobody_can_mail_are_kept_and_hide_nothing(room, reason):
    event = EventFactory()
    report(event, reason="fake")
    page = room.post(f"{ROOM}{event.public_id}/", {"verb": "hide", "reason": reason})
    assert page.status_code == 200
    assert reason.replace("\0", "") in page.content.decode().replace("\0", "").replace("\ufffd", "")
    assert Event.objects.get().state == "published"
