"""Several people at once, on real threads and a real PostgreSQL: one wins, and what is left fits together."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from events.actions import Refused
from events.models import Decision, Event, EventChange, Organiser, Revision, Trust
from moderation import actions
from organising.actions import cancel_event, confirm_edit, submit_edit
from reminders.models import Subscription
from reminders.notices import notice_changes
from tests.at_once import at_once
from tests.factories import (
    FIRST_DAY,
    EventFactory,
    OrganiserFactory,
    RevisionFactory,
    SubscriptionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)
WHY = "Because."


def won(results: list[Any]) -> int:
    return sum(not isinstance(result, Refused) for result in results)


@pytest.fixture
def sensitive():
    """A change by a trusted organiser that two colleagues of standing could confirm."""
    event = EventFactory(day=FIRST_DAY)
    OrganiserFactory(event=event)
    author, *colleagues = (OrganiserFactory(event=event, role="co_organiser").user for _n in range(3))
    Organiser.objects.filter(event=event).update(since=timezone.now() - dt.timedelta(days=8))
    Trust.objects.create(
        user=author, campaign=event.campaign, country="PL", since=timezone.now(), actor_id=author.actor_id
    )
    return submit_edit(event, {**event.details(), "venue": "Elsewhere"}, by=author), colleagues


@pytest.mark.parametrize("_round", range(3))
def test_two_colleagues_confirm_once(sensitive, _round):
    revision, colleagues = sensitive
    assert won(at_once(*[lambda by=by: confirm_edit(revision, by=by) for by in colleagues])) == 1
    assert EventChange.objects.filter(kind="place_changed").count() == 1


@pytest.mark.parametrize("_round", range(3))
def test_a_colleague_and_a_moderator(sensitive, _round):
    revision, [colleague, _other] = sensitive
    moderator = UserFactory()
    results = at_once(
        lambda: confirm_edit(revision, by=colleague),
        lambda: actions.reject_revision(Revision.objects.get(pk=revision.pk), by=moderator, reason=WHY),
    )
    assert won(results) == 1
    state = Revision.objects.get(pk=revision.pk).state
    assert Event.objects.get().venue == ("Elsewhere" if state == "approved" else "Plac Zamkowy")
    assert Decision.objects.count() == (0 if state == "approved" else 1)


@pytest.mark.parametrize("_round", range(3))
def test_an_undoing_and_a_newer_version(_round):
    revision = RevisionFactory()
    OrganiserFactory(event=revision.event, user=revision.author)
    decision = actions.request_changes(revision, by=UserFactory(), reason=WHY)
    details = {**revision.details(), "title": "Newer"}
    at_once(
        lambda: actions.undo_decision(decision, by=UserFactory()),
        lambda: submit_edit(Event.objects.get(), details, by=revision.author),
    )
    # The newer version always gets in; the older one is not left open beside it.
    assert list(Revision.objects.order_by("number").values_list("state", flat=True)) == ["superseded", "pending"]


def test_ten_undo_once():
    revision = RevisionFactory()
    decision = actions.approve_revision(revision, by=UserFactory())
    moderators = [UserFactory() for _n in range(10)]
    assert won(at_once(*[lambda by=by: actions.undo_decision(decision, by=by) for by in moderators])) == 1
    assert Decision.objects.filter(verb="undo").count() == 1


@pytest.mark.parametrize("_round", range(5))
def test_an_undoing_and_the_notice_of_what_it_undoes(_round):
    """Either nobody hears of it and it is taken back, or they hear of it and it stays."""
    event = EventFactory(day=FIRST_DAY)
    SubscriptionFactory(event=event, confirmed_at=timezone.now() - dt.timedelta(days=1))
    decision = actions.merge_event(event, into=EventFactory(day=FIRST_DAY), by=UserFactory(), reason=WHY)
    now = timezone.now() + dt.timedelta(seconds=61)
    [undone, _noticed] = at_once(lambda: actions.undo_decision(decision, by=UserFactory()), lambda: notice_changes(now))
    event.refresh_from_db()
    is_led_away = Subscription.objects.get().event_id != event.pk
    if isinstance(undone, Refused):
        assert (event.state, is_led_away) == ("hidden", True)
    else:
        assert (event.state, is_led_away, event.changes.count()) == ("published", False, 0)


@pytest.mark.parametrize("_round", range(3))
def test_two_protests_are_merged_into_each_other_one_way(_round):
    one, other = EventFactory(), EventFactory()
    moderators = UserFactory(), UserFactory()
    results = at_once(
        lambda: actions.merge_event(one, into=other, by=moderators[0], reason=WHY),
        lambda: actions.merge_event(other, into=one, by=moderators[1], reason=WHY),
    )
    assert won(results) == 1
    assert sorted(Event.objects.values_list("state", flat=True)) == ["hidden", "published"]


@pytest.mark.parametrize("_round", range(3))
def test_a_cancellation_and_a_handing_over_end_with_the_new_owner(_round):
    organiser = OrganiserFactory(event=EventFactory(day=FIRST_DAY))
    event, former = organiser.event, organiser.user
    results = at_once(
        lambda: cancel_event(Event.objects.get(), by=former, reason="Ha."),
        lambda: actions.hand_over_event(event, address="new@example.org", by=UserFactory(), reason=WHY),
    )
    assert not isinstance(results[1], Refused)
    assert [one.user.email for one in Organiser.objects.select_related("user")] == ["new@example.org"]
