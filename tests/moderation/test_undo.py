"""Taking decisions back: what becomes of what, and who hears of it."""

import datetime as dt
import uuid

import pytest

from accounts.models import AuditEntry
from events.actions import Refused
from events.models import Decision, Event, EventChange, PlaceTally, Report, Revision, SiteStamp, Trust
from moderation import actions
from moderation.models import Claim
from organising.actions import cancel_event, submit_edit, withdraw
from outbox.models import Delivery
from reminders.notices import notice_changes
from tests.factories import (
    WEEKS_BEFORE,
    CoordinatorFactory,
    EventFactory,
    OrganiserFactory,
    RevisionFactory,
    SubscriptionFactory,
    UserFactory,
)
from tests.log_in import log_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
SECONDS = dt.timedelta(seconds=30)
MINUTES = dt.timedelta(minutes=3)
WHY = "Because."


@pytest.fixture
def moderator():
    return UserFactory()


def submission(**values):
    revision = RevisionFactory(**values)
    OrganiserFactory(event=revision.event, user=revision.author)
    return revision


def edit(**values):
    """A change of a public protest whose first version was approved."""
    first = RevisionFactory(state="approved", event=EventFactory())
    OrganiserFactory(event=first.event, user=first.author)
    return RevisionFactory(event=first.event, number=2, author=first.author, **values)


def public(**values):
    event = EventFactory(**values)
    OrganiserFactory(event=event)
    return event


def hidden():
    return public(state="hidden")


def merged(event, moderator):
    return actions.merge_event(event, into=EventFactory(title="Stays"), by=moderator, reason=WHY)


def do(verb, moderator):
    """Carry a verb out on something new of its kind, and give the decision."""
    return {
        "approve": lambda: actions.approve_revision(submission(), by=moderator),
        "approve an edit": lambda: actions.approve_revision(edit(start_time=dt.time(13)), by=moderator),
        "approve_and_trust": lambda: actions.approve_and_trust(submission(), by=moderator),
        "request_changes": lambda: actions.request_changes(submission(), by=moderator, reason=WHY),
        "reject": lambda: actions.reject_revision(submission(), by=moderator, reason=WHY),
        "hide": lambda: actions.hide_event(public(), by=moderator, reason=WHY),
        "restore": lambda: actions.restore_event(hidden(), by=moderator),
        "merge": lambda: merged(public(), moderator),
        "merge a submission": lambda: merged(submission().event, moderator),
        "hand_over": lambda: actions.hand_over_event(public(), address="new@example.org", by=moderator, reason=WHY),
    }[verb]()


# Verb, whether its followers have been told: state of the protest, of the version, and what is told after the undoing.
REFUSED = None
TABLE = {
    ("approve", False): ("submitted", "pending", []),
    ("approve", True): REFUSED,
    ("approve an edit", False): ("published", "pending", []),
    ("approve an edit", True): ("published", "pending", ["moved"]),
    ("approve_and_trust", False): ("submitted", "pending", []),
    ("approve_and_trust", True): REFUSED,
    ("request_changes", False): ("submitted", "pending", []),
    ("request_changes", True): ("submitted", "pending", []),
    ("reject", False): ("submitted", "pending", []),
    ("reject", True): ("submitted", "pending", []),
    ("hide", False): ("published", None, []),
    ("hide", True): ("published", None, ["restored"]),
    ("restore", False): ("hidden", None, []),
    ("restore", True): ("hidden", None, ["hidden"]),
    ("merge", False): ("published", None, []),
    ("merge", True): REFUSED,
    ("merge a submission", False): ("submitted", "pending", []),
    ("merge a submission", True): ("submitted", "pending", []),
    ("hand_over", False): REFUSED,
    ("hand_over", True): REFUSED,
}


@pytest.mark.parametrize(("verb", "is_told"), TABLE)
def test_every_verb_before_and_after_people_were_told(moderator, clock, verb, is_told):
    decision = do(verb, moderator)
    clock.shift(MINUTES if is_told else SECONDS)
    if is_told:
        notice_changes(WEEKS_BEFORE + MINUTES)
    state = Event.objects.get(pk=decision.event_id).state
    version = SiteStamp.objects.current()

    if TABLE[verb, is_told] is REFUSED:
        with pytest.raises(Refused):
            actions.undo_decision(decision, by=UserFactory())
        assert Event.objects.get(pk=decision.event_id).state == state
        assert Decision.objects.filter(verb="undo").count() == 0
        return

    undo = actions.undo_decision(decision, by=UserFactory())
    event = Event.objects.get(pk=decision.event_id)
    becomes, waits, told = TABLE[verb, is_told]
    assert (undo.undoes, undo.event, undo.revision) == (decision, event, decision.revision)
    assert (event.state, event.merged_into) == (becomes, None)
    assert [r.state for r in Revision.objects.filter(pk=decision.revision_id)] == ([waits] if waits else [])
    assert sorted(EventChange.objects.unnoticed().values_list("kind", flat=True)) == told
    assert SiteStamp.objects.current() > version
    assert AuditEntry.objects.order_by("pk").last().verb == "decision: undo"
    assert not Trust.objects.exists()


def test_the_first_approval_leaves_no_trace_for_the_public(moderator, clock):
    decision = actions.approve_revision(submission(), by=moderator)
    assert PlaceTally.objects.exists()
    clock.shift(SECONDS)
    actions.undo_decision(decision, by=moderator)
    event = Event.objects.get()
    assert (event.published_at, event.time_set_at, event.place_disclosed_at) == (None, None, None)
    assert not PlaceTally.objects.exists()
    assert not EventChange.objects.exists()
    # It can be decided on again.
    actions.approve_revision(Revision.objects.get(), by=moderator)
    assert Event.objects.get().state == "published"


def test_an_edit_goes_back_to_the_version_before_with_its_reminders(moderator, clock):
    revision = edit(start_time=dt.time(13), title="Wrong title", venue="Elsewhere")
    SubscriptionFactory(event=revision.event, confirmed_at=WEEKS_BEFORE)
    set_at = revision.event.time_set_at
    clock.shift(MINUTES)
    decision = actions.approve_revision(revision, by=moderator)
    clock.shift(SECONDS)
    actions.undo_decision(decision, by=moderator)
    event = Event.objects.get()
    assert (event.title, event.start_time, event.venue) == (
        "March for freedom of movement",
        dt.time(14),
        "Plac Zamkowy",
    )
    assert (event.time_set_at, event.sequence) == (set_at, 2)
    notice_changes(WEEKS_BEFORE + 3 * MINUTES)
    assert not Delivery.objects.filter(letter="notice").exists()


def test_mails_that_have_not_left_stay_and_nobody_hears_of_either(moderator, clock, delivered):
    decision = actions.reject_revision(submission(), by=moderator, reason=WHY)
    assert delivered() == []
    clock.shift(SECONDS)
    actions.undo_decision(decision, by=moderator)
    clock.shift(MINUTES)
    assert delivered() == []
    assert set(Delivery.objects.values_list("letter", "reason")) == {
        ("decision_reject", "undone"),
        ("decision_undo", "never told"),
    }


def test_whoever_had_a_mail_is_told_that_it_does_not_hold(moderator, clock, delivered):
    revision = submission()
    decision = actions.reject_revision(revision, by=moderator, reason=WHY)
    clock.shift(MINUTES)
    assert [mail.subject for mail in delivered()] == ["Not accepted: March for freedom of movement"]
    late = OrganiserFactory(event=revision.event).user
    actions.undo_decision(decision, by=moderator)
    clock.shift(MINUTES)
    [_first, mail] = delivered()
    assert (mail.subject, mail.to) == ("Taken back: March for freedom of movement", revision.author.email)
    assert late.email not in mail.to
    assert "taken their decision back" in mail.text


@pytest.mark.parametrize("verb", ["approve", "request_changes", "merge"])
def test_mails_of_a_decision_wait_for_a_minute(moderator, clock, delivered, verb):
    do(verb, moderator)
    clock.shift(dt.timedelta(seconds=59))
    assert delivered() == []
    clock.shift(dt.timedelta(seconds=1))
    assert len(delivered()) == 1


def test_that_it_is_hidden_is_said_at_once(moderator, delivered):
    do("hide", moderator)
    assert [mail.subject for mail in delivered()] == ["Taken off the list: March for freedom of movement"]


def test_it_is_taken_back_once_and_the_latest_alone(moderator, clock):
    revision = submission()
    asked = actions.request_changes(revision, by=moderator, reason=WHY)
    undo = actions.undo_decision(asked, by=moderator)
    clock.shift(SECONDS)
    rejected = actions.reject_revision(revision, by=moderator, reason=WHY)
    for decision, words in [(asked, "already"), (undo, "decided anew")]:
        with pytest.raises(Refused, match=words):
            actions.undo_decision(decision, by=moderator)
    clock.shift(SECONDS)
    actions.undo_decision(rejected, by=moderator)
    approved = actions.approve_revision(Revision.objects.get(), by=moderator)
    clock.shift(SECONDS)
    actions.hide_event(revision.event, by=moderator, reason=WHY)
    with pytest.raises(Refused, match="Something else was decided since"):
        actions.undo_decision(approved, by=moderator)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda event, by: submit_edit(event, {**event.details(), "title": "Newer"}, by=by), "newer version"),
        (lambda event, by: withdraw(event, by=by), "called it off"),
    ],
)
def test_what_the_organisers_did_meanwhile_stands(moderator, act, words):
    revision = submission()
    decision = actions.request_changes(revision, by=moderator, reason=WHY)
    act(revision.event, revision.author)
    with pytest.raises(Refused, match=words):
        actions.undo_decision(decision, by=moderator)


def test_an_approval_is_not_taken_back_after_it_was_cancelled(moderator):
    revision = submission()
    decision = actions.approve_revision(revision, by=moderator)
    cancel_event(revision.event, by=revision.author, reason="Rain.")
    with pytest.raises(Refused, match="called it off"):
        actions.undo_decision(decision, by=moderator)
    assert Event.objects.get().state == "cancelled"


def test_an_edit_of_what_has_no_earlier_version_stays(moderator):
    event = public()
    decision = actions.approve_revision(RevisionFactory(event=event, number=2, title="Newer"), by=moderator)
    with pytest.raises(Refused, match="no earlier version"):
        actions.undo_decision(decision, by=moderator)
    assert Event.objects.get().title == "Newer"


def test_hiding_taken_back_opens_the_reports_again(moderator):
    event = public()
    report = Report.objects.create(event=event, reason="spam", at=WEEKS_BEFORE, key=uuid.uuid4())
    decision = actions.hide_event(event, by=moderator, reason=WHY)
    report.refresh_from_db()
    assert report.closed_at == WEEKS_BEFORE
    actions.undo_decision(decision, by=moderator)
    report.refresh_from_db()
    assert (report.closed_at, report.outcome) == (None, "")


def test_restoring_taken_back_merges_again(moderator, clock):
    decision = do("merge", moderator)
    clock.shift(MINUTES)
    notice_changes(WEEKS_BEFORE + MINUTES)
    restored = actions.restore_event(decision.event, by=moderator)
    assert Event.objects.get(pk=decision.event_id).merged_into is None
    clock.shift(SECONDS)
    actions.undo_decision(restored, by=moderator)
    assert Event.objects.get(pk=decision.event_id).merged_into == decision.other


def test_trust_that_was_there_before_stays(moderator):
    revision = submission()
    Trust.objects.create(
        user=revision.author,
        campaign=revision.event.campaign,
        country="PL",
        since=WEEKS_BEFORE - MINUTES,
        actor_id=moderator.actor_id,
    )
    actions.undo_decision(actions.approve_and_trust(revision, by=moderator), by=moderator)
    assert Trust.objects.count() == 1


def test_only_who_may_decide_takes_back(moderator):
    revision = submission()
    decision = actions.reject_revision(revision, by=moderator, reason=WHY)
    with pytest.raises(Refused, match="another moderator"):
        actions.undo_decision(decision, by=revision.author)
    Claim.objects.create(event=revision.event, user=UserFactory(), until=WEEKS_BEFORE + MINUTES)
    with pytest.raises(Refused, match="at work"):
        actions.undo_decision(decision, by=moderator)


def test_two_protests_never_lead_to_each_other(moderator, clock):
    one, other = public(), public(title="The other")
    actions.merge_event(one, into=other, by=moderator, reason=WHY)
    clock.shift(MINUTES)
    restored = actions.restore_event(one, by=moderator)
    actions.merge_event(other, into=one, by=moderator, reason=WHY)
    with pytest.raises(Refused, match="not public any more"):
        actions.undo_decision(restored, by=moderator)
    one.refresh_from_db()
    assert (one.state, one.merged_into) == ("published", None)


def test_a_protest_never_leads_back_to_one_that_was_hidden_meanwhile(moderator, clock):
    one, other = public(), public(title="The other")
    actions.merge_event(one, into=other, by=moderator, reason=WHY)
    clock.shift(MINUTES)
    restored = actions.restore_event(one, by=moderator)
    actions.hide_event(other, by=moderator, reason=WHY)
    with pytest.raises(Refused, match="not public any more"):
        actions.undo_decision(restored, by=moderator)


def test_a_coordinator_takes_back_nothing_that_was_decided_on_another_country_s_protest(client, moderator):
    """Though a change that would bring it to their country waited, and went with it."""
    finnish = public(country="FI")
    RevisionFactory(event=finnish, number=2, country="PL")
    decision = merged(finnish, moderator)
    log_in(client, CoordinatorFactory(country="PL").user)
    assert str(finnish.title) not in client.get("/moderation/?tab=decided").content.decode()
    assert client.post(f"/moderation/decisions/{decision.pk}/undo/").status_code == 404
    finnish.refresh_from_db()
    assert finnish.state == "hidden"
