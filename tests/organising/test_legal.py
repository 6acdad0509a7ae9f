"""The notice of a protest: who sees what, what is recorded, who is reminded when."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client

from accounts.models import AuditEntry
from events import country_rules
from events.legal_clock import Answer
from events.models import CountryRule, Event, Organiser
from organising import legal
from organising.models import LegalRecord, NoticeDeadline
from outbox import letters
from outbox.models import Delivery
from tests.factories import (
    FIRST_DAY,
    WEEKS_BEFORE,
    CampaignFactory,
    CityFactory,
    EventFactory,
    OrganiserFactory,
    RevisionFactory,
    UserFactory,
)
from tests.reminders.wall import is_quiet

pytestmark = pytest.mark.django_db
WARSAW = ZoneInfo("Europe/Warsaw")
# The last minute of a Polish protest on 11 October: 6 days before.
DUE = dt.datetime(2027, 10, 5, 23, 59, tzinfo=WARSAW)
CANARY = "Aktenzeichen-Kanarienvogel-77"


@pytest.fixture(autouse=True)
def _rules():
    with time_machine.travel(WEEKS_BEFORE, tick=False):
        country_rules.load()
        yield


def owned(**values: Any) -> tuple[Event, Organiser]:
    event = EventFactory(**values)
    return event, OrganiserFactory(event=event)


def elsewhere(country: str, zone: str) -> dict[str, Any]:
    city = CityFactory(geoname_id=hash(country) % 10**6 + 1, country=country, name=country, slug=country.lower())
    return {"country": country, "city": city, "timezone": zone}


def at(text: str, zone: ZoneInfo = WARSAW) -> dt.datetime:
    """“10-11 09:00” of 2027 on the clocks of *zone*."""
    return dt.datetime.strptime(f"2027-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=zone)


def go_through(first: dt.datetime, last: dt.datetime, every: dt.timedelta = dt.timedelta(hours=1)) -> None:
    """Do what beat does, from one moment to another."""
    while first <= last:
        with time_machine.travel(first, tick=False):
            legal.work_out(first)
            legal.remind(first)
        first += every


def reminded(zone: ZoneInfo = WARSAW) -> list[str]:
    rows = Delivery.objects.filter(letter="notice_due").order_by("not_before", "pk")
    return [f"{row.not_before.astimezone(zone):%m-%d %H:%M}" for row in rows]


def page_of(user, event: Event) -> str:
    client = Client()
    client.force_login(user)
    return client.get(f"/organise/{event.public_id}/rules/").content.decode()


def test_the_page_says_by_when_with_source_day_and_confidence_and_is_no_advice():
    event, organiser = owned()
    text = page_of(organiser.user, event)
    for said in (
        "The notice is due by",
        "Tuesday 5 October 2027, 23:59",
        "34 days left",
        "At the latest 6 days before the day of the protest",
        "Not before Saturday 11 September 2027.",
        "It is too early today.",
        "A shorter way, until Saturday 9 October 2027, 23:59 (CEST):",
        "commune crisis centre",
        "commune office (organ gminy)",
        "Prawo o zgromadzeniach art. 7 and 22",
        "24 November 2026",
        "high: there is little doubt about it",
        "This is not legal advice: ask a local lawyer.",
    ):
        assert said in text


def test_a_passed_deadline_is_said_to_have_passed():
    event, organiser = owned()
    with time_machine.travel(DUE + dt.timedelta(minutes=1), tick=False):
        text = page_of(organiser.user, event)
    assert "The notice was due by" in text
    assert "This moment has passed." in text
    assert "left</span>" not in text


def test_where_nothing_is_checked_the_page_says_so():
    event, organiser = owned(**elsewhere("IT", "Europe/Rome"))
    text = page_of(organiser.user, event)
    assert "Nothing checked is known here yet." in text
    assert "This is not legal advice: ask a local lawyer." in text


def test_before_it_is_public_a_german_protest_has_no_hour_to_name():
    berlin = elsewhere("DE", "Europe/Berlin")
    revision = RevisionFactory(event=EventFactory(state="submitted", **berlin), **berlin)
    organiser = OrganiserFactory(event=revision.event)
    text = page_of(organiser.user, revision.event)
    assert "Before it goes public: the time counts from the public announcement." in text
    assert "At the latest 48 hours before the public announcement." in text
    assert legal.next_deadlines([revision.event])[revision.event.pk].answer == Answer.BEFORE_PUBLICATION


def test_once_public_it_counts_from_that_moment():
    event, organiser = owned(**elsewhere("DE", "Europe/Berlin"))
    text = page_of(organiser.user, event)
    assert "Monday 30 August 2027, 14:00" in text
    assert "It is taken to be announced when it goes public here." in text


class TestQuestions:
    @pytest.mark.parametrize(
        ("country", "asked"),
        [("PL", []), ("GB", ["is_march"]), ("AT", ["uses_street"]), ("IT", [])],
    )
    def test_only_what_changes_the_deadline_is_asked(self, country, asked):
        event, organiser = owned(**elsewhere(country, "Europe/Vienna"))
        text = page_of(organiser.user, event)
        assert [name for name in ("is_march", "uses_street") if f'name="{name}"' in text] == asked

    def test_an_answer_moves_the_deadline(self, client):
        event, organiser = owned(**elsewhere("AT", "Europe/Vienna"))
        client.force_login(organiser.user)
        path = f"/organise/{event.public_id}/rules/"
        assert "Friday 8 October 2027, 23:59" in client.get(path).content.decode()
        assert client.post(path, {"do": "answer", "uses_street": "no"}).url == path
        assert "Saturday 9 October 2027, 14:00" in client.get(path).content.decode()
        legal.work_out(WEEKS_BEFORE)
        assert NoticeDeadline.objects.get().at == at("10-09 14:00")
        client.post(path, {"do": "answer", "uses_street": ""})
        assert LegalRecord.objects.get().uses_street is None
        legal.work_out(WEEKS_BEFORE)
        assert NoticeDeadline.objects.get().at == at("10-08 23:59")

    @pytest.mark.parametrize("value", ["maybe", "\0", "x" * 5000])
    def test_an_odd_answer_is_refused_in_words(self, client, value):
        event, organiser = owned(**elsewhere("AT", "Europe/Vienna"))
        client.force_login(organiser.user)
        response = client.post(f"/organise/{event.public_id}/rules/", {"do": "answer", "uses_street": value})
        assert response.status_code == 200
        assert "errors" in response.content.decode()
        assert not LegalRecord.objects.exists()


class TestRecord:
    def test_is_kept_and_shown_and_a_second_press_is_harmless(self, client):
        event, organiser = owned()
        client.force_login(organiser.user)
        path = f"/organise/{event.public_id}/rules/"
        for _n in range(2):
            assert client.post(path, {"do": "record", "state": "notified", "note": CANARY}).url == path
        kept = LegalRecord.objects.get()
        assert (kept.state, kept.note, kept.recorded_at) == ("notified", CANARY, WEEKS_BEFORE)
        text = client.get(path).content.decode()
        assert "No reminders come any more." in text
        assert CANARY in text

    def test_the_database_does_not_show_what_was_recorded(self):
        sealed = set()
        for _n in range(3):
            event, organiser = owned()
            legal.settle(event, LegalRecord.State.DECIDED_NOT_TO, "", by=organiser.user)
        with connection.cursor() as cursor:
            cursor.execute("SELECT said, r::text FROM organising_legalrecord r")
            for said, row in cursor.fetchall():
                sealed.add(said)
                assert "decided" not in row
        assert len(sealed) == 3
        assert "decided" not in str(list(AuditEntry.objects.values()))

    def test_what_was_recorded_can_be_opened_again(self):
        event, organiser = owned()
        legal.settle(event, LegalRecord.State.NOT_NEEDED, "", by=organiser.user)
        assert legal.next_deadlines([event]) == {}
        legal.settle(event, LegalRecord.State.OPEN, "", by=organiser.user)
        assert LegalRecord.objects.get().recorded_at is None
        assert legal.next_deadlines([event])[event.pk].at == DUE

    def test_a_co_organiser_may_a_helper_and_a_stranger_may_not(self, client):
        event, _owner = owned()
        path = f"/organise/{event.public_id}/rules/"
        colleague = OrganiserFactory(event=event, role=Organiser.Role.CO_ORGANISER).user
        helper = OrganiserFactory(event=event, role=Organiser.Role.HELPER).user
        stranger = OrganiserFactory(event=EventFactory()).user
        for user, status in ((helper, 403), (stranger, 404)):
            client.force_login(user)
            assert client.get(path).status_code == status
            assert client.post(path, {"do": "record", "state": "notified"}).status_code == status
        assert not LegalRecord.objects.exists()
        client.force_login(colleague)
        assert client.post(path, {"do": "record", "state": "notified"}).status_code == 302
        client.logout()
        assert "/login/" in client.get(path).url

    @pytest.mark.parametrize("state", ["", "approved", "\0", "x" * 900])
    def test_an_odd_state_is_refused_and_the_note_stays_in_the_field(self, client, state):
        event, organiser = owned()
        client.force_login(organiser.user)
        response = client.post(f"/organise/{event.public_id}/rules/", {"do": "record", "state": state, "note": CANARY})
        assert response.status_code == 200
        assert CANARY in response.content.decode()
        assert not LegalRecord.objects.exists()

    def test_too_long_a_note_is_refused(self, client):
        event, organiser = owned()
        client.force_login(organiser.user)
        answered = {"do": "record", "state": "notified", "note": "x" * 501}
        assert client.post(f"/organise/{event.public_id}/rules/", answered).status_code == 200
        assert not LegalRecord.objects.exists()

    @pytest.mark.parametrize("values", [{"state": "cancelled"}, {"day": dt.date(2027, 8, 1)}])
    def test_nothing_can_be_recorded_of_what_does_not_take_place_any_more(self, client, values):
        event, organiser = owned(**values)
        client.force_login(organiser.user)
        response = client.post(f"/organise/{event.public_id}/rules/", {"do": "record", "state": "notified"})
        assert response.status_code == 409
        assert "nothing more can be recorded" in response.content.decode()
        assert 'name="state"' not in client.get(f"/organise/{event.public_id}/rules/").content.decode()


class TestReminders:
    def test_come_seven_days_three_days_and_a_day_before_never_at_night(self):
        owned()
        go_through(at("09-27 12:00"), at("10-06 12:00"), dt.timedelta(hours=2))
        # 23:59 lies in the quiet hours: 20:00 before.
        assert reminded() == ["09-28 20:00", "10-02 20:00", "10-04 20:00"]
        assert not any(is_quiet(row.not_before, WARSAW) for row in Delivery.objects.all())

    def test_keep_to_the_hour_of_the_deadline_by_day(self):
        owned(start_time=dt.time(12, 30), end_time=None, **elsewhere("FI", "Europe/Helsinki"))
        go_through(at("10-02 11:25"), at("10-11 11:25"), dt.timedelta(hours=2))
        assert reminded(ZoneInfo("Europe/Helsinki")) == ["10-03 12:30", "10-07 12:30", "10-09 12:30"]

    def test_go_to_all_who_run_it_and_to_no_helper(self):
        event, _organiser = owned()
        OrganiserFactory(event=event, role=Organiser.Role.CO_ORGANISER)
        OrganiserFactory(event=event, role=Organiser.Role.HELPER)
        go_through(at("09-28 12:00"), at("09-28 13:00"))
        assert reminded() == []
        go_through(at("09-28 19:50"), at("09-28 20:50"))
        assert reminded() == ["09-28 20:00"] * 2

    def test_running_twice_changes_nothing(self):
        owned()
        for _n in range(2):
            go_through(at("09-28 19:50"), at("09-28 20:50"), dt.timedelta(minutes=1))
        assert len(reminded()) == 1
        assert legal.work_out(WEEKS_BEFORE) == 0

    def test_who_comes_late_gets_only_the_latest_and_by_day(self):
        owned()
        go_through(at("10-04 03:00"), at("10-04 04:00"))
        assert reminded() == ["10-04 08:00"]

    def test_after_the_deadline_nothing_comes(self):
        owned()
        go_through(at("10-06 00:00"), at("10-10 00:00"), dt.timedelta(hours=8))
        assert reminded() == []

    @pytest.mark.parametrize("state", ["notified", "not_needed", "decided_not_to"])
    def test_end_once_something_is_recorded(self, state):
        event, organiser = owned()
        go_through(at("09-28 19:50"), at("09-28 19:50"))
        legal.settle(event, LegalRecord.State(state), "", by=organiser.user)
        assert unwanted() == ["nothing is due any more"]
        go_through(at("09-29 12:00"), at("10-06 12:00"), dt.timedelta(hours=4))
        assert len(reminded()) == 1

    def test_follow_a_protest_that_moves(self):
        event, _organiser = owned()
        go_through(at("09-28 19:50"), at("09-28 19:50"))
        Event.objects.filter(pk=event.pk).update(day=FIRST_DAY + dt.timedelta(days=2))
        assert unwanted() == ["due at another time"]
        go_through(at("09-29 12:00"), at("10-08 12:00"), dt.timedelta(hours=2))
        assert reminded()[1:] == ["09-30 20:00", "10-04 20:00", "10-06 20:00"]

    def test_follow_the_rule(self):
        owned()
        legal.work_out(WEEKS_BEFORE)
        CountryRule.objects.filter(country="PL").update(lead=7)
        assert legal.work_out(WEEKS_BEFORE) == 1
        assert NoticeDeadline.objects.get().at == DUE - dt.timedelta(days=1)
        CountryRule.objects.filter(country="PL").delete()
        legal.work_out(WEEKS_BEFORE)
        assert not NoticeDeadline.objects.exists()

    @pytest.mark.parametrize(
        ("state", "revision", "is_reminded"),
        [
            ("published", {}, True),
            ("submitted", {"state": "pending"}, True),
            ("submitted", {"state": "changes_requested"}, True),
            ("submitted", {"state": "rejected"}, False),
            ("submitted", {"state": "pending", "quarantine": "word"}, False),
            ("withdrawn", {"state": "withdrawn"}, False),
            ("cancelled", {}, False),
            ("hidden", {}, False),
        ],
    )
    def test_are_for_what_is_public_or_on_its_way(self, state, revision, is_reminded):
        event, _organiser = owned(state=state)
        RevisionFactory(event=event, **{"state": "approved", **revision})
        go_through(at("09-28 19:50"), at("09-28 19:50"))
        assert bool(reminded()) == is_reminded

    def test_a_submission_sent_again_counts_as_it_is_now(self):
        event, _organiser = owned(state="submitted")
        RevisionFactory(event=event, state="superseded")
        RevisionFactory(event=event, number=2, day=FIRST_DAY + dt.timedelta(days=1))
        legal.work_out(WEEKS_BEFORE)
        assert NoticeDeadline.objects.get().at == DUE + dt.timedelta(days=1)

    def test_are_dropped_for_who_does_not_run_it_any_more(self):
        _event, organiser = owned()
        go_through(at("09-28 19:50"), at("09-28 19:50"))
        organiser.role = Organiser.Role.HELPER
        organiser.save()
        assert unwanted() == ["does not run it any more"]

    def test_cost_the_same_for_many(self, django_assert_num_queries):
        for _n in range(5):
            owned()
        RevisionFactory(event=owned(state="submitted")[0])
        with django_assert_num_queries(8):
            legal.work_out(WEEKS_BEFORE)
        with django_assert_num_queries(4):
            legal.next_deadlines(Event.objects.all())


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_letter_tells_the_deadline_and_nothing_of_the_place(delivered, language):
    event = EventFactory()
    OrganiserFactory(event=event, user=UserFactory(language=language))
    go_through(at("09-28 19:50"), at("09-28 19:50"))
    with time_machine.travel(at("09-28 20:00"), tick=False):
        mail = delivered()[-1]
    for body in (mail.text, mail.html):
        assert "Plac Zamkowy" not in body
        assert "Warszawa" not in body
        assert "commune office (organ gminy)" in body
        assert "Prawo o zgromadzeniach art. 7 and 22" in body
        assert f"/organise/{event.public_id}/rules/" in body
    if language == "en":
        assert mail.subject == "Notice due by Tuesday 5 October 2027, 23:59 (CEST): March for freedom of movement"
        for said in (
            "7 days left",
            "24 November 2026",
            "little doubt",
            "This is not legal advice: ask a local lawyer.",
        ):
            assert said in mail.text


def unwanted() -> list[str]:
    rows = list(Delivery.objects.filter(letter="notice_due"))
    return list(letters.kind("notice_due").unwanted(rows).values())


def test_everything_is_forgotten_some_days_after_the_edition():
    event, _organiser = owned()
    old, _other = owned(campaign=CampaignFactory(slug="2026", actions_from="2026-10-11", actions_to="2026-10-13"))
    for one in (event, old):
        LegalRecord.objects.create(event=one)
        NoticeDeadline.objects.create(event=one, at=DUE)
    legal.forget(dt.datetime(2027, 10, 27, tzinfo=dt.UTC))
    assert [kept.event for kept in LegalRecord.objects.all()] == [event]
    assert NoticeDeadline.objects.get().event == event
    legal.forget(dt.datetime(2027, 10, 28, tzinfo=dt.UTC))
    assert not LegalRecord.objects.exists()
    assert not NoticeDeadline.objects.exists()
