"""The day sheet: who reads and writes it, what stands on it, that nobody overwrites unseen, and when it is gone."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry, User
from events.actions import ChangedMeanwhile, record_change
from events.models import Event, EventChange, Organiser
from events.models.campaign import Disclosure
from organising import day_sheet
from organising.models import DaySheet
from organising.tasks import forget_day_sheets
from tests.at_once import at_once
from tests.factories import (
    WEEKS_BEFORE,
    CampaignTextFactory,
    EventFactory,
    OrganiserFactory,
    RevisionFactory,
    RightsCardFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
Role = Organiser.Role
TYPED = {
    "number": "0",
    "second_meeting_point": "Below the clock",
    "meeting_note": "Behind the fountain",
    "own_legal_number": "000 111",
    "timeline": "13:30 stewards meet\n14:00 start",
    "roles": "sound: M.\nfirst aid: K.",
    "emergency_plan": "Go to the church.",
}


@pytest.fixture
def event() -> Event:
    event = EventFactory(
        venue="Canaryplatz",
        address="Canaryweg 5",
        lat=Decimal("53.98765"),
        lon=Decimal("23.98765"),
        disclosure=Disclosure.FOLLOWERS,
        access_notes="Step-free from the north",
    )
    CampaignTextFactory(campaign=event.campaign)
    return event


def as_role(event: Event, role: str) -> Client:
    client = Client()
    client.force_login(OrganiserFactory(event=event, role=role).user)
    return client


@pytest.fixture
def owner(event: Event) -> Client:
    return as_role(event, Role.OWNER)


def path_of(event: Event, rest: str = "") -> str:
    return f"/organise/{event.public_id}/day-sheet/{rest}"


def read(client: Client, event: Event) -> str:
    response = client.get(path_of(event))
    assert response.status_code == 200
    return response.content.decode()


def test_what_was_written_is_read_by_all_roles(owner: Client, event: Event) -> None:
    assert owner.post(path_of(event, "edit/"), TYPED)["Location"] == path_of(event)
    for role in Role:
        page = read(as_role(event, role), event)
        for part in (
            "Monday 11 October 2027, 14:00–16:00",
            "local time in Warszawa (CEST)",
            "Canaryplatz",
            "Canaryweg 5",
            "geo:53.98765,23.98765",
            "Below the clock",
            "Behind the fountain",
            '<a class="facts__big" href="tel:000111" dir="ltr">000 111</a>',
            "13:30 stewards meet<br>14:00 start",
            "first aid: K.",
            "Go to the church.",
            "Step-free from the north",
            "This sheet is as of Wednesday 1 September, 14:00 CEST.",
            "Look at the live page before you leave",
            f"/en/protests/{event.public_id}/",
        ):
            assert part in page, part


def test_nothing_is_invented(owner: Client, event: Event) -> None:
    page = read(owner, event)
    for part in (
        "No checked number yet.",
        "No checked text yet: English, Polish",
        "Not set yet.",
        "Nothing written yet.",
    ):
        assert part in page
    assert "tel:" not in page


def test_cards_come_in_the_country_s_languages_and_the_reader_s_first(owner: Client, event: Event) -> None:
    RightsCardFactory(language="pl", text="Polish words", legal_number="000 222")
    RightsCardFactory(language="uk", text="Ukrainian words", legal_number="000 222", checked_on="2026-01-01")
    RightsCardFactory(country="DE", text="German words")
    page = read(owner, event)
    assert "No checked text yet: English." in page
    assert page.index("Polish words") < page.index("<details") < page.index("Ukrainian words")
    assert "this was checked more than a year ago" in page
    assert "German words" not in page
    assert page.count('facts__big" href="tel:000222"') == 1


def test_helpers_read_and_do_not_write(event: Event) -> None:
    helper = as_role(event, Role.HELPER)
    assert path_of(event, "edit/") not in read(helper, event)
    for response in (helper.get(path_of(event, "edit/")), helper.post(path_of(event, "edit/"), TYPED)):
        assert response.status_code == 403
    assert not DaySheet.objects.exists()


def test_strangers_and_removed_organisers_find_nothing(event: Event) -> None:
    stranger, removed = Client(), as_role(event, Role.CO_ORGANISER)
    stranger.force_login(UserFactory())
    Organiser.objects.filter(event=event).delete()
    for client in (stranger, removed):
        for rest in ("", "edit/"):
            assert client.get(path_of(event, rest)).status_code == 404
        assert client.get(f"/organise/{event.public_id}/day-sheet.pdf").status_code == 404
        assert client.post(path_of(event, "edit/"), TYPED).status_code == 404
    assert "/login/" in Client().get(path_of(event))["Location"]


def test_reading_takes_no_post_and_the_page_is_kept_by_no_cache(owner: Client, event: Event) -> None:
    assert owner.post(path_of(event)).status_code == 405
    response = owner.get(path_of(event))
    assert response["Cache-Control"] == "private, no-store"
    gone = dt.datetime.fromtimestamp(int(response["Day-Sheet-Until"]), dt.UTC)
    assert gone == dt.datetime(2027, 10, 27, 21, 59, 59, tzinfo=dt.UTC)
    assert "csrfmiddlewaretoken" not in response.content.decode()


def test_the_same_words_twice_are_one_version(owner: Client, event: Event) -> None:
    for _n in range(2):
        assert owner.post(path_of(event, "edit/"), TYPED).status_code == 302
    assert DaySheet.objects.get().number == 1
    entry = AuditEntry.objects.get(verb="day sheet changed")
    assert entry.codes == {"number": 1}


def test_nobody_overwrites_what_they_have_not_seen(owner: Client, event: Event) -> None:
    owner.post(path_of(event, "edit/"), TYPED)
    other = as_role(event, Role.CO_ORGANISER)
    mine = {**TYPED, "roles": "mine"}
    response = other.post(path_of(event, "edit/"), mine)
    page = response.content.decode()
    assert response.status_code == 409
    for part in ("Somebody else saved this sheet", "sound: M.", "mine</textarea>", 'value="1" id="id_number"'):
        assert part in page, part
    # What is the same on both sides is shown once.
    assert page.count("Go to the church.") == 1
    assert DaySheet.objects.get().roles == TYPED["roles"]
    assert other.post(path_of(event, "edit/"), {**mine, "number": "1"}).status_code == 302
    assert DaySheet.objects.get().roles == "mine"


def test_wrong_input_is_refused_and_kept(owner: Client, event: Event) -> None:
    for change in ({"own_legal_number": "ask Anna"}, {"number": "x"}, {"number": str(2**40)}, {"roles": "x" * 2001}):
        response = owner.post(path_of(event, "edit/"), {**TYPED, **change})
        assert response.status_code == 200
        assert "Go to the church." in response.content.decode()
    assert not DaySheet.objects.exists()
    owner.post(path_of(event, "edit/"), {**TYPED, "roles": "a\x00\u202eb <script>alert(1)</script>"})
    assert DaySheet.objects.get().roles == "ab <script>alert(1)</script>"
    assert "<script>alert" not in read(owner, event)


def test_a_closed_edition_takes_no_changes_and_loses_nothing_typed(owner: Client, event: Event) -> None:
    event.campaign.state = "closed"
    event.campaign.save()
    response = owner.post(path_of(event, "edit/"), TYPED)
    assert response.status_code == 409
    assert "Go to the church." in response.content.decode()
    assert not DaySheet.objects.exists()
    assert path_of(event, "edit/") not in read(owner, event)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (Event.State.CANCELLED, "Storm"),
        (Event.State.HIDDEN, "Hidden by the moderators"),
        (Event.State.SUBMITTED, "Not public yet"),
        (Event.State.WITHDRAWN, "Withdrawn"),
    ],
)
def test_the_state_of_the_protest_cannot_be_missed(state: str, said: str) -> None:
    event = EventFactory(state=state, cancel_reason="Storm" if state == Event.State.CANCELLED else "")
    assert said in read(as_role(event, Role.HELPER), event)


def test_a_move_and_a_change_that_waits_are_told(owner: Client, event: Event) -> None:
    before = {"day": "2027-10-11", "start_time": "13:00"}
    record_change(event, EventChange.Kind.MOVED, at=WEEKS_BEFORE, before=before)
    RevisionFactory(event=event, number=2)
    page = read(owner, event)
    assert "The start moved: 14:00 instead of 13:00." in page
    assert "waits for a decision" in page


def test_what_was_written_lies_sealed(owner: Client, event: Event) -> None:
    owner.post(path_of(event, "edit/"), TYPED)
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM organising_daysheet t")
        row = cursor.fetchone()[0]
    assert [value for name, value in TYPED.items() if name != "number" and value in row] == []


@pytest.mark.parametrize(("day", "is_there"), [("2027-10-27", True), ("2027-10-28", False)])
def test_two_weeks_after_the_edition_it_is_gone(
    owner: Client, event: Event, clock: Any, day: str, is_there: bool
) -> None:
    owner.post(path_of(event, "edit/"), TYPED)
    user = User.objects.get()
    clock.move_to(dt.datetime.fromisoformat(f"{day}T12:00:00+00:00"))
    owner.force_login(user)
    forget_day_sheets()
    assert DaySheet.objects.exists() == is_there
    assert (owner.get(path_of(event)).status_code == 200) == is_there


def test_the_dashboard_learns_what_is_ready_in_one_query(
    owner: Client, event: Event, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    owner.post(path_of(event, "edit/"), TYPED)
    half, empty = EventFactory(), EventFactory()
    DaySheet.objects.create(event=half, second_meeting_point="Clock")
    with django_assert_num_queries(1):
        assert day_sheet.is_ready([event, half, empty]) == {event.pk: True, half.pk: False, empty.pk: False}


def test_reading_takes_the_same_queries_however_many_cards(
    owner: Client, event: Event, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for language in ("pl", "uk", "en"):
        RightsCardFactory(language=language)
        with django_assert_num_queries(8):
            read(owner, event)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_at_once_one_is_told() -> None:
    event = EventFactory()
    people = [OrganiserFactory(event=event).user for _n in range(2)]

    def save(user: User) -> None:
        day_sheet.save_day_sheet(event, dict.fromkeys(DaySheet.WORDS, str(user.pk)), seen=0, by=user)

    results = at_once(*[lambda user=user: save(user) for user in people])
    told = [one for one in results if isinstance(one, ChangedMeanwhile)]
    assert (len(told), DaySheet.objects.get().number) == (1, 1)
