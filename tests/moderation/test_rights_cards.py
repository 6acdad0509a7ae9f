"""Rights cards: who writes them, that nothing is overwritten unseen, and what the public sees."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry, User
from events.actions import ChangedMeanwhile
from events.models import Campaign, RightsCard, RightsCardVersion, SiteStamp
from moderation import rights_cards
from tests.at_once import at_once
from tests.factories import (
    WEEKS_BEFORE,
    CampaignCountryFactory,
    CampaignFactory,
    CoordinatorFactory,
    RightsCardFactory,
    UserFactory,
)
from tests.log_in import log_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
CARDS = "/moderation/cards/"
CARD = f"{CARDS}pl/en/"
PUBLIC = "/en/countries/pl/card/"
TYPED = {
    "number": "0",
    "text": "A **text** to try with.",
    "legal_number": "000 000",
    "legal_number_note": "Nobody answers",
    "source": "https://example.org/card",
    "checked_on": "2027-08-30",
}


@pytest.fixture
def coordinator() -> User:
    CampaignCountryFactory(country="PL")
    CampaignCountryFactory(country="DE", timezone="Europe/Berlin")
    return CoordinatorFactory().user


@pytest.fixture
def room(client: Client, coordinator: User) -> Client:
    log_in(client, coordinator)
    return client


def read(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_nothing_stands_on_a_card_before_somebody_has_checked_a_text(client: Client) -> None:
    page = read(client, PUBLIC)
    assert "No checked text yet." in page
    assert "tel:" not in page


def test_a_card_is_public_as_soon_as_it_is_saved(room: Client, coordinator: User) -> None:
    before = SiteStamp.objects.current()
    assert room.post(CARD, TYPED)["Location"] == f"{CARDS}pl/"
    assert SiteStamp.objects.current() > before
    page = read(Client(), PUBLIC)
    for part in (
        "A <strong>text</strong> to try with.",
        '<a href="tel:000000" dir="ltr">000 000</a>',
        "Nobody answers",
        "Checked on 30 August 2027.",
        'href="https://example.org/card"',
    ):
        assert part in page
    card, version = RightsCard.objects.get(), RightsCardVersion.objects.get()
    assert card.words() == version.words()
    assert card.editor_id == coordinator.actor_id
    entry = AuditEntry.objects.latest("pk")
    assert (entry.verb, entry.codes) == ("rights card changed", {"country": "PL", "language": "en", "number": 1})


def test_a_card_is_shown_in_the_reader_s_language_and_others_are_named(client: Client) -> None:
    RightsCardFactory(text="English words")
    RightsCardFactory(language="ar", text="كلمات")
    page = read(client, PUBLIC)
    assert "English words" in page
    assert "كلمات" not in page
    assert f'{PUBLIC}?text=ar" lang="ar"' in page
    assert "كلمات" in read(client, f"{PUBLIC}?text=ar")
    assert "No checked text yet." in read(client, f"{PUBLIC}?text=fr")
    assert client.get(f"{PUBLIC}?text=nonsense")["Location"] == PUBLIC


@pytest.mark.parametrize(("checked_on", "is_old"), [("2026-09-01", False), ("2026-08-31", True)])
def test_a_card_checked_more_than_a_year_ago_carries_a_warning(client: Client, checked_on: str, is_old: bool) -> None:
    RightsCardFactory(checked_on=checked_on)
    assert ("this was checked more than a year ago" in read(client, PUBLIC)) == is_old


def test_every_change_needs_source_and_day_of_checking_anew(room: Client) -> None:
    room.post(CARD, TYPED)
    page = read(room, CARD)
    assert 'name="source" value' not in page
    assert 'name="checked_on" value' not in page
    wrong = [
        {"source": ""},
        {"checked_on": ""},
        {"checked_on": "2027-09-03"},
        {"checked_on": "2026-08-01"},
        {"checked_on": "9999-12-31"},
        {"text": "", "legal_number": ""},
        {"legal_number": "call Anna"},
        {"number": "x"},
        {"number": str(2**40)},
        {"text": "x" * 1501},
    ]
    for change in wrong:
        response = room.post(CARD, {**TYPED, "number": "1", "text": "Something else.", **change})
        assert response.status_code == 200
        assert 'role="alert"' in response.content.decode(), change
    assert RightsCardVersion.objects.count() == 1


def test_controls_are_dropped_and_markup_is_harmless(room: Client) -> None:
    room.post(CARD, {**TYPED, "text": "a\x00b<script>alert(1)</script>", "source": "javascript:alert(1)"})
    page = read(Client(), PUBLIC)
    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    assert RightsCard.objects.get().text.startswith("ab")


def test_the_same_words_sent_twice_are_one_version(room: Client) -> None:
    for _n in range(2):
        assert room.post(CARD, TYPED).status_code == 302
    assert RightsCardVersion.objects.count() == 1


def test_nobody_overwrites_what_they_have_not_seen(room: Client) -> None:
    room.post(CARD, TYPED)
    mine = {**TYPED, "text": "Mine", "source": "Another source"}
    response = room.post(CARD, mine)
    page = response.content.decode()
    assert response.status_code == 409
    for part in (
        "Somebody else saved",
        "A **text** to try with.",
        "Mine",
        "Another source",
        'value="1" id="id_number"',
    ):
        assert part in page
    assert RightsCard.objects.get().text == TYPED["text"]
    assert room.post(CARD, {**mine, "number": "1"}).status_code == 302
    assert RightsCard.objects.get().text == "Mine"
    assert list(RightsCardVersion.objects.order_by("number").values_list("text", flat=True)) == [TYPED["text"], "Mine"]


def test_a_card_taken_back_shows_nothing_and_its_versions_stay(room: Client) -> None:
    room.post(CARD, TYPED)
    for _n in range(2):
        assert room.post(CARD, {"do": "take_back"}).status_code == 302
    assert "No checked text yet." in read(Client(), PUBLIC)
    assert RightsCardVersion.objects.count() == 2
    assert room.post(CARD, {**TYPED, "number": "2"}).status_code == 302


@pytest.mark.parametrize("statement", ["UPDATE {} SET text = 'x'", "DELETE FROM {}"])
def test_old_versions_are_never_rewritten(room: Client, statement: str) -> None:
    room.post(CARD, TYPED)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format("events_rightscardversion"))


def test_coordinators_write_the_cards_of_their_countries_alone(room: Client) -> None:
    assert "Germany" not in read(room, CARDS)
    for path in (f"{CARDS}de/", f"{CARDS}de/en/", f"{CARDS}zz/", f"{CARDS}pl/zz/"):
        assert room.get(path).status_code == 404
        assert room.post(path, TYPED).status_code in {404, 405}
    assert not RightsCard.objects.exists()


def test_coordinators_of_an_archived_edition_write_no_cards(room: Client) -> None:
    CampaignFactory()
    Campaign.objects.update(state=Campaign.State.ARCHIVED)
    assert room.get(CARD).status_code == 404


def test_others_find_no_cards_to_write(client: Client, coordinator: User) -> None:
    client.force_login(UserFactory())
    assert [client.get(path).status_code for path in (CARDS, f"{CARDS}pl/", CARD)] == [404, 404, 404]


def test_the_list_takes_as_many_queries_for_many_cards_as_for_one(
    room: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for language in ("uk", "de", "fr"):
        RightsCardFactory(language=language)
        with django_assert_num_queries(5):
            read(room, CARDS)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_at_once_one_is_told() -> None:
    people = [UserFactory(), UserFactory()]
    words = {"legal_number": "", "legal_number_note": "", "source": "A source", "checked_on": WEEKS_BEFORE.date()}
    results = at_once(
        *[
            lambda by=by: rights_cards.save_card("PL", "en", {**words, "text": str(by.pk)}, seen=0, by=by)
            for by in people
        ]
    )
    told = [one for one in results if isinstance(one, ChangedMeanwhile)]
    assert len(told) == 1
    assert RightsCardVersion.objects.count() == 1
