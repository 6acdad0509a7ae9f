"""Drafts: written down, copied from a protest, sent once; nobody else sees them."""

import uuid
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from events.actions import Refused
from events.models import Campaign, Event, Registration, Revision
from organising import forgetting
from organising.actions import drafting
from organising.models import Draft, Import, ImportedRow
from tests.at_once import at_once
from tests.factories import (
    CampaignCountryFactory,
    CampaignFactory,
    CityFactory,
    DraftFactory,
    EventFactory,
    OrganiserFactory,
    PictureFactory,
    UserFactory,
)
from tests.log_in import logged_in
from tests.organising.protests.editing import filled, in_state

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
KEY = uuid.UUID(int=7)


@pytest.fixture
def owner() -> User:
    CampaignCountryFactory(campaign=CampaignFactory())
    CityFactory()
    return UserFactory(email="owner@example.org")


@pytest.fixture
def event(owner: User) -> Event:
    return in_state("published", Revision.State.APPROVED, owner)


def page_of(draft: Draft) -> str:
    return f"/organise/drafts/{draft.key}/"


def test_a_protest_is_copied_into_a_draft_once_for_each_page(event: Event, owner: User) -> None:
    Event.objects.filter(pk=event.pk).update(
        picture=PictureFactory(), picture_alt="A banner", publish_at=timezone.now()
    )
    client = logged_in(owner)
    key = client.get(f"/organise/{event.public_id}/").context["new_key"]
    for _ in range(2):
        answer = client.post(f"/organise/{event.public_id}/duplicate/", {"key": str(key)})
        assert answer.url == f"/organise/drafts/{key}/"
    draft = Draft.objects.get()
    assert (draft.title, draft.day, draft.city) == ("March for freedom of movement", "2027-10-11", "Warszawa")
    assert draft.first("venue") == "Plac Zamkowy"
    assert not {"picture_name", "picture_alt", "publish_day", "contact_email", "email"} & set(draft.typed)
    assert Event.objects.count() == 1
    assert b"Plac Zamkowy" not in _stored(draft)


def _stored(draft: Draft) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT answers FROM organising_draft WHERE id = %s", [draft.pk])
        return str(cursor.fetchone()[0]).encode()


def test_a_protest_of_an_earlier_edition_is_copied_without_its_day(owner: User) -> None:
    old = CampaignFactory(slug="2026", state="archived", actions_from="2026-10-11", actions_to="2026-10-13")
    event = EventFactory(campaign=old, day=date(2026, 10, 11))
    OrganiserFactory(event=event, user=owner)
    client = logged_in(owner)
    page = client.post(f"/organise/{event.public_id}/duplicate/", follow=True)
    draft = Draft.objects.get()
    assert (draft.campaign.slug, draft.day, draft.first("start_time")) == ("2027", "", "14:00")
    assert page.context["form"]["title"].value() == event.title
    sent = client.post(page_of(draft), draft.typed)
    assert sent.context["form"].errors.keys() == {"day"}


def test_without_an_open_edition_nothing_is_copied(event: Event, owner: User) -> None:
    Campaign.objects.update(state=Campaign.State.CLOSED)
    page = logged_in(owner).post(f"/organise/{event.public_id}/duplicate/")
    assert (page.status_code, Draft.objects.count()) == (409, 0)
    assert "No edition takes new protests" in page.content.decode()


def test_a_draft_keeps_whatever_was_typed(owner: User) -> None:
    draft = DraftFactory(user=owner)
    client = logged_in(owner)
    typed = {"title": "Half <a> title", "start_time": "25", "spoken_languages": ["pl", "uk"], "save": "1", "x": "y"}
    assert client.post(page_of(draft), typed).url == "/organise/"
    form = client.get(page_of(draft)).context["form"]
    assert (form["title"].value(), form["start_time"].value()) == ("Half <a> title", "25")
    assert form["spoken_languages"].value() == ["pl", "uk"]
    assert "x" not in Draft.objects.get().typed
    assert "Half &lt;a&gt; title" in client.get("/organise/").content.decode()


def test_a_draft_is_sent_once(event: Event, owner: User) -> None:
    draft = DraftFactory(user=owner)
    client = logged_in(owner)
    for _ in range(2):
        answer = client.post(page_of(draft), filled(event, title="From a draft", note="Why"))
        assert answer.url == f"/en/register/{draft.key}/"
        assert client.get(answer.url).status_code == 200
    revision = Revision.objects.get(title="From a draft")
    assert (revision.author, revision.note_to_moderators, revision.state) == (owner, "Why", "pending")
    assert revision.contact_email == owner.email
    assert revision.event.organisers.get().user == owner
    assert (Draft.objects.count(), Registration.objects.count()) == (0, 1)
    with pytest.raises(Refused, match="sent already"):
        drafting.keep_draft(draft.key, {}, event.campaign, by=owner)


def test_what_is_wrong_in_a_draft_is_said_and_nothing_lost(owner: User) -> None:
    draft = DraftFactory(user=owner)
    page = logged_in(owner).post(page_of(draft), {"title": "Keep <me>"})
    assert "description" in page.context["form"].errors
    assert 'value="Keep &lt;me&gt;"' in page.content.decode()
    assert (Draft.objects.count(), Event.objects.count()) == (1, 0)


def test_the_form_of_the_registration_is_kept_as_a_draft(owner: User) -> None:
    client = logged_in(owner)
    text = client.get("/en/register/").content.decode()
    assert 'formaction="/organise/drafts/"' in text
    assert 'formaction="/organise/drafts/"' not in Client().get("/en/register/").content.decode()
    for title in ("First", "Second"):
        answer = client.post("/organise/drafts/", {"key": str(KEY), "title": title})
        assert answer.url == f"/organise/drafts/{KEY}/"
    assert Draft.objects.get().title == "Second"


def test_a_draft_is_deleted_and_its_row_may_come_again(owner: User) -> None:
    draft = DraftFactory(user=owner)
    ImportedRow.objects.create(user=owner, campaign=draft.campaign, fingerprint=b"x", draft=draft)
    client = logged_in(owner)
    assert client.get(f"{page_of(draft)}delete/").status_code == 200
    assert Draft.objects.count() == 1
    assert client.post(f"{page_of(draft)}delete/").url == "/organise/"
    assert client.post(f"{page_of(draft)}delete/").status_code == 404
    assert (Draft.objects.count(), ImportedRow.objects.count()) == (0, 0)


@pytest.mark.parametrize("path", ["", "delete/"])
def test_a_draft_of_others_does_not_exist(owner: User, path: str) -> None:
    draft = DraftFactory(user=owner)
    stranger = logged_in(UserFactory())
    for answer in (stranger.get(page_of(draft) + path), stranger.post(page_of(draft) + path, {"save": "1"})):
        assert answer.status_code == 404
    assert Client().post(page_of(draft) + path).status_code == 302
    with pytest.raises(Refused):
        drafting.keep_draft(draft.key, {}, draft.campaign, by=UserFactory())
    assert Draft.objects.get().typed == draft.typed


def test_only_those_who_run_a_protest_copy_it(event: Event) -> None:
    page = f"/organise/{event.public_id}/duplicate/"
    helper = OrganiserFactory(event=event, role="helper").user
    assert logged_in(helper).post(page).status_code == 403
    assert logged_in(UserFactory()).post(page).status_code == 404
    assert logged_in(event.organisers.get(role="owner").user).get(page).status_code == 405
    assert Draft.objects.count() == 0


def test_nobody_fills_the_database_with_one_draft(owner: User) -> None:
    page = logged_in(owner).post("/organise/drafts/", {"title": "Long", "description": "canary " * 10_000})
    assert page.status_code == 409
    assert "This is too long for a draft." in page.content.decode()
    assert page.content.decode().count("canary") == 10_000
    assert Draft.objects.count() == 0


def test_nobody_keeps_drafts_without_end(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafting, "MOST_DRAFTS", 2)
    DraftFactory.create_batch(2, user=owner)
    answer = logged_in(owner).post("/organise/drafts/", {"key": str(KEY), "title": "Typed for an hour"})
    assert answer.status_code == 409
    assert "Typed for an hour" in answer.content.decode()
    assert Draft.objects.count() == 2


def test_drafts_die_two_weeks_after_the_edition(owner: User) -> None:
    draft = DraftFactory(user=owner)
    ImportedRow.objects.create(user=owner, campaign=draft.campaign, fingerprint=b"x")
    end = timezone.now().replace(month=10, day=27)
    forgetting.forget(end)
    assert Draft.objects.count() == 1
    forgetting.forget(end + timedelta(days=1))
    assert (Draft.objects.count(), ImportedRow.objects.count()) == (0, 0)


def test_what_a_file_held_is_forgotten_after_an_hour(owner: User) -> None:
    found = drafting.keep_import([], CampaignFactory(), by=owner)
    forgetting.forget(found.expires_at - timedelta(seconds=1))
    assert Import.objects.count() == 1
    forgetting.forget(found.expires_at)
    assert Import.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_draft_that_is_sent_twice_at_once_is_one_protest() -> None:
    owner = UserFactory(email="owner@example.org")
    CampaignCountryFactory(campaign=CampaignFactory())
    details = EventFactory().details()
    draft = DraftFactory(user=owner)

    def send() -> None:
        drafting.send_draft(draft, details, note="", publish_at=None, language="en", by=owner)

    at_once(send, send, send)
    assert (Revision.objects.count(), Draft.objects.count()) == (1, 0)
