"""The dashboard, and who sees what."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from events.models import Decision, DecisionReason, Event
from tests.factories import RevisionFactory, SubscriptionFactory, UserFactory
from tests.log_in import logged_in
from tests.organising.protests.editing import State, everything, filled, in_state

pytestmark = pytest.mark.django_db


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
    with django_assert_num_queries(20):
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
