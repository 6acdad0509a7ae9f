"""The page of a protest that is public or was: what happened to it, merging it, and handing it over."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.models import Decision, Event
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
from tests.moderation.conftest import text_of

pytestmark = pytest.mark.django_db
LATER = WEEKS_BEFORE + dt.timedelta(hours=3)


@pytest.fixture(autouse=True)
def _hours_later():
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def room(client):
    CampaignCountryFactory()
    log_in(client, CoordinatorFactory(country="PL").user)
    return client


@pytest.fixture
def event():
    return OrganiserFactory(event=EventFactory(title="Entered twice")).event


def page(event, name=""):
    return f"/moderation/protests/{event.public_id}/{name}"


def test_lists_versions_with_links_and_decisions(room, event):
    first = RevisionFactory(event=event, state="approved", submitted_at=WEEKS_BEFORE)
    Decision.objects.create(at=LATER, verb="approve", actor_id=UserFactory().actor_id, event=event, revision=first)
    shown = text_of(room.get(page(event)))
    assert f'<a href="/moderation/{first.pk}/">Version 1</a> · approved' in shown
    assert "by another moderator" in shown


def test_costs_the_same_however_much_happened(room, event):
    with CaptureQueriesContext(connection) as few:
        room.get(page(event))
    for number in range(1, 4):
        RevisionFactory(event=event, number=number, state="superseded")
        Decision.objects.create(at=LATER, verb="hide", actor_id=UserFactory().actor_id, event=event)
    with CaptureQueriesContext(connection) as many:
        room.get(page(event))
    assert len(few) == len(many) == 11


class TestMerge:
    def test_hides_the_one_and_leads_to_the_other(self, room, event):
        other = EventFactory(title="Stays")
        data = {
            "verb": "merge",
            "into": f"http://localhost/en/protests/{other.public_id}-{other.slug}/",
            "reason": "Twice.",
        }
        response = room.post(page(event, "merge/"), data, follow=True)
        assert response.redirect_chain == [(page(event), 302)]
        assert "Merged: Entered twice" in text_of(response)
        event.refresh_from_db()
        assert (event.state, event.merged_into) == ("hidden", other)
        assert f'href="/en/protests/{other.public_id}-{other.slug}/"' in text_of(response)

    @pytest.mark.parametrize(
        ("make", "error"),
        [
            (lambda event: event.public_id, "There is no other public protest with this number in this edition."),
            (lambda event: "zzzzzzzz", "There is no other public protest with this number in this edition."),
            (
                lambda event: EventFactory(state="hidden").public_id,
                "There is no other public protest with this number in this edition.",
            ),
            (
                lambda event: EventFactory(campaign=CampaignFactory(slug="2028")).public_id,
                "There is no other public protest with this number in this edition.",
            ),
            (lambda event: "/en/protests/", "This is no number of a protest."),
            (lambda event: "", "This field is required."),
        ],
    )
    def test_into_what_cannot_be_is_refused_and_the_words_are_kept(self, room, event, make, error):
        response = room.post(page(event, "merge/"), {"verb": "merge", "into": make(event), "reason": "My words"})
        assert response.context["merge_form"].errors["into"] == [error]
        assert "My words</textarea>" in text_of(response)
        assert Event.objects.get(pk=event.pk).state == "published"

    def test_needs_a_reason(self, room, event):
        response = room.post(page(event, "merge/"), {"verb": "merge", "into": EventFactory().public_id})
        assert "reason" in response.context["merge_form"].errors

    def test_a_second_click_is_harmless(self, room, event):
        data = {"verb": "merge", "into": EventFactory().public_id, "reason": "Twice."}
        assert [room.post(page(event, "merge/"), data).status_code for _n in range(2)] == [302, 409]
        assert Decision.objects.count() == 1

    def test_turns_a_submission_down_from_the_page_of_the_two(self, room, event):
        revision = OrganiserFactory(event=RevisionFactory(title="Twin").event).event.revisions.get()
        address = f"/moderation/{revision.pk}/beside/{event.public_id}/"
        assert "reason" in room.post(address, {"verb": "merge"}).context["form"].errors
        response = room.post(address, {"verb": "merge", "reason": "Listed already."})
        assert response.status_code == 302
        revision.refresh_from_db()
        assert (revision.state, Decision.objects.get().other) == ("rejected", event)


class TestHandOver:
    def test_gives_it_into_other_hands(self, room, event):
        data = {"verb": "hand_over", "address": "new@example.org", "reason": "It was a fake."}
        response = room.post(page(event, "hand-over/"), data, follow=True)
        assert response.redirect_chain == [(page(event), 302)]
        assert [organiser.user.email for organiser in event.organisers.all()] == ["new@example.org"]
        assert "handed over" in text_of(response)

    @pytest.mark.parametrize("data", [{"address": "nobody", "reason": "x"}, {"address": "new@example.org"}, {}])
    def test_what_is_missing_is_said(self, room, event, data):
        response = room.post(page(event, "hand-over/"), {"verb": "hand_over", **data})
        assert response.context["hand_over_form"].errors
        assert not Decision.objects.exists()


@pytest.mark.parametrize("name", ["merge/", "hand-over/"])
def test_of_others_and_by_get_there_is_nothing(room, event, name):
    assert room.get(page(event, name)).status_code == 405
    Event.objects.filter(pk=event.pk).update(country="DE")
    assert room.post(page(event, name), {}).status_code == 404
