"""Whose changes go public at once, and which have to be looked at before anybody relies on them."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEntry
from events.actions import Refused
from events.models import BlockedTerm, Decision, Event, EventChange, Revision, Trust
from organising import actions
from organising.trust import FAR_KM, LATE, MUCH, is_moved_far, is_moved_late, is_moved_much, is_sensitive
from tests.factories import (
    WEEKS_BEFORE,
    CityFactory,
    EventFactory,
    OrganiserFactory,
    PictureFactory,
    RevisionFactory,
    UserFactory,
)

DAY = dt.date(2027, 10, 11)
WARSAW = ZoneInfo("Europe/Warsaw")
START = dt.datetime(2027, 10, 11, 14, tzinfo=WARSAW)


def details(**values):
    """Of a protest that is nowhere kept."""
    basis = {"day": DAY, "start_time": dt.time(14), "timezone": "Europe/Warsaw", "country": "PL"}
    spot = {"place_kind": "address", "venue": "Plac Zamkowy", "lat": 52.2477, "lon": 21.0137}
    return Revision(**{**basis, **spot, **values})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, False),
        ({"title": "Other words", "description": "More", "access_notes": "Ramp"}, False),
        ({"venue": "Round the corner"}, False),
        ({"lat": 52.2746}, False),
        ({"lat": 52.2750}, True),
        ({"lat": None, "lon": None}, False),
        ({"lat": None, "lon": None, "venue": "Elsewhere"}, True),
        ({"lat": None, "lon": None, "address": "Elsewhere 1"}, True),
        ({"country": "DE", "lat": None, "lon": None}, True),
        ({"start_time": dt.time(16)}, False),
        ({"start_time": dt.time(16, 1)}, True),
        ({"start_time": dt.time(11, 59)}, True),
        ({"start_time": None}, True),
        ({"day": DAY + dt.timedelta(days=1)}, True),
        ({"timezone": "Europe/Lisbon"}, False),
        ({"timezone": "America/New_York"}, True),
        ({"contact_link": "https://example.org/"}, True),
        ({"end_time": dt.time(18)}, False),
    ],
)
def test_what_is_sensitive_weeks_before(changes, expected):
    assert is_sensitive(details(), details(**changes), WEEKS_BEFORE) is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"title": "Other words"}, False),
        ({"venue": "Round the corner"}, True),
        ({"start_time": dt.time(14, 5)}, True),
        ({"end_time": dt.time(18)}, True),
    ],
)
@pytest.mark.parametrize("before", [LATE, dt.timedelta(hours=1), -dt.timedelta(hours=1)])
def test_any_change_of_time_or_place_is_sensitive_late(changes, expected, before):
    assert is_sensitive(details(), details(**changes), START - before) is expected


def test_a_change_that_brings_the_start_near_is_late():
    far, near = details(day=dt.date(2027, 10, 13)), details()
    assert is_moved_late(far, near, START - dt.timedelta(hours=47))
    assert not is_moved_late(far, details(day=dt.date(2027, 10, 13), venue="X"), START - dt.timedelta(hours=47))


def test_without_an_hour_the_whole_day_is_near():
    old, new = details(start_time=None), details(start_time=None, venue="Elsewhere")
    midnight = dt.datetime(2027, 10, 11, tzinfo=WARSAW)
    assert is_moved_late(old, new, midnight + dt.timedelta(hours=20))
    assert is_moved_late(old, new, midnight - LATE)
    assert not is_moved_late(old, new, midnight - LATE - dt.timedelta(seconds=1))


def test_two_hours_are_two_hours_when_clocks_go_back():
    # From 01:30 summer time to 03:00 winter time is 2 h 30 min on no clock.
    old, new = (details(day=dt.date(2027, 10, 31), start_time=hour) for hour in (dt.time(1, 30), dt.time(3)))
    assert is_moved_much(old, new)


@given(lat=st.floats(-89, 89), lon=st.floats(-180, 180), north=st.floats(-0.05, 0.05))
def test_distance_counts_alike_in_both_directions_and_grows_with_latitude(lat, lon, north):
    old, new = details(lat=lat, lon=lon), details(lat=lat + north, lon=lon)
    far = is_moved_far(old, new, WEEKS_BEFORE)
    assert far == is_moved_far(new, old, WEEKS_BEFORE)
    kilometres = abs(north) * 111.195
    if abs(kilometres - FAR_KM) > 0.05:
        assert far == (kilometres > FAR_KM)


@given(minutes=st.integers(0, 23 * 60 + 59), other=st.integers(0, 23 * 60 + 59))
def test_time_counts_alike_in_both_directions(minutes, other):
    old, new = (details(start_time=dt.time(*divmod(one, 60))) for one in (minutes, other))
    assert is_moved_much(old, new) == is_moved_much(new, old) == (abs(minutes - other) * 60 > MUCH.total_seconds())


@pytest.fixture
def author(clock):
    return UserFactory()


@pytest.fixture
def event(author):
    event = EventFactory()
    OrganiserFactory(event=event, user=author)
    return event


@pytest.fixture
def colleague(event, clock):
    organiser = OrganiserFactory(event=event, role="co_organiser")
    clock.shift(dt.timedelta(days=7))
    return organiser.user


def trust(user, event, country="PL"):
    return Trust.objects.create(
        user=user, campaign=event.campaign, country=country, since=WEEKS_BEFORE, actor_id=UserFactory().actor_id
    )


def send(event, by, **changes):
    return actions.submit_edit(event, {**event.details(), **changes}, by=by)


@pytest.mark.django_db
class TestEdits:
    def test_of_those_who_are_trusted_go_public_at_once(self, event, author):
        trust(author, event)
        revision = send(event, author, title="Better title", start_time=dt.time(14, 30))
        event.refresh_from_db()
        assert (revision.state, revision.decided_at, revision.is_sensitive) == ("approved", WEEKS_BEFORE, False)
        assert (event.title, event.start_time) == ("Better title", dt.time(14, 30))
        assert [change.kind for change in EventChange.objects.all()] == ["moved"]
        verbs = list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))
        assert verbs == ["edit submitted", "edit published by trust"]
        assert not Decision.objects.exists()

    @pytest.mark.parametrize("changes", [{"venue": "Elsewhere"}, {"contact_link": "https://example.org/"}])
    def test_that_are_sensitive_wait_whoever_sent_them(self, event, author, changes):
        trust(author, event)
        revision = send(event, author, **changes)
        assert (revision.state, revision.is_sensitive) == ("pending", True)
        assert Event.objects.get(pk=event.pk).title == event.title

    def test_wait_when_small_steps_make_a_large_one(self, event, author):
        first = RevisionFactory(event=event, author=author, state="approved", **event.details())
        Decision.objects.create(
            at=WEEKS_BEFORE, verb="approve", event=event, revision=first, actor_id=UserFactory().actor_id
        )
        trust(author, event)
        hour = (dt.datetime.combine(DAY, event.start_time) + dt.timedelta(hours=1, minutes=30)).time()
        later = (dt.datetime.combine(DAY, event.start_time) + dt.timedelta(hours=3)).time()
        assert send(event, author, start_time=hour, end_time=None).state == "approved"
        event.refresh_from_db()
        revision = send(event, author, start_time=later)
        assert (revision.state, revision.is_sensitive) == ("pending", True)

    def test_of_others_wait(self, event, author):
        trust(author, EventFactory(country="DE"), country="DE")
        trust(UserFactory(), event)
        assert send(event, author, title="Better title").state == "pending"

    def test_that_lead_to_a_country_without_trust_wait(self, event, author):
        trust(author, event)
        berlin = CityFactory(geoname_id=2950159, country="DE", name="Berlin", slug="berlin")
        revision = send(event, author, country="DE", city=berlin)
        assert (revision.state, revision.is_sensitive) == ("pending", True)

    def test_of_what_is_not_public_wait(self, author):
        first = RevisionFactory(author=author)
        OrganiserFactory(event=first.event, user=author)
        trust(author, first.event)
        revision = send(first.event, author, title="Better title", contact_link="https://example.org/")
        assert (revision.state, revision.is_sensitive) == ("pending", False)

    def test_with_a_picture_that_nobody_has_seen_wait(self, event, author):
        trust(author, event)
        assert send(event, author, picture=PictureFactory(state="waiting", width=0, height=0)).state == "pending"

    def test_wait_again_once_trust_is_taken_back(self, event, author):
        from_moderators = trust(author, event)
        from_moderators.delete()
        assert send(event, author, title="Better title").state == "pending"


@pytest.mark.django_db
class TestConfirming:
    def asked(self, event, author):
        trust(author, event)
        return send(event, author, venue="Elsewhere")

    def test_by_a_second_organiser_publishes(self, event, author, colleague):
        revision = self.asked(event, author)
        actions.confirm_edit(revision, by=colleague)
        revision.refresh_from_db()
        assert revision.state == "approved"
        assert Event.objects.get(pk=event.pk).venue == "Elsewhere"
        assert AuditEntry.objects.order_by("pk").last().verb == "edit confirmed by co-organiser"
        with pytest.raises(Refused):
            actions.confirm_edit(revision, by=colleague)

    def test_is_not_for_its_author_nor_for_strangers(self, event, author, colleague):
        revision = self.asked(event, author)
        for somebody in (author, UserFactory(), OrganiserFactory().user):
            with pytest.raises(Refused, match="moderators"):
                actions.confirm_edit(revision, by=somebody)
        assert Event.objects.get(pk=event.pk).venue == "Plac Zamkowy"

    def test_needs_seven_days_of_standing(self, event, author, clock):
        young = OrganiserFactory(event=event).user
        clock.shift(dt.timedelta(days=7) - dt.timedelta(seconds=1))
        revision = self.asked(event, author)
        with pytest.raises(Refused):
            actions.confirm_edit(revision, by=young)
        clock.shift(dt.timedelta(seconds=1))
        actions.confirm_edit(revision, by=young)

    def test_is_not_there_for_those_whom_nobody_trusts(self, event, author, colleague):
        revision = send(event, author, venue="Elsewhere")
        with pytest.raises(Refused):
            actions.confirm_edit(revision, by=colleague)

    def test_is_not_there_for_what_is_not_sensitive(self, event, author, colleague):
        revision = send(event, author, title="Better title")
        trust(author, event)
        with pytest.raises(Refused):
            actions.confirm_edit(revision, by=colleague)

    def test_stands_on_the_page_with_what_changes(self, client, event, author, colleague):
        revision = self.asked(event, author)
        address = f"/organise/{event.public_id}/confirm/{revision.pk}/"
        client.force_login(author)
        assert address not in client.get(f"/organise/{event.public_id}/").content.decode()
        assert client.post(address).status_code == 409
        client.force_login(colleague)
        page = client.get(f"/organise/{event.public_id}/").content.decode()
        assert address in page
        assert "Elsewhere" in page
        assert client.get(address).status_code == 405
        assert client.post(address).status_code == 302
        assert client.post(address).status_code == 409
        assert Event.objects.get(pk=event.pk).venue == "Elsewhere"

    def test_of_another_protest_does_not_exist(self, client, event, author, colleague):
        revision = self.asked(event, author)
        other = OrganiserFactory().event
        client.force_login(other.organisers.get().user)
        assert client.post(f"/organise/{event.public_id}/confirm/{revision.pk}/").status_code == 404
        assert client.post(f"/organise/{other.public_id}/confirm/{revision.pk}/").status_code == 404


@pytest.mark.django_db
def test_a_blocked_word_waits_from_whomever_it_comes(event, author):
    BlockedTerm.objects.create(kind=BlockedTerm.Kind.WORD, value="viagra")
    trust(author, event)
    revision = send(event, author, description="Buy viagra here.")
    assert revision.state == Revision.State.PENDING
