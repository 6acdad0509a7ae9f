"""The organiser's rooms: what is shown, what can be done from which state, and to whom it does not exist."""

import contextlib
import threading
from collections.abc import Iterator
from datetime import time
from typing import Any

import pytest
import time_machine
from django.core import serializers
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, User
from events.actions import Refused
from events.forms import ProtestForm, initial_from
from events.models import Campaign, Decision, DecisionReason, Event, EventChange, Organiser, Revision, SiteStamp
from moderation.actions import AlreadyDecided, approve_revision
from organising import actions
from tests.factories import (
    WEEKS_BEFORE,
    CampaignCountryFactory,
    CampaignFactory,
    CityFactory,
    EventFactory,
    OrganiserFactory,
    RevisionFactory,
    SubscriptionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
State = Revision.State


@pytest.fixture(autouse=True)
def _weeks_before() -> Iterator[Any]:
    with time_machine.travel(WEEKS_BEFORE, tick=False) as clock:
        yield clock


@pytest.fixture
def clock(_weeks_before: Any) -> Any:
    return _weeks_before


@pytest.fixture
def owner() -> User:
    CampaignCountryFactory(campaign=CampaignFactory())
    CityFactory()
    return UserFactory(email="owner@example.org")


@pytest.fixture
def published(owner: User) -> Event:
    return in_state("published", State.APPROVED, owner)


def in_state(event_state: str, revision_state: str, owner: User) -> Event:
    """A protest with one version, both in these states."""
    event = EventFactory(state=event_state)
    OrganiserFactory(event=event, user=owner)
    decided = None if revision_state == State.PENDING else timezone.now()
    RevisionFactory(event=event, author=owner, state=revision_state, decided_at=decided)
    return event


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def filled(event: Event | Revision, /, **changes: Any) -> dict[str, Any]:
    """The form of this protest as a browser would send it back."""
    form = ProtestForm(campaign=CampaignFactory(), current=event, initial=initial_from(event))
    shown = {name: form[name].value() for name in form.fields}
    return {**{name: value for name, value in shown.items() if value is not None}, **changes}


def everything() -> str:
    models = (Event, Revision, EventChange, Organiser, AuditEntry)
    return "".join(serializers.serialize("json", model.objects.order_by("pk")) for model in models)


def test_the_dashboard_tells_the_state_of_each_protest_in_words(owner: User) -> None:
    in_state("submitted", State.PENDING, owner)
    in_state("submitted", State.CHANGES_REQUESTED, owner)
    in_state("submitted", State.REJECTED, owner)
    in_state("published", State.APPROVED, owner)
    in_state("cancelled", State.APPROVED, owner)
    in_state("hidden", State.APPROVED, owner)
    in_state("withdrawn", State.WITHDRAWN, owner)
    in_state("published", State.PENDING, owner)
    in_state("published", State.REJECTED, owner)
    text = logged_in(owner).get("/organise/").content.decode()
    for words in (
        "With the moderators",
        "The moderators ask for changes",
        "Rejected",
        "Public",
        "Cancelled",
        "Hidden by the moderators",
        "Withdrawn by you",
        "Your change is with the moderators",
        "did not publish your last change",
    ):
        assert words in text


def test_an_empty_dashboard_says_what_will_be_there(owner: User) -> None:
    assert "Nothing here yet" in logged_in(owner).get("/organise/").content.decode()


@pytest.mark.parametrize("number", [1, 3, 30])
def test_the_dashboard_asks_a_fixed_number_of_queries(owner: User, number: int, django_assert_num_queries: Any) -> None:
    for _ in range(number):
        event = in_state("published", State.APPROVED, owner)
        RevisionFactory(event=event, number=2, author=owner)
        SubscriptionFactory(event=event)
    client = logged_in(owner)
    with django_assert_num_queries(7):
        assert client.get("/organise/").status_code == 200


def test_followers_are_counted_once_they_are_confirmed(owner: User, published: Event) -> None:
    SubscriptionFactory.create_batch(2, event=published)
    SubscriptionFactory(event=published, confirmed_at=None)
    assert "2 people follow it." in logged_in(owner).get("/organise/").content.decode()


def test_the_moderators_words_are_shown_until_there_is_a_newer_version(owner: User) -> None:
    event = in_state("submitted", State.CHANGES_REQUESTED, owner)
    decision = Decision.objects.create(
        at=timezone.now(),
        verb=Decision.Verb.REQUEST_CHANGES,
        actor_id=owner.actor_id,
        event=event,
        revision=event.revisions.get(),
    )
    DecisionReason.objects.create(decision=decision, text="Which <square> is it?")
    client, page = logged_in(owner), f"/organise/{event.public_id}/"
    assert "Which &lt;square&gt; is it?" in client.get(page).content.decode()
    client.post(f"{page}edit/", filled(event.revisions.get(), venue="Plac Defilad"))
    assert "Which" not in client.get(page).content.decode()


@pytest.mark.parametrize("path", ["", "edit/", "withdraw/", "cancel/"])
def test_a_protest_of_others_does_not_exist(owner: User, published: Event, path: str) -> None:
    page = f"/organise/{published.public_id}/{path}"
    before = everything()
    stranger = logged_in(UserFactory())
    assert stranger.get(page).status_code == 404
    assert stranger.post(page, {"cancel_reason": "x"}).status_code in {404, 405}
    assert Client().get(page).url == f"/accounts/login/?next={page}"
    assert Client().post(page).status_code == 302
    assert logged_in(owner).get(page.replace(published.public_id, "aaaaaaaa")).status_code == 404
    assert everything() == before


@pytest.mark.parametrize("path", ["", "edit/", "withdraw/", "cancel/"])
def test_reading_changes_nothing(owner: User, published: Event, path: str) -> None:
    RevisionFactory(event=published, number=2, author=owner)
    client, before = logged_in(owner), everything()
    for method in (client.get, client.head):
        assert method(f"/organise/{published.public_id}/{path}").status_code == 200
    assert everything() == before


@pytest.mark.parametrize("path", ["edit/", "withdraw/", "cancel/"])
def test_forms_of_other_sites_are_refused(owner: User, published: Event, path: str) -> None:
    client, before = Client(enforce_csrf_checks=True), everything()
    client.force_login(owner)
    assert client.post(f"/organise/{published.public_id}/{path}", {"cancel_reason": "x"}).status_code == 403
    assert everything() == before


def test_an_edit_of_a_public_protest_waits_for_the_moderators(owner: User, published: Event) -> None:
    client, page = logged_in(owner), f"/organise/{published.public_id}/"
    response = client.post(f"{page}edit/", filled(published, title="A new title", start_time="15:30", note="Why"))
    assert response.url == page
    published.refresh_from_db()
    assert (published.title, published.sequence) == ("March for freedom of movement", 0)
    revision = published.revisions.pending().get()
    assert (revision.number, revision.title, revision.note_to_moderators) == (2, "A new title", "Why")
    assert revision.contact_email == published.contact_email
    text = client.get(page).content.decode()
    assert "What your change would change" in text
    assert "<del>14:00</del><ins>15:30</ins>" in text
    assert "<ins>title</ins>" in text


def test_an_edit_takes_the_place_of_the_one_before(owner: User, published: Event) -> None:
    client, page = logged_in(owner), f"/organise/{published.public_id}/edit/"
    client.post(page, filled(published, title="Second title"))
    assert client.get(page).context["form"]["title"].value() == "Second title"
    client.post(page, filled(published, title="Third title"))
    states = list(published.revisions.order_by("number").values_list("number", "state", "title"))
    assert states[1:] == [(2, "superseded", "Second title"), (3, "pending", "Third title")]


def test_an_edit_sent_twice_is_one_revision(owner: User, published: Event) -> None:
    form = filled(published, title="A new title")
    for _ in range(3):
        assert logged_in(owner).post(f"/organise/{published.public_id}/edit/", form).status_code == 302
    assert published.revisions.count() == 2


def test_an_edit_that_changes_nothing_is_explained(owner: User, published: Event) -> None:
    page = logged_in(owner).post(f"/organise/{published.public_id}/edit/", filled(published))
    assert "Nothing is different" in page.content.decode()
    assert published.revisions.count() == 1


def test_a_first_submission_can_be_replaced(owner: User) -> None:
    event = in_state("submitted", State.PENDING, owner)
    logged_in(owner).post(f"/organise/{event.public_id}/edit/", filled(event, title="Better title"))
    assert [r.state for r in event.revisions.order_by("number")] == ["superseded", "pending"]
    event.refresh_from_db()
    assert (event.state, event.published_at) == ("submitted", None)
    assert "Better title" in logged_in(owner).get("/organise/").content.decode()


def test_wrong_input_keeps_what_was_typed(owner: User, published: Event) -> None:
    form = filled(published, title="Keep <me>", start_time="25")
    page = logged_in(owner).post(f"/organise/{published.public_id}/edit/", form)
    assert page.context["form"].errors.keys() == {"start_time"}
    assert 'value="Keep &lt;me&gt;"' in page.content.decode()


def test_extra_fields_change_nothing(owner: User, published: Event) -> None:
    other = EventFactory()
    form = filled(
        published,
        title="A new title",
        state="approved",
        event=other.pk,
        author=1,
        number=9,
        contact_email="x@example.org",
    )
    logged_in(owner).post(f"/organise/{published.public_id}/edit/", form)
    revision = Revision.objects.latest("pk")
    assert (revision.event, revision.author, revision.number, revision.state) == (published, owner, 2, "pending")
    assert revision.contact_email == "hello@example.org"


#      event state, revision state, may edit, may withdraw, may cancel
TABLE = [
    ("submitted", State.PENDING, True, True, False),
    ("submitted", State.CHANGES_REQUESTED, True, True, False),
    ("submitted", State.REJECTED, True, False, False),
    ("published", State.APPROVED, True, False, True),
    ("published", State.PENDING, True, True, True),
    ("published", State.CHANGES_REQUESTED, True, True, True),
    ("published", State.REJECTED, True, False, True),
    ("published", State.WITHDRAWN, True, False, True),
    ("cancelled", State.APPROVED, False, False, False),
    ("hidden", State.APPROVED, True, False, False),
    ("withdrawn", State.WITHDRAWN, False, False, False),
]


@pytest.mark.parametrize(("event_state", "revision_state", "edit", "withdraw", "cancel"), TABLE)
def test_what_can_be_done_depends_on_the_state(
    owner: User, event_state: str, revision_state: str, edit: bool, withdraw: bool, cancel: bool
) -> None:
    event = in_state(event_state, revision_state, owner)
    page = f"/organise/{event.public_id}/"
    client = logged_in(owner)
    text = client.get(page).content.decode()
    shown = [f'href="{page}{verb}/"' in text for verb in ("edit", "withdraw", "cancel")]
    assert shown == [edit, withdraw, cancel]
    assert client.get(f"{page}edit/").status_code == (200 if edit else 409)
    if not cancel:
        before = Event.objects.get(pk=event.pk).state
        client.post(f"{page}cancel/", {"cancel_reason": "Rain"})
        assert Event.objects.get(pk=event.pk).state == before
    if not edit:
        assert client.post(f"{page}edit/", filled(event, title="A new title")).status_code == 409
        assert event.revisions.count() == 1


def test_what_was_typed_stays_when_it_has_become_too_late(owner: User, published: Event, clock: Any) -> None:
    form = filled(published, title="Typed for an hour")
    clock.move_to("2027-10-12T12:00:00+00:00")
    response = logged_in(owner).post(f"/organise/{published.public_id}/edit/", form)
    assert response.status_code == 409
    assert "Typed for an hour" in response.content.decode()


def test_the_public_page_is_made_anew_when_a_change_comes_and_goes(owner: User, published: Event) -> None:
    seen = [SiteStamp.objects.current()]
    for act in (
        lambda: actions.submit_edit(published, {**published.details(), "start_time": time(15)}, by=owner),
        lambda: actions.withdraw(published, by=owner),
    ):
        act()
        seen.append(SiteStamp.objects.current())
    assert seen == sorted(set(seen))


def test_a_submission_is_no_news_for_the_public(owner: User) -> None:
    event = in_state("submitted", State.CHANGES_REQUESTED, owner)
    actions.submit_edit(event, {**event.details(), "title": "A new title"}, by=owner)
    actions.withdraw(event, by=owner)
    assert SiteStamp.objects.current() == 0


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
    barrier = threading.Barrier(3)

    def run(act: Any) -> None:
        barrier.wait()
        try:
            act()
        finally:
            connection.close()

    def approve() -> None:
        with contextlib.suppress(AlreadyDecided):
            approve_revision(Revision.objects.get(pk=first.pk), by=moderator)

    def edit() -> None:
        actions.submit_edit(event, details, by=owner)

    threads = [threading.Thread(target=run, args=[act]) for act in (approve, edit, edit)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    event.refresh_from_db()
    assert event.title == "March for freedom of movement"
    assert event.revisions.pending().get().title == "Bait and switch"
    assert event.revisions.open().count() == 1
    assert sorted(event.revisions.values_list("number", flat=True)) == [1, 2]
    first.refresh_from_db()
    assert (first.state, event.state) in {("approved", "published"), ("superseded", "submitted")}
