"""The table of all decisions: who gets it, what is in it, and that no spreadsheet works anything out of it."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from events.models import Decision, DecisionReason, Event
from moderation import export
from tests.factories import CampaignFactory, CoordinatorFactory, EventFactory, RevisionFactory, UserFactory
from tests.log_in import log_in

NOW = datetime(2027, 9, 1, 12, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("september")]


@pytest.fixture
def september():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def admin() -> User:
    return CoordinatorFactory(admin=True).user


def signed_in(user: User) -> Client:
    client = Client()
    log_in(client, user)
    return client


def decided(event: Event, *, at: datetime = NOW, reason: str = "", **values: Any) -> Decision:
    values = {"verb": Decision.Verb.APPROVE, "actor_id": UserFactory().actor_id, **values}
    decision = Decision.objects.create(at=at, event=event, **values)
    if reason:
        DecisionReason.objects.create(decision=decision, text=reason)
    return decision


def table(user: User, query: str = "") -> list[dict[str, str]]:
    response = signed_in(user).get(f"/moderation/decisions.csv{query}")
    assert response.status_code == 200
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_decision_is_one_row_with_all_that_is_kept(admin: User) -> None:
    revision = RevisionFactory(event=EventFactory(state="published"), number=3)
    other = EventFactory()
    first = decided(revision.event, revision=revision, other=other, reason="Which square,\nplease?")
    undo = decided(revision.event, verb=Decision.Verb.UNDO, undoes=first)
    assert table(admin) == [
        {
            "number": str(first.pk),
            "time": "2027-09-01T12:00:00+00:00",
            "verb": "approve",
            "moderator": str(first.actor_id),
            "protest": revision.event.public_id,
            "title": "March for freedom of movement",
            "country": "PL",
            "version": "3",
            "merged_into": other.public_id,
            "reason": "Which square,\nplease?",
            "undoes": "",
            "undone_by": str(undo.pk),
        },
        {
            **dict.fromkeys(export.HEAD, ""),
            "number": str(undo.pk),
            "time": "2027-09-01T12:00:00+00:00",
            "verb": "undo",
            "moderator": str(undo.actor_id),
            "protest": revision.event.public_id,
            "title": "March for freedom of movement",
            "country": "PL",
            "undoes": str(first.pk),
        },
    ]


def test_days_and_edition_narrow_it(admin: User) -> None:
    event = EventFactory()
    elsewhere = EventFactory(campaign=CampaignFactory(slug="2026", state="closed"))
    for day in (1, 2, 3):
        decided(event, at=datetime(2027, 8, day, 23, 59, tzinfo=UTC))
    decided(elsewhere)
    assert len(table(admin)) == 3
    assert [row["time"][:10] for row in table(admin, "?since=2027-08-02&until=2027-08-02")] == ["2027-08-02"]
    assert len(table(admin, "?campaign=2027&until=2027-08-02")) == 2
    superuser = UserFactory(is_superuser=True)
    assert [row["protest"] for row in table(superuser, "?campaign=2026")] == [elsewhere.public_id]


def test_a_table_without_rows_has_its_head(admin: User) -> None:
    response = signed_in(admin).get("/moderation/decisions.csv")
    text = b"".join(response.streaming_content)
    assert text.startswith(b'\xef\xbb\xbf"number"')
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="decisions-2027.csv"'
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("query", ["?since=yesterday", "?campaign=1999", "?until=2027-13-01", "?campaign=%00"])
def test_a_wrong_question_is_answered_with_the_form(admin: User, query: str) -> None:
    response = signed_in(admin).get(f"/moderation/decisions.csv{query}")
    assert response.status_code == 400
    assert 'class="error"' in response.content.decode()


def test_only_those_who_run_an_edition_get_it(admin: User) -> None:
    country = CoordinatorFactory(country="PL").user
    everything = CoordinatorFactory(country="").user
    for user in (country, everything):
        assert signed_in(user).get("/moderation/decisions.csv").status_code == 404
        assert "decisions.csv" not in signed_in(user).get("/moderation/overview/").content.decode()
    assert "decisions.csv" in signed_in(admin).get("/moderation/overview/").content.decode()


FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    '"=1',
    "'=1",
    "“=1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "\u200b=1",
    "=cmd|' /C calc'!A0",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_nothing_that_a_spreadsheet_could_work_out_stays_bare(text: str) -> None:
    assert export.cell(text).startswith("'")


@pytest.mark.parametrize("text", ["", "Marsz = wolność", "Площа 1+1", "a@example.org", "3 - 4", "مسيرة"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert export.cell(text) == text


@given(st.text(max_size=40))
def test_no_cell_begins_like_a_formula(text: str) -> None:
    written = export.cell(text)
    assert written.lstrip()[:1] not in set("=+-@＝＋－＠")
    assert not written or written[0] not in "\t\r\n"


def test_a_formula_in_a_title_and_a_reason_is_guarded(admin: User) -> None:
    decided(EventFactory(title="=HYPERLINK(A1)"), reason="@here\x07")
    (row,) = table(admin)
    assert (row["title"], row["reason"]) == ("'=HYPERLINK(A1)", "'@here")


def test_it_takes_as_many_queries_however_long_it_is(admin: User, django_assert_num_queries: Any) -> None:
    event = EventFactory()
    for _ in range(7):
        decided(event, reason="No")
    campaign = CampaignFactory()
    with django_assert_num_queries(1):
        assert len(list(export.decisions_of(campaign, since=None, until=None))) == 7


@pytest.mark.parametrize("query", ["?until=9999-12-31", "?since=9999-12-31", "?since=0001-01-01&until=0001-01-01"])
def test_days_at_the_ends_of_time_are_days(admin: User, query: str) -> None:
    decided(EventFactory())
    assert len(table(admin, query)) in {0, 1}
