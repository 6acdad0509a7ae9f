"""R35: fields that no form has change nothing; what is exported is one's own."""

import json
from typing import Any

import pytest
from django.test import Client

from events.models import Coordinator, Event, Organiser
from reminders import tokens
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
from tests.log_in import logged_in
from tests.organising.protests.editing import filled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "fresh_limits")]
SMUGGLED = {
    "state": "published",
    "status": "published",
    "owner": "1",
    "role": "owner",
    "user": "1",
    "author": "1",
    "is_staff": "1",
    "is_superuser": "1",
    "is_sensitive": "",
    "quarantine": "",
    "published_at": "2027-09-01",
    "public_id": "aaaaaaaa",
    "number": "1",
    "campaign": "1",
    "host": "1",
    "decided_at": "2027-09-01",
    "confirmed_at": "2027-09-01",
    "recipient": "1",
    "sequence": "9",
    "timezone": "UTC",
}


@pytest.fixture
def event() -> Event:
    CampaignCountryFactory(campaign=CampaignFactory())
    CityFactory()
    event = EventFactory()
    organiser = OrganiserFactory(event=event)
    RevisionFactory(event=event, author=organiser.user, state="approved", decided_at=WEEKS_BEFORE)
    return event


def test_an_edit_takes_its_own_fields_alone(event: Event) -> None:
    owner, other = event.organisers.get().user, UserFactory()
    form = {**filled(event, title="Better"), **SMUGGLED, "user": str(other.pk), "author": str(other.pk)}
    assert logged_in(owner).post(f"/organise/{event.public_id}/edit/", form).status_code == 302
    proposed = event.revisions.pending().get()
    assert (proposed.number, proposed.author, proposed.timezone, proposed.decided_at) == (
        2,
        owner,
        event.timezone,
        None,
    )
    kept = Event.objects.get(pk=event.pk)
    assert (kept.title, kept.public_id, kept.sequence, kept.host) == (event.title, event.public_id, 0, None)
    assert list(Organiser.objects.values_list("user", flat=True)) == [owner.pk]


def test_settings_make_nobody_more_than_they_were() -> None:
    user = UserFactory()
    logged_in(user).post("/accounts/", {"language": "pl", **SMUGGLED})
    logged_in(user).post("/accounts/settings/", {"language": "pl", **SMUGGLED})
    user.refresh_from_db()
    assert (user.is_staff, user.is_superuser) == (False, False)
    assert not Coordinator.objects.exists()


def test_a_follower_confirms_nothing_by_a_field(event: Event) -> None:
    Client().post("/en/reminders/?event=" + event.public_id, {"email": "a@example.org", **SMUGGLED})
    assert not Client().get("/en/").cookies
    assert not event.subscriptions.filter(confirmed_at__isnull=False).exists()


def test_everybody_exports_their_own() -> None:
    mine = SubscriptionFactory(event=EventFactory(title="Mine"), confirmed_at=WEEKS_BEFORE)
    SubscriptionFactory(event=EventFactory(title="Of another"), confirmed_at=WEEKS_BEFORE)
    path = "/" + tokens.manage_url(mine.recipient).split("/", 3)[3]
    answer = Client().get(f"{path}data.json")
    assert answer.status_code == 200
    said: Any = json.dumps(answer.json(), ensure_ascii=False)
    assert "Mine" in said
    assert "Of another" not in said
