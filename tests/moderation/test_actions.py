"""Decisions: what becomes of what, by whom, once."""

import datetime as dt

import pytest

from accounts.models import AuditEntry
from events.actions import Refused
from events.models import Decision, DecisionReason, Event, EventChange, Revision, SiteStamp
from moderation import actions
from outbox.models import Delivery
from tests.at_once import at_once
from tests.factories import WEEKS_BEFORE, EventFactory, OrganiserFactory, RevisionFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
ACTS = {
    "approve": actions.approve_revision,
    "request_changes": actions.request_changes,
    "reject": actions.reject_revision,
}
BECOMES = {"approve": "approved", "request_changes": "changes_requested", "reject": "rejected"}


@pytest.fixture
def moderator():
    return UserFactory()


def submission(**values):
    """A first submission with its organiser."""
    revision = RevisionFactory(**values)
    OrganiserFactory(event=revision.event, user=revision.author)
    return revision


def traces():
    return [model.objects.count() for model in (Decision, DecisionReason, EventChange, Delivery, AuditEntry)]


@pytest.mark.parametrize("verb", ACTS)
@pytest.mark.parametrize("state", Revision.State.values)
def test_every_state_and_verb(moderator, verb, state):
    revision = submission(state=state, event__state="withdrawn" if state == "withdrawn" else "submitted")
    if state == "pending":
        decision = ACTS[verb](revision, by=moderator, reason="Because.")
        assert (decision.verb, decision.actor_id, decision.at) == (verb, moderator.actor_id, WEEKS_BEFORE)
        assert decision.reason.text == "Because."
        assert (revision.state, revision.decided_at) == (BECOMES[verb], WEEKS_BEFORE)
        assert AuditEntry.objects.get().verb == f"decision: {verb}"
        assert Event.objects.get().state == ("published" if verb == "approve" else "submitted")
    else:
        before = traces()
        with pytest.raises(actions.AlreadyDecided):
            ACTS[verb](revision, by=moderator, reason="Because.")
        assert (Revision.objects.get().state, traces()) == (state, before)


def test_the_first_approval_publishes_what_was_approved(moderator):
    revision = submission(title="Night of open doors", venue="Rynek")
    actions.approve_revision(revision, by=moderator)
    event = Event.objects.get()
    assert (event.title, event.venue, event.slug) == ("Night of open doors", "Rynek", "night-of-open-doors")
    assert EventChange.objects.get().kind == "published"
    assert not DecisionReason.objects.exists()


@pytest.mark.parametrize("verb", ["request_changes", "reject"])
def test_an_edit_that_is_turned_down_leaves_the_public_page_as_it_was(moderator, verb):
    event = EventFactory()
    OrganiserFactory(event=event)
    revision = RevisionFactory(event=event, number=2, title="Bait and switch")
    version = SiteStamp.objects.current()
    ACTS[verb](revision, by=moderator, reason="No.")
    event.refresh_from_db()
    assert (event.title, event.sequence) == ("March for freedom of movement", 0)
    assert EventChange.objects.count() == 0
    # The page said that a change was being checked, and does not any more.
    assert SiteStamp.objects.current() > version


@pytest.mark.parametrize("verb", ["request_changes", "reject"])
@pytest.mark.parametrize("reason", ["", "  \n "])
def test_saying_no_needs_a_reason(moderator, verb, reason):
    revision = submission()
    with pytest.raises(Refused, match="Say why"):
        ACTS[verb](revision, by=moderator, reason=reason)
    assert Revision.objects.get().state == "pending"
    assert traces() == [0, 0, 0, 0, 0]


@pytest.mark.parametrize("verb", ACTS)
def test_nobody_decides_on_their_own_protest(verb):
    revision = submission()
    with pytest.raises(Refused, match="another moderator"):
        ACTS[verb](revision, by=revision.author, reason="Mine.")
    assert Revision.objects.get().state == "pending"


def test_a_day_that_has_come_to_lie_outside_is_not_published(moderator):
    revision = submission(day=dt.date(2027, 10, 20))
    with pytest.raises(Refused):
        actions.approve_revision(revision, by=moderator)
    assert (Revision.objects.get().state, Event.objects.get().state) == ("pending", "submitted")


def test_each_organiser_is_told_once_in_their_own_language(moderator):
    revision = submission(author=UserFactory(language="pl"))
    OrganiserFactory(event=revision.event, user=UserFactory(language="uk"), role="co_organiser")
    OrganiserFactory(event=revision.event, user=UserFactory(is_active=False), role="co_organiser")
    decision = actions.approve_revision(revision, by=moderator)
    deliveries = Delivery.objects.order_by("recipient__language")
    assert [(d.letter, d.recipient.language, d.ids) for d in deliveries] == [
        ("decision_approve", "pl", {"decision": decision.pk}),
        ("decision_approve", "uk", {"decision": decision.pk}),
    ]


EVENT_RESULTS = {
    ("hide", "published"): "hidden",
    ("hide", "cancelled"): "hidden",
    ("restore", "hidden"): "published",
}


@pytest.mark.parametrize("verb", ["hide", "restore"])
@pytest.mark.parametrize("state", Event.State.values)
def test_hiding_and_restoring_from_every_state(moderator, verb, state):
    event = EventFactory(state=state, publish_at=WEEKS_BEFORE if state == "scheduled" else None)
    OrganiserFactory(event=event)
    act = getattr(actions, f"{verb}_event")
    becomes = EVENT_RESULTS.get((verb, state))
    if becomes:
        decision = act(event, by=moderator, reason="Because.")
        assert (decision.verb, decision.revision, decision.reason.text) == (verb, None, "Because.")
        assert Delivery.objects.get().letter == f"decision_{verb}"
        assert EventChange.objects.get().kind == {"hide": "hidden", "restore": "restored"}[verb]
    else:
        with pytest.raises(Refused):
            act(event, by=moderator, reason="Because.")
        assert traces() == [0, 0, 0, 0, 0]
    event.refresh_from_db()
    assert event.state == (becomes or state)


def test_a_cancelled_protest_is_restored_as_cancelled(moderator):
    event = EventFactory(state="cancelled")
    EventChange.objects.create(event=event, kind="cancelled", at=WEEKS_BEFORE)
    actions.hide_event(event, by=moderator, reason="Spam in the text.")
    actions.restore_event(event, by=moderator)
    event.refresh_from_db()
    assert event.state == "cancelled"


def test_hiding_needs_a_reason_and_another_person(moderator):
    organiser = OrganiserFactory()
    with pytest.raises(Refused, match="Say why"):
        actions.hide_event(organiser.event, by=moderator, reason=" ")
    with pytest.raises(Refused, match="another moderator"):
        actions.restore_event(organiser.event, by=organiser.user)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_number", range(5))
def test_of_two_moderators_at_once_one_wins_and_the_other_is_told(round_number):
    revision = submission()
    one, other = UserFactory(), UserFactory()
    results = at_once(
        lambda: actions.approve_revision(Revision.objects.get(pk=revision.pk), by=one),
        lambda: actions.reject_revision(Revision.objects.get(pk=revision.pk), by=other, reason="No."),
    )
    [decision] = Decision.objects.all()
    [winner] = [result for result in results if isinstance(result, Decision)]
    [loser] = [result for result in results if isinstance(result, actions.AlreadyDecided)]
    assert winner == decision
    state = Revision.objects.get().state
    assert state == BECOMES[decision.verb]
    assert str(loser) == f"Another moderator has {state} this submission already."
    assert Event.objects.get().state == ("published" if state == "approved" else "submitted")
    assert Delivery.objects.get().ids == {"decision": decision.pk}


@pytest.mark.django_db(transaction=True)
def test_ten_clicks_on_hide_hide_once():
    event = EventFactory()
    results = at_once(*[lambda: actions.hide_event(event, by=UserFactory(), reason="Spam.")] * 10)
    assert sum(isinstance(result, Decision) for result in results) == 1
    assert EventChange.objects.count() == 1
