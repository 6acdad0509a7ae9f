"""What moderators do before and after the hour."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from events import clock as ticking
from events.actions import Refused
from events.models import Campaign, Decision, Event, EventChange, Revision
from moderation.actions import HeardOf, approve_revision, hide_event, merge_event, reject_revision, undo_decision
from moderation.duplicates import suspects
from moderation.mass_undo import undo_sent
from organising import actions
from outbox.letters import kind as letter_kind
from outbox.models import Delivery
from tests.factories import EventFactory, RevisionFactory, UserFactory
from tests.log_in import logged_in
from tests.organising.scheduling.people import HOUR, State, room, state_of

pytestmark = pytest.mark.django_db


def test_an_approval_is_taken_back_before_the_hour(scheduled: Event, moderator: User) -> None:
    undo_decision(Decision.objects.get(), by=moderator)
    assert state_of(scheduled) == State.SUBMITTED
    assert scheduled.revisions.get().is_pending
    approve_revision(scheduled.revisions.get(), by=moderator)
    assert state_of(scheduled) == State.SCHEDULED


def test_the_approval_of_a_newer_version_is_taken_back_to_the_one_before(
    scheduled: Event, owner: User, moderator: User, clock: Any
) -> None:
    revision = actions.submit_edit(scheduled, {**scheduled.details(), "title": "Second"}, by=owner)
    clock.shift(1)
    decision = approve_revision(revision, by=moderator)
    clock.shift(1)
    undo_decision(decision, by=moderator)
    assert (state_of(scheduled), scheduled.title) == ("scheduled", "March for freedom of movement")
    clock.move_to(HOUR)
    ticking.tick()
    assert (state_of(scheduled), EventChange.objects.count()) == ("published", 1)


def test_a_closed_edition_publishes_nothing_by_taking_an_approval_back(
    scheduled: Event, owner: User, moderator: User, clock: Any
) -> None:
    newer = actions.submit_edit(scheduled, {**scheduled.details(), "title": "Newer"}, by=owner)
    clock.shift(1)
    second = approve_revision(newer, by=moderator)
    Campaign.objects.update(state=Campaign.State.CLOSED)
    clock.shift(dt.timedelta(days=30))
    with pytest.raises(Refused):
        undo_decision(second, by=moderator)
    assert state_of(scheduled) == "scheduled"


def test_what_went_public_at_its_hour_is_hidden_and_not_taken_back(
    scheduled: Event, moderator: User, clock: Any
) -> None:
    clock.move_to(HOUR)
    ticking.tick()
    with pytest.raises(HeardOf, match="Hide it instead"):
        undo_decision(Decision.objects.get(), by=moderator)
    assert scheduled.revisions.get().state == Revision.State.APPROVED
    hide_event(scheduled, by=moderator, reason="Fake")
    assert state_of(scheduled) == State.HIDDEN


def test_followers_hear_of_a_newer_version_that_is_taken_back_after_the_hour(
    scheduled: Event, owner: User, moderator: User, clock: Any
) -> None:
    revision = actions.submit_edit(scheduled, {**scheduled.details(), "start_time": dt.time(15)}, by=owner)
    clock.shift(1)
    decision = approve_revision(revision, by=moderator)
    clock.move_to(HOUR)
    ticking.tick()
    clock.shift(600)
    undo_decision(decision, by=moderator)
    assert (state_of(scheduled), scheduled.start_time) == ("published", dt.time(14))
    assert list(EventChange.objects.order_by("pk").values_list("kind", flat=True)) == ["published", "moved"]


def test_what_waits_for_its_hour_can_still_be_rejected(
    scheduled: Event, owner: User, moderator: User, clock: Any
) -> None:
    actions.submit_edit(scheduled, {**scheduled.details(), "title": "Second"}, by=owner)
    reject_revision(scheduled.revisions.get(number=2), by=moderator, reason="No")
    decision = reject_revision(scheduled.revisions.get(number=1), by=moderator, reason="Fake")
    assert (state_of(scheduled), scheduled.revisions.get(number=1).state) == ("submitted", "rejected")
    clock.move_to(HOUR)
    ticking.tick()
    assert state_of(scheduled) == State.SUBMITTED
    assert decision.verb == Decision.Verb.REJECT


def test_a_flood_is_taken_back_with_what_waits_for_its_hour(scheduled: Event, owner: User, moderator: User) -> None:
    outcome = undo_sent(owner, by=moderator, reason="Spam")
    assert (state_of(scheduled), outcome.refused) == ("submitted", [])
    assert scheduled.revisions.get().state == Revision.State.REJECTED


def test_a_second_entry_of_it_is_noticed_and_not_merged(scheduled: Event, owner: User, moderator: User) -> None:
    other = RevisionFactory(author=UserFactory())
    assert [suspect.event for suspect in suspects(other, user=moderator, now=timezone.now())] == [scheduled]
    with pytest.raises(Refused, match="not public any more"):
        merge_event(other.event, into=scheduled, by=moderator, reason="Twice")
    with pytest.raises(Refused, match="waits for its hour"):
        merge_event(scheduled, into=EventFactory(), by=moderator, reason="Twice")


def test_organisers_and_moderators_read_from_when_it_is_public(scheduled: Event, owner: User, moderator: User) -> None:
    words = "20 September, 10:00"
    client = logged_in(owner)
    for page in ("/organise/", room(scheduled)):
        assert words in client.get(page).content.decode()
    assert "Approved, not public yet" in client.get("/organise/").content.decode()
    mails = list(Delivery.objects.filter(letter="decision_approve").select_related("recipient"))
    [letter] = letter_kind("decision_approve").render(mails).values()
    assert letter.subject == "Approved: March for freedom of movement"
    assert "It is public by itself from 20 September, 10:00, local time in Warszawa (CEST)" in letter.text
