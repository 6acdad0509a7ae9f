"""Tabs and rows."""

import datetime as dt
import uuid

import pytest

from events.models import Decision, DecisionReason, EventMessage, Report, Revision, Trust
from moderation import queue
from moderation.models import Claim, MailChoice
from moderation.queue import Tab
from tests.factories import EventFactory, UserFactory
from tests.moderation.conftest import text_of
from tests.moderation.queue.room import DAY, NOW, edit, shown, submission

pytestmark = pytest.mark.django_db


class TestTabs:
    def test_say_that_nothing_waits(self, room):
        assert "Nothing waits." in text_of(room.get("/moderation/"))

    def test_hold_what_belongs_there_and_count_it(self, room):
        submission(title="Waiting")
        submission(title="Asked", state="changes_requested")
        submission(title="Apart", quarantine="word")
        submission(title="Gone", state="rejected")
        assert {tab: shown(room, tab=tab) for tab in ("waiting", "asked", "quarantined")} == {
            "waiting": ["Waiting"],
            "asked": ["Asked"],
            "quarantined": ["Apart"],
        }
        tabs = room.get("/moderation/").context["tabs"]
        assert [(value, count) for value, _label, count in tabs] == [
            ("waiting", 1),
            ("asked", 1),
            ("quarantined", 1),
            ("decided", None),
        ]

    @pytest.mark.parametrize("tab", ["", "nothing", "WAITING", "\0"])
    def test_that_do_not_exist_are_the_first_one(self, room, tab):
        assert room.get("/moderation/", {"tab": tab}).context["tab"] == Tab.WAITING

    def test_of_what_was_asked_begins_with_what_organisers_answered(self, room):
        said = [submission(title=title, state="changes_requested") for title in ("Silent", "Answered", "Asked again")]
        for revision, *whose in ((said[1], True, False), (said[2], False, True)):
            for minutes, is_ours in enumerate(whose):
                EventMessage.objects.create(
                    event=revision.event,
                    key=uuid.uuid4(),
                    at=NOW + dt.timedelta(minutes=minutes),
                    actor_id=uuid.uuid4(),
                    is_from_moderators=is_ours,
                    text="Words.",
                )
        page = room.get("/moderation/", {"tab": "asked"}).context["page"]
        assert [row.title for row in page.urgent] == ["Answered"]
        assert [row.title for row in page.rows] == ["Silent", "Asked again"]

    def test_of_decisions_names_them_with_their_reasons_and_offers_to_undo_the_last_on_a_protest(self, room):
        event = EventFactory(title="Twice decided")
        first, _last = (
            Decision.objects.create(at=NOW + n * DAY, verb=verb, actor_id=uuid.uuid4(), event=event)
            for n, verb in enumerate(("hide", "restore"))
        )
        DecisionReason.objects.create(decision=first, text="Not a protest.")
        page = text_of(room.get("/moderation/", {"tab": "decided"}))
        assert "Not a protest." in page
        assert "by another moderator" in page
        assert page.count(">Undo<") == 1

    def test_of_decisions_turn_their_pages_by_place(self, room, monkeypatch):
        monkeypatch.setattr(queue, "PAGE", 2)
        event = EventFactory()
        made = [
            Decision.objects.create(at=NOW - n // 2 * DAY, verb="hide", actor_id=uuid.uuid4(), event=event).pk
            for n in range(5)
        ]
        after, seen = "", []
        for _page in range(3):
            page = room.get("/moderation/", {"tab": "decided", "after": after}).context["page"]
            seen += [decision.pk for decision in page.rows]
            after = page.after
        assert (sorted(seen), after) == (made, "")


class TestRows:
    def test_stand_with_time_and_place_the_oldest_first(self, room):
        submission(title="Younger", submitted_at=NOW - dt.timedelta(minutes=5))
        submission(title="Older")
        page = text_of(room.get("/moderation/"))
        assert page.index("Older") < page.index("Younger")
        for part in ("waits for 3 hours", "Warszawa", "Poland", "English", "first time"):
            assert part in page

    def test_of_sensitive_edits_stand_on_top_once_and_only_on_the_first_page(self, room, monkeypatch):
        monkeypatch.setattr(queue, "PAGE", 1)
        submission(title="Old")
        submission(title="Later")
        edit(title="Moved far", is_sensitive=True, submitted_at=NOW)
        first = room.get("/moderation/").context["page"]
        assert ([row.title for row in first.urgent], [row.title for row in first.rows]) == (["Moved far"], ["Old"])
        assert shown(room, after=first.after) == ["Later"]

    @pytest.mark.parametrize(
        ("hours", "waited", "is_late"), [(12, 11, False), (12, 13, True), (2, 3, True), (0, 999, False)]
    )
    def test_that_wait_longer_than_one_wants_are_red(self, room, moderator, hours, waited, is_late):
        MailChoice.objects.create(user=moderator, alert_hours=hours)
        submission(submitted_at=NOW - dt.timedelta(hours=waited))
        assert ('class="late"' in text_of(room.get("/moderation/"))) == is_late

    def test_tell_who_is_known_who_is_trusted_and_what_is_taken(self, room, moderator):
        known, trusted = UserFactory(), UserFactory()
        submission(author=known, state="approved", event=EventFactory())
        campaign = submission(author=known).event.campaign
        Trust.objects.create(user=trusted, campaign=campaign, country="PL", since=NOW, actor_id=uuid.uuid4())
        taken = submission(author=trusted)
        Claim.objects.create(event=taken.event, user=UserFactory(), until=NOW + dt.timedelta(minutes=5))
        Claim.objects.create(event=submission(author=known).event, user=moderator, until=NOW - dt.timedelta(minutes=5))
        page = text_of(room.get("/moderation/"))
        assert [page.count(f">{mark}<") for mark in ("trusted", "taken", "yours", "first time")] == [1, 1, 0, 0]

    def test_escape_what_people_wrote(self, room):
        submission(title="<b>Bold</b>")
        assert "<b>Bold" not in text_of(room.get("/moderation/"))

    def test_turn_their_pages_by_place_and_survive_decisions_in_between(self, room, monkeypatch):
        monkeypatch.setattr(queue, "PAGE", 2)
        pks = [submission().pk for _n in range(5)]
        first = room.get("/moderation/").context["page"]
        assert [row.pk for row in first.rows] == pks[:2]
        Revision.objects.filter(pk=pks[0]).update(state="rejected")
        second = room.get("/moderation/", {"after": first.after}).context["page"]
        assert [row.pk for row in second.rows] == pks[2:4]
        third = room.get("/moderation/", {"after": second.after}).context["page"]
        assert ([row.pk for row in third.rows], third.after) == (pks[4:], "")

    @pytest.mark.parametrize(
        "after", ["x", "_", "2027-01-01_1", "2027-13-01T00:00Z_1", "9" * 99, "2027-01-01T00:00Z_x", "\0"]
    )
    def test_take_no_offence_at_a_broken_place(self, room, after):
        submission()
        assert len(shown(room, after=after)) == 1

    def test_name_protests_that_visitors_reported(self, room):
        for event in (EventFactory(), EventFactory(country="DE")):
            for closed in (None, None, NOW):
                Report.objects.create(
                    key=uuid.uuid4(),
                    event=event,
                    at=NOW,
                    reason="fake",
                    language="en",
                    closed_at=closed,
                    outcome="acted" if closed else "",
                )
        assert "Visitors have reported 1 protest<" in text_of(room.get("/moderation/"))
