"""Approving with trust, merging, handing over: what becomes of people and versions, and which letters they get."""

from datetime import timedelta

import pytest

from accounts.models import AuditEntry, User
from events.actions import SECOND_THOUGHTS, Refused
from events.models import Decision, Event, EventChange, Revision, SiteStamp, Trust
from moderation import actions, late_changes
from moderation.models import Claim
from outbox.models import Delivery
from tests.factories import (
    WEEKS_BEFORE,
    CampaignCountryFactory,
    CampaignFactory,
    CoordinatorFactory,
    EventFactory,
    OrganiserFactory,
    RevisionFactory,
    UserFactory,
)
from tests.log_in import log_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
WHY = "Your reason."


@pytest.fixture
def moderator():
    return UserFactory()


@pytest.fixture
def organiser():
    return OrganiserFactory()


def submission(**values):
    revision = RevisionFactory(**values)
    OrganiserFactory(event=revision.event, user=revision.author)
    return revision


def letters(clock, delivered):
    clock.shift(SECOND_THOUGHTS)
    return {mail.to: mail for mail in delivered()}


class TestApproveAndTrust:
    def test_trusts_the_author_in_the_country_of_the_protest(self, moderator, clock, delivered):
        revision = submission()
        decision = actions.approve_and_trust(revision, by=moderator)
        trust = Trust.objects.get()
        assert (trust.user, trust.campaign, trust.country) == (revision.author, revision.event.campaign, "PL")
        assert (trust.since, trust.actor_id) == (decision.at, moderator.actor_id)
        assert Event.objects.get().state == "published"
        assert "your changes go public at once" in letters(clock, delivered)[revision.author.email].text
        assert set(AuditEntry.objects.values_list("verb", flat=True)) >= {"trusted", "decision: approve_and_trust"}

    @pytest.mark.parametrize("author", [None, "closed"])
    def test_needs_somebody_to_trust(self, moderator, author):
        revision = RevisionFactory(author=UserFactory(is_active=False) if author else None)
        with pytest.raises(Refused, match="nobody to trust"):
            actions.approve_and_trust(revision, by=moderator)
        assert (Revision.objects.get().state, Decision.objects.count()) == ("pending", 0)

    def test_is_taken_back_once(self, moderator):
        actions.approve_and_trust(submission(), by=moderator)
        trust = Trust.objects.get()
        for _n in range(2):
            actions.take_trust_back(trust, by=moderator)
        assert not Trust.objects.exists()
        assert AuditEntry.objects.filter(verb="trust taken back").count() == 1

    def test_stands_on_the_page_of_a_submission_and_is_taken_back_there(self, client):
        CampaignCountryFactory()
        room = client
        log_in(room, CoordinatorFactory().user)
        revision = submission()
        assert 'value="approve_and_trust"' in room.get(f"/moderation/{revision.pk}/").content.decode()
        assert room.post(f"/moderation/{revision.pk}/decide/", {"verb": "approve_and_trust"}).status_code == 302
        address = f"/moderation/{revision.pk}/untrust/"
        assert address in room.get(f"/moderation/{revision.pk}/").content.decode()
        assert [room.post(address).status_code for _n in range(2)] == [302, 302]
        assert not Trust.objects.exists()
        assert room.get(address).status_code == 405
        Revision.objects.update(country="DE")
        assert room.post(address).status_code == 404


class TestMerge:
    def test_hides_a_public_one_and_turns_its_open_change_down(self, organiser, moderator, clock, delivered):
        event, into = organiser.event, EventFactory(title="Stays")
        change = RevisionFactory(event=event, number=2)
        version = SiteStamp.objects.current()
        decision = actions.merge_event(event, into=into, by=moderator, reason=WHY)
        event.refresh_from_db()
        assert (event.state, event.merged_into, decision.other, decision.revision) == ("hidden", into, into, change)
        assert [(one.kind, one.other) for one in event.changes.all()] == [("merged", into)]
        assert Revision.objects.get().state == "rejected"
        assert SiteStamp.objects.current() > version
        mail = letters(clock, delivered)[organiser.user.email]
        assert mail.subject == "The same protest: March for freedom of movement"
        assert "is the same protest as “Stays”. Its page leads there now" in mail.text
        assert WHY in mail.text
        assert into.get_absolute_url() in mail.text

    def test_turns_a_submission_down(self, moderator, clock, delivered):
        revision = submission()
        actions.merge_event(revision.event, into=EventFactory(title="Stays"), by=moderator, reason=WHY)
        assert Revision.objects.get().state == "rejected"
        assert Event.objects.get(pk=revision.event_id).state == "submitted"
        assert not EventChange.objects.exists()
        assert "was not published" in letters(clock, delivered)[revision.author.email].text

    @pytest.mark.parametrize("state", ["submitted", "cancelled", "hidden", "withdrawn"])
    def test_into_what_does_not_take_place_is_refused(self, organiser, moderator, state):
        with pytest.raises(Refused):
            actions.merge_event(organiser.event, into=EventFactory(state=state), by=moderator, reason=WHY)
        assert Event.objects.get(pk=organiser.event_id).state == "published"

    def test_into_itself_or_another_edition_is_refused(self, organiser, moderator):
        for into in (organiser.event, EventFactory(campaign=CampaignFactory(slug="2028"))):
            with pytest.raises(Refused):
                actions.merge_event(organiser.event, into=into, by=moderator, reason=WHY)

    @pytest.mark.parametrize("state", ["hidden", "withdrawn"])
    def test_of_what_is_gone_is_refused(self, moderator, state):
        event = EventFactory(state=state)
        with pytest.raises(Refused):
            actions.merge_event(event, into=EventFactory(), by=moderator, reason=WHY)
        assert not Decision.objects.exists()


class TestHandOver:
    def test_puts_new_people_in_and_the_former_ones_out(self, organiser, moderator, clock, delivered):
        event, former = organiser.event, organiser.user
        OrganiserFactory(event=event, role="co_organiser")
        for number, state in [(1, "approved"), (2, "pending")]:
            RevisionFactory(event=event, number=number, state=state, author=former)
        Trust.objects.create(
            user=former, campaign=event.campaign, country="PL", since=WEEKS_BEFORE, actor_id=moderator.actor_id
        )
        decision = actions.hand_over_event(event, address="New@Example.org", by=moderator, reason=WHY)
        event.refresh_from_db()
        owner = User.objects.get(email="new@example.org")
        assert [(one.user, one.role) for one in event.organisers.all()] == [(owner, "owner")]
        assert not owner.emailaddress_set.filter(verified=True).exists()
        assert not Trust.objects.exists()
        assert [r.state for r in event.revisions.order_by("number")] == ["approved", "withdrawn"]
        assert {event.contact_email, *(r.contact_email for r in event.revisions.all())} == {"new@example.org"}
        assert [change.kind for change in event.changes.all()] == ["handed_over"]
        assert decision.verb == "hand_over"
        mails = letters(clock, delivered)
        assert len(mails) == 3
        assert mails["new@example.org"].subject == "Yours to look after: March for freedom of movement"
        assert WHY not in mails["new@example.org"].text
        assert mails[former.email].subject == "In other hands now: March for freedom of movement"
        assert WHY in mails[former.email].text
        assert "new@example.org" not in mails[former.email].text

    def test_to_a_co_organiser_leaves_them_their_standing(self, organiser, moderator):
        stays = OrganiserFactory(event=organiser.event, role="co_organiser")
        actions.hand_over_event(organiser.event, address=stays.user.email, by=moderator, reason=WHY)
        [left] = organiser.event.organisers.all()
        assert (left.pk, left.role, left.since) == (stays.pk, "owner", stays.since)

    def test_is_refused_to_oneself_to_the_closed_and_to_who_has_it(self, organiser, moderator):
        closed = UserFactory(is_active=False)
        for address in (moderator.email, closed.email, organiser.user.email):
            with pytest.raises(Refused):
                actions.hand_over_event(organiser.event, address=address, by=moderator, reason=WHY)
        assert [one.user for one in organiser.event.organisers.all()] == [organiser.user]

    def test_is_for_what_was_public(self, moderator):
        with pytest.raises(Refused, match="public"):
            actions.hand_over_event(submission().event, address="new@example.org", by=moderator, reason=WHY)


@pytest.mark.parametrize("act", ["approve", "merge", "hand_over"])
def test_nobody_decides_on_what_another_is_at_work_on(organiser, moderator, act):
    event = organiser.event
    revision = RevisionFactory(event=event, number=2)
    acts = {
        "approve": lambda by: actions.approve_revision(revision, by=by),
        "merge": lambda by: actions.merge_event(event, into=EventFactory(), by=by, reason=WHY),
        "hand_over": lambda by: actions.hand_over_event(event, address="new@example.org", by=by, reason=WHY),
    }
    at_work = UserFactory()
    Claim.objects.create(event=event, user=at_work, until=WEEKS_BEFORE + SECOND_THOUGHTS)
    with pytest.raises(Refused, match="at work"):
        acts[act](moderator)
    acts[act](at_work)
    assert Decision.objects.get().actor_id == at_work.actor_id


class TestLateChanges:
    def late(self, **values):
        return RevisionFactory(event=EventFactory(), number=2, is_sensitive=True, **values)

    def test_alert_everybody_who_may_decide_once(self, clock, delivered):
        poland, everywhere = CoordinatorFactory(), CoordinatorFactory(country="")
        CoordinatorFactory(country="DE")
        UserFactory(is_superuser=True)
        revision = self.late()
        assert [late_changes.plan(WEEKS_BEFORE) for _n in range(2)] == [2, 0]
        mails = delivered()
        assert {mail.to for mail in mails} == {poland.user.email, everywhere.user.email}
        assert mails[0].subject == "Urgent, Poland: a late or large change waits"
        assert f"/moderation/{revision.pk}/" in mails[0].text
        assert "Plac Zamkowy" not in mails[0].text + mails[0].html
        assert revision.title not in mails[0].text + mails[0].html

    def test_leave_at_night(self, clock):
        CoordinatorFactory()
        self.late()
        night = WEEKS_BEFORE.replace(hour=1)
        late_changes.plan(night)
        delivery = Delivery.objects.get()
        assert (delivery.not_before, delivery.priority) == (night, 0)

    def test_are_told_to_superusers_where_nobody_is_on_duty(self):
        superuser = UserFactory(is_superuser=True)
        CoordinatorFactory(country="DE")
        self.late()
        late_changes.plan(WEEKS_BEFORE)
        assert [one.recipient for one in Delivery.objects.all()] == [superuser.recipient]

    def test_are_not_told_to_who_may_not_decide_nor_of_what_is_no_longer_waiting(self, delivered):
        own, other = CoordinatorFactory(), CoordinatorFactory()
        revision = self.late()
        OrganiserFactory(event=revision.event, user=own.user)
        self.late(quarantine="word")
        RevisionFactory(event=EventFactory(), number=2)
        assert late_changes.plan(WEEKS_BEFORE) == 1
        actions.reject_revision(revision, by=other.user, reason=WHY)
        assert delivered() == []
        assert Delivery.objects.get(letter="late_change").reason == "decided"


def test_version_after_version_alerts_once_in_fifteen_minutes(moderator, clock):
    CoordinatorFactory()
    event = EventFactory()
    minute = timedelta(minutes=1)
    planned = []
    for n in range(20):
        Revision.objects.filter(event=event).update(state=Revision.State.SUPERSEDED)
        clock.move_to(WEEKS_BEFORE + n * minute)
        RevisionFactory(event=event, number=n + 2, is_sensitive=True)
        planned.append(late_changes.plan(WEEKS_BEFORE + n * minute))
    assert [n for n, number in enumerate(planned) if number] == [0, 15]


def test_what_puts_people_at_risk_is_hidden_whoever_is_at_work_on_it(organiser, moderator):
    Claim.objects.create(event=organiser.event, user=UserFactory(), until=WEEKS_BEFORE + SECOND_THOUGHTS)
    actions.hide_event(organiser.event, by=moderator, reason=WHY)
    assert Event.objects.get(pk=organiser.event_id).state == "hidden"
