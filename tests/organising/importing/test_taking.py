"""From a file to drafts."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import User
from events.models import Campaign, Event, Revision
from organising.actions import drafting
from organising.models import Draft, Import, ImportedRow
from tests.factories import UserFactory
from tests.log_in import logged_in
from tests.organising.importing.files import EXAMPLE, looked_at, row, table, upload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_limits")]


def test_the_example_can_be_taken_as_it_is(owner: User) -> None:
    rows = looked_at(EXAMPLE, owner)
    assert [(row.verdict, row.reasons) for row in rows] == [("new", []), ("new", [])]
    assert rows[0].answers["country"] == ["PL"]
    assert rows[0].answers["spoken_languages"] == ["pl", "en"]


def test_looking_through_a_file_keeps_no_protest(owner: User) -> None:
    page = upload(logged_in(owner), table(row(), row("Sh"), row("Another march", day="2027-10-20")))
    text = page.content.decode()
    assert (Draft.objects.count(), Event.objects.count(), Import.objects.count()) == (0, 0, 1)
    assert "1 row can be taken." in text
    assert "2 rows cannot." in text
    assert "This title is too short." in text
    assert "The Day of Action takes protests from 11 October 2027 to 13 October 2027." in text


def test_what_was_looked_through_lies_sealed(owner: User) -> None:
    upload(logged_in(owner), table(row("Canary march")))
    with connection.cursor() as cursor:
        cursor.execute("SELECT rows FROM organising_import")
        assert "Canary" not in cursor.fetchone()[0]


def test_rows_become_drafts_once(owner: User) -> None:
    client = logged_in(owner)
    page = upload(client, table(row(), row("Another march")))
    address = page.redirect_chain[-1][0]
    for _ in range(2):
        assert client.post(address).url == "/organise/"
    assert sorted(draft.title for draft in Draft.objects.all()) == ["A march in Warszawa", "Another march"]
    assert "These were taken." in client.get(address).content.decode()
    draft = Draft.objects.get(pk=Draft.objects.first().pk)
    form = client.get(f"/organise/drafts/{draft.key}/").context["form"]
    assert form["venue"].value() == "Plac Zamkowy"
    again = upload(client, table(row(), row("A third march")))
    assert [r["verdict"] for r in again.context["rows"]] == ["before", "new"]


def test_rows_are_sent_and_a_flood_waits_apart(owner: User) -> None:
    client = logged_in(owner)
    page = upload(client, table(*(row(f"March number {n}") for n in range(12))))
    client.post(page.redirect_chain[-1][0], {"send": "1"})
    revisions = Revision.objects.order_by("pk")
    assert [revision.quarantine for revision in revisions] == [""] * 10 + ["flood"] * 2
    assert all(revision.author == owner and revision.is_pending for revision in revisions)
    assert Draft.objects.count() == 0


def test_too_many_are_not_sent_at_once(owner: User) -> None:
    client = logged_in(owner)
    page = upload(client, table(*(row(f"March number {n}") for n in range(drafting.MOST_SENT + 1))))
    assert 'name="send"' not in page.content.decode()
    answer = client.post(page.redirect_chain[-1][0], {"send": "1"})
    assert (answer.status_code, Event.objects.count(), ImportedRow.objects.count()) == (409, 0, 0)


def test_a_closed_edition_takes_nothing(owner: User) -> None:
    client = logged_in(owner)
    page = upload(client, table(row()))
    Campaign.objects.update(state=Campaign.State.CLOSED)
    answer = client.post(page.redirect_chain[-1][0])
    assert (answer.status_code, Draft.objects.count()) == (409, 0)
    assert "No edition takes new protests" in client.get("/organise/import/").content.decode()


def test_one_row_that_became_impossible_stops_all(owner: User, clock: Any) -> None:
    clock.move_to("2027-10-11T11:30:00+00:00")
    client = logged_in(owner)
    page = upload(client, table(row(), row("Another march", day="2027-10-12")))
    clock.shift(timedelta(minutes=40))
    answer = client.post(page.redirect_chain[-1][0])
    assert (answer.status_code, Draft.objects.count()) == (409, 0)
    assert "Row 2 cannot be taken any more, so nothing was taken." in answer.content.decode()


def test_after_an_hour_it_has_to_be_chosen_again(owner: User, clock: Any) -> None:
    client = logged_in(owner)
    address = upload(client, table(row())).redirect_chain[-1][0]
    clock.shift(timedelta(hours=1))
    answer = client.post(address)
    assert (answer.status_code, Draft.objects.count()) == (409, 0)
    assert "more than an hour ago" in answer.content.decode()


def test_what_others_looked_through_does_not_exist(owner: User) -> None:
    address = upload(logged_in(owner), table(row())).redirect_chain[-1][0]
    stranger = logged_in(UserFactory())
    assert stranger.get(address).status_code == 404
    assert stranger.post(address).status_code == 404
    assert Client().post(address).status_code == 302
    assert Draft.objects.count() == 0
