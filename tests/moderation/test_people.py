"""Who moderates an edition: appointing, changing, holidays, removing, and who may do so."""

from datetime import timedelta

import pytest

from accounts.models import AuditEntry, User
from events.actions import Refused
from events.models import Coordinator
from moderation import people
from moderation.models import Claim
from moderation.people import Holiday, Rights
from moderation.permissions import revisions_of
from tests.at_once import at_once
from tests.factories import (
    WEEKS_BEFORE,
    CampaignCountryFactory,
    CampaignFactory,
    CoordinatorFactory,
    RevisionFactory,
    UserFactory,
)
from tests.log_in import log_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

PEOPLE = "/moderation/people/"
APPOINT = f"{PEOPLE}2027/appoint/"
ADMIN, COORDINATOR = Coordinator.Role.ADMIN, Coordinator.Role.COORDINATOR
TODAY = WEEKS_BEFORE.date()


@pytest.fixture
def admin():
    CampaignCountryFactory(country="PL")
    CampaignCountryFactory(country="DE", timezone="Europe/Berlin")
    return CoordinatorFactory(admin=True, user=UserFactory(email="admin@example.org")).user


@pytest.fixture
def room(client, admin):
    log_in(client, admin)
    return client


def rows(user):
    return sorted(Coordinator.objects.filter(user=user).values_list("role", "country", "languages"))


def test_somebody_without_an_account_is_appointed_and_told(room, delivered):
    sent = {"address": "New@Example.org", "role": "coordinator", "countries": ["PL", "DE"], "languages": ["pl"]}
    assert room.post(APPOINT, sent)["Location"] == PEOPLE
    user = User.objects.get(email="new@example.org")
    assert rows(user) == [("coordinator", "DE", ["pl"]), ("coordinator", "PL", ["pl"])]
    (mail,) = delivered()
    assert mail.to == "new@example.org"
    assert "Germany, Poland" in mail.text
    assert "second factor" in mail.text
    assert [entry.verb for entry in AuditEntry.objects.order_by("pk")] == ["account made", "coordinator appointed"]
    again = room.post(APPOINT, sent)
    assert "in the list already" in again.content.decode()
    assert len(delivered()) == 1


def test_the_list_shows_addresses_in_part_and_only_to_admins(room, client):
    CoordinatorFactory(user=UserFactory(email="zoe@collective.example"))
    page = room.get(PEOPLE).content.decode()
    assert "zoe@collective.example" not in page
    assert "z…@c…" in page
    assert "no second factor yet" in page
    log_in(client, CoordinatorFactory(country="DE").user)
    assert client.get(PEOPLE).status_code == 404


def test_their_own_page_leads_admins_there_and_nobody_else(room, client):
    assert f'href="{PEOPLE}"' in room.get("/moderation/me/").content.decode()
    log_in(client, CoordinatorFactory(country="DE").user)
    assert f'href="{PEOPLE}"' not in client.get("/moderation/me/").content.decode()


def test_an_admin_of_another_edition_reaches_nothing_here(client, admin):
    other = CoordinatorFactory(admin=True, campaign=CampaignFactory(slug="2028", state="draft")).user
    log_in(client, other)
    assert client.get(APPOINT).status_code == 404
    assert client.get(f"{PEOPLE}2027/{admin.pk}/").status_code == 404
    with pytest.raises(Refused):
        people.appoint(CampaignFactory(), "x@example.org", Rights(COORDINATOR), by=other)


def test_what_somebody_looks_after_changes_at_once(room):
    user = CoordinatorFactory(country="PL").user
    polish = RevisionFactory(country="PL")
    page = f"{PEOPLE}2027/{user.pk}/"
    sent = {"do": "change", "role": "coordinator", "countries": ["DE"]}
    assert room.post(page, sent).status_code == 302
    assert rows(user) == [("coordinator", "DE", [])]
    assert polish not in revisions_of(user)
    room.post(page, {"do": "change", "role": "admin", "countries": ["DE"], "languages": ["de"]})
    assert rows(user) == [("admin", "", [])]


def test_removing_takes_rights_claims_and_standing_in(room):
    user, other = CoordinatorFactory(country="PL").user, CoordinatorFactory(country="DE").user
    revision = RevisionFactory(country="PL")
    Claim.objects.create(event=revision.event, user=user, until=WEEKS_BEFORE + timedelta(minutes=9))
    campaign = CampaignFactory()
    people.go_on_holiday(campaign, other, Holiday(TODAY, TODAY, user), by=other)
    assert room.post(f"{PEOPLE}2027/{user.pk}/", {"do": "remove"})["Location"] == PEOPLE
    assert rows(user) == []
    assert not Claim.objects.exists()
    assert not revisions_of(user).exists()
    assert Coordinator.objects.get(user=other).cover is None
    assert room.get(f"{PEOPLE}2027/{user.pk}/").status_code == 404


@pytest.mark.parametrize("sent", [{"do": "remove"}, {"do": "change", "role": "coordinator", "countries": ["PL"]}])
def test_the_last_admin_stays(room, admin, sent):
    page = room.post(f"{PEOPLE}2027/{admin.pk}/", sent)
    assert page.status_code == 409
    assert "Make somebody else an admin first" in page.content.decode()
    assert rows(admin) == [("admin", "", [])]
    second = CoordinatorFactory(admin=True).user
    assert room.post(f"{PEOPLE}2027/{admin.pk}/", sent).status_code == 302
    assert rows(second) == [("admin", "", [])]


@pytest.mark.django_db(transaction=True)
def test_of_two_admins_who_remove_each_other_one_stays(admin):
    second = CoordinatorFactory(admin=True).user
    campaign = CampaignFactory()
    at_once(
        lambda: people.remove(campaign, second, by=admin),
        lambda: people.remove(campaign, admin, by=second),
    )
    assert Coordinator.objects.admins().count() == 1


def test_who_stands_in_decides_meanwhile_and_not_before_or_after(client, clock):
    user, cover = CoordinatorFactory(country="PL").user, CoordinatorFactory(country="DE").user
    revision = RevisionFactory(country="PL")
    log_in(client, user)
    first, last = TODAY + timedelta(days=2), TODAY + timedelta(days=3)
    sent = {"do": "holiday", "campaign": "2027", "first": first, "last": last, "cover": cover.email}
    assert client.post("/moderation/me/", sent)["Location"] == "/moderation/me/"
    seen = []
    for day in range(1, 5):
        clock.move_to(WEEKS_BEFORE + timedelta(days=day))
        seen.append(revision in revisions_of(cover))
    assert seen == [False, True, True, False]
    clock.move_to(WEEKS_BEFORE)
    assert "Somebody stands in" in client.get("/moderation/me/").content.decode()
    client.post("/moderation/me/", {"do": "back", "campaign": "2027"})
    assert Coordinator.objects.filter(away_from=None, cover=None).count() == 2


@pytest.mark.parametrize(
    ("first", "last", "cover", "said"),
    [
        ("2027-09-05", "2027-09-04", "", "comes before the first"),
        ("2027-08-01", "2027-08-02", "", "over already"),
        ("2027-09-05", "2027-09-06", "stranger@example.org", "Nobody with this address"),
        ("2027-09-05", "2027-09-06", "me@example.org", "Somebody else has to stand in"),
        ("", "2027-09-06", "", "required"),
    ],
)
def test_a_holiday_that_makes_no_sense_is_explained(client, first, last, cover, said):
    UserFactory(email="stranger@example.org")
    log_in(client, CoordinatorFactory(user=UserFactory(email="me@example.org")).user)
    sent = {"do": "holiday", "campaign": "2027", "first": first, "last": last, "cover": cover}
    page = client.post("/moderation/me/", sent)
    assert said in page.content.decode()
    assert not Coordinator.objects.exclude(away_from=None).exists()
