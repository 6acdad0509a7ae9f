"""Withdrawing and cancelling."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, User
from events.actions import Refused
from events.models import Campaign, Decision, DecisionReason, Event, EventChange, Organiser, Revision
from moderation.actions import approve_revision
from organising import actions
from tests.at_once import at_once
from tests.factories import OrganiserFactory, RevisionFactory, UserFactory
from tests.log_in import logged_in
from tests.organising.protests.editing import State, filled, in_state

pytestmark = pytest.mark.django_db


def test_a_first_submission_is_withdrawn_for_good(owner: User) -> None:
    event = in_state("submitted", State.PENDING, owner)
    client, page = logged_in(owner), f"/organise/{event.public_id}/"
    for _ in range(2):
        assert client.post(f"{page}withdraw/").url == page
    event.refresh_from_db()
    assert (event.state, event.revisions.get().state) == ("withdrawn", "withdrawn")
    assert AuditEntry.objects.filter(verb="withdrawn").count() == 1
    assert EventChange.objects.count() == 0


def test_a_withdrawn_edit_leaves_the_public_protest_alone(owner: User, published: Event) -> None:
    RevisionFactory(event=published, number=2, author=owner)
    logged_in(owner).post(f"/organise/{published.public_id}/withdraw/")
    published.refresh_from_db()
    assert published.state == "published"
    assert published.revisions.open().count() == 0


def test_withdrawing_what_was_decided_meanwhile_is_explained(owner: User, published: Event) -> None:
    response = logged_in(owner).post(f"/organise/{published.public_id}/withdraw/")
    assert response.status_code == 409
    assert "nothing to withdraw" in response.content.decode()


def test_cancelling_keeps_the_page_with_a_reason_and_leaves_a_change(owner: User, published: Event) -> None:
    RevisionFactory(event=published, number=2, author=owner)
    client, page = logged_in(owner), f"/organise/{published.public_id}/"
    for _ in range(2):
        assert client.post(f"{page}cancel/", {"cancel_reason": "The square is closed."}).url == page
    published.refresh_from_db()
    assert (published.state, published.cancel_reason, published.sequence) == ("cancelled", "The square is closed.", 1)
    assert EventChange.objects.get().kind == EventChange.Kind.CANCELLED
    assert published.revisions.open().count() == 0
    assert "The square is closed." in client.get(page).content.decode()


@pytest.mark.parametrize("reason", ["", "  ", "x" * 301])
def test_cancelling_needs_a_short_reason(owner: User, published: Event, reason: str) -> None:
    page = logged_in(owner).post(f"/organise/{published.public_id}/cancel/", {"cancel_reason": reason})
    assert page.context["form"].errors.keys() == {"cancel_reason"}
    published.refresh_from_db()
    assert published.state == "published"


def test_what_is_over_stays_as_it_was(owner: User, published: Event, clock: Any) -> None:
    clock.move_to("2027-10-12T12:00:00+00:00")
    form = filled(published, title="A new title")
    assert logged_in(owner).post(f"/organise/{published.public_id}/edit/", form).status_code == 409
    with pytest.raises(Refused):
        actions.cancel_event(published, by=owner, reason="Late")


def test_a_closed_campaign_takes_no_edits(owner: User, published: Event) -> None:
    details = {**published.details(), "title": "A new title"}
    Campaign.objects.update(state=Campaign.State.CLOSED)
    with pytest.raises(Refused):
        actions.submit_edit(published, details, by=owner)


def test_a_day_outside_the_campaign_is_refused_by_the_action_too(owner: User, published: Event) -> None:
    details = {**published.details(), "day": published.day.replace(month=12)}
    with pytest.raises(Refused):
        actions.submit_edit(published, details, by=owner)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_number", range(3))
def test_an_approval_never_publishes_an_edit_that_was_sent_meanwhile(owner: User, round_number: int) -> None:
    event = in_state("submitted", State.PENDING, owner)
    first = event.revisions.get()
    details = {**first.details(), "title": "Bait and switch"}
    moderator = UserFactory(is_superuser=True)
    _approval, *edits = at_once(
        lambda: approve_revision(Revision.objects.get(pk=first.pk), by=moderator),
        *[lambda: actions.submit_edit(event, details, by=owner)] * 2,
    )
    assert not any(isinstance(one, Refused) for one in edits)
    event.refresh_from_db()
    assert event.title == "March for freedom of movement"
    assert event.revisions.pending().get().title == "Bait and switch"
    assert event.revisions.open().count() == 1
    assert sorted(event.revisions.values_list("number", flat=True)) == [1, 2]
    first.refresh_from_db()
    assert (first.state, event.state) in {("approved", "published"), ("superseded", "submitted")}


def test_a_helper_sees_neither_a_change_under_way_nor_what_moderators_say(published: Event) -> None:
    changed = RevisionFactory(event=published, number=2, state=State.CHANGES_REQUESTED, title="Changed title")
    by = UserFactory().actor_id
    decision = Decision.objects.create(
        verb="request_changes", at=timezone.now(), event=published, revision=changed, actor_id=by
    )
    DecisionReason.objects.create(decision=decision, text="Say where it ends.")
    helper = OrganiserFactory(event=published, role=Organiser.Role.HELPER).user
    owner = published.organisers.get(role=Organiser.Role.OWNER).user
    secrets = ["Changed title", "Say where it ends.", "Read what they say", "ask for something else"]
    for path in ("/organise/", f"/organise/{published.public_id}/"):
        seen = logged_in(helper).get(path).content.decode()
        assert published.title in seen
        assert [words for words in secrets if words in seen] == []
        assert "Changed title" in logged_in(owner).get(path).content.decode()
