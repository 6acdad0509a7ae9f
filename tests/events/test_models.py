import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from accounts.actions import record
from accounts.models import AuditEntry
from events.actions import write_details
from events.models import Audience, Campaign, Decision, Event, EventChange, Organiser, Revision, SiteStamp
from tests.factories import (
    CampaignCountryFactory,
    CampaignFactory,
    CampaignTextFactory,
    CityFactory,
    CoordinatorFactory,
    EventFactory,
    OrganiserFactory,
    RevisionFactory,
)

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2027, 9, 1, 12, 0, tzinfo=dt.UTC)
LATER = dt.datetime(2027, 10, 10, 15, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize("make", [EventFactory, RevisionFactory])
@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"end_time": dt.time(14, 0)}, "ends_after_start"),
        ({"end_time": dt.time(13, 59)}, "ends_after_start"),
        ({"start_time": None}, "ends_after_start"),
        ({"city": None}, "place_fits_its_kind"),
        ({"place_kind": "online"}, "place_fits_its_kind"),
        ({"place_kind": "country", "city": None}, "place_fits_its_kind"),
        ({"lat": "52.2"}, "position_is_whole_and_on_earth"),
        ({"lat": "91", "lon": "0"}, "position_is_whole_and_on_earth"),
        ({"lat": "0", "lon": "-181"}, "position_is_whole_and_on_earth"),
        ({"disclosure": "timed"}, "timed_disclosure_has_a_time"),
    ],
)
def test_details_that_cannot_be_are_refused_by_the_database(make, values, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        make(**values)


@pytest.mark.parametrize(
    ("state", "published_at"), [("submitted", NOW), ("withdrawn", NOW), ("published", None), ("hidden", None)]
)
def test_only_what_was_published_has_a_time_of_publication(state, published_at):
    with pytest.raises(IntegrityError, match="event_public_once_published"):
        EventFactory(state=state, published_at=published_at, time_set_at=None)


@pytest.mark.parametrize(
    ("make", "constraint"),
    [
        (lambda: CampaignFactory(ends_on=dt.date(2027, 10, 10)), "campaign_ends_after_start"),
        (lambda: CampaignFactory(actions_to=dt.date(2027, 10, 10)), "campaign_actions_in_order"),
        (lambda: [CampaignTextFactory() for _n in range(2)], "campaign_text_once_a_language"),
        (lambda: CityFactory(lat=91), "city_on_earth"),
        (lambda: [CityFactory(geoname_id=n) for n in range(2)], "city_slug_once_a_country"),
        (lambda: SiteStamp.objects.create(pk=2), "one_site_stamp"),
    ],
)
def test_rows_that_cannot_be_are_refused_by_the_database(make, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        make()


def test_a_country_takes_part_once():
    row = CampaignCountryFactory()
    with pytest.raises(IntegrityError, match="country_once_a_campaign"):
        row.campaign.countries.create(country="PL", timezone="Europe/Warsaw")


def test_a_person_coordinates_a_country_once():
    coordinator = CoordinatorFactory()
    with pytest.raises(IntegrityError, match="coordinator_once"):
        CoordinatorFactory(user=coordinator.user)


def test_a_person_organises_a_protest_once():
    organiser = OrganiserFactory()
    with pytest.raises(IntegrityError, match="organiser_once"):
        Organiser.objects.create(event=organiser.event, user=organiser.user)


def test_one_revision_of_a_protest_is_open_at_a_time():
    revision = RevisionFactory(state="changes_requested")
    with pytest.raises(IntegrityError, match="one_open_revision_per_event"):
        RevisionFactory(event=revision.event, number=2)


def _decision():
    return Decision.objects.create(
        at=NOW, verb="approve", actor_id="12345678-1234-5678-1234-567812345678", event=EventFactory()
    )


@pytest.mark.parametrize(
    ("make", "change"),
    [
        (_decision, lambda row: Decision.objects.filter(pk=row.pk).update(verb="reject")),
        (_decision, lambda row: Decision.objects.filter(pk=row.pk).delete()),
        (lambda: record("tried", by=None), lambda row: AuditEntry.objects.filter(pk=row.pk).update(verb="x")),
        (lambda: record("tried", by=None), lambda row: AuditEntry.objects.filter(pk=row.pk).delete()),
    ],
)
def test_decisions_and_the_trail_are_never_changed_or_deleted(make, change):
    row = make()
    with pytest.raises(DatabaseError, match="are never changed or deleted"), transaction.atomic():
        change(row)
    assert type(row).objects.filter(pk=row.pk).exists()


def test_a_decision_outlives_its_protest():
    decision = _decision()
    Event.objects.filter(pk=decision.event_id).delete()
    assert Decision.objects.get().pk == decision.pk


@pytest.mark.parametrize(
    ("day", "start", "utc"),
    [
        (dt.date(2027, 10, 11), dt.time(14, 0), dt.datetime(2027, 10, 11, 12, 0, tzinfo=dt.UTC)),
        # Summer time ends on 31 October, and began on 28 March.
        (dt.date(2027, 10, 31), dt.time(14, 0), dt.datetime(2027, 10, 31, 13, 0, tzinfo=dt.UTC)),
        (dt.date(2027, 10, 31), dt.time(2, 30), dt.datetime(2027, 10, 31, 1, 30, tzinfo=dt.UTC)),
        (dt.date(2027, 3, 28), dt.time(2, 30), dt.datetime(2027, 3, 28, 1, 30, tzinfo=dt.UTC)),
        (dt.date(2027, 3, 27), dt.time(2, 30), dt.datetime(2027, 3, 27, 1, 30, tzinfo=dt.UTC)),
    ],
)
def test_the_instant_is_derived_from_day_hour_and_zone(day, start, utc):
    assert EventFactory(day=day, start_time=start, end_time=None).starts_at == utc


def test_a_protest_without_hour_is_over_at_its_midnight():
    event = EventFactory(start_time=None, end_time=None)
    assert (event.starts_at, event.over_at) == (None, dt.datetime(2027, 10, 11, 22, 0, tzinfo=dt.UTC))


@pytest.mark.parametrize(
    ("disclosure", "disclose_at", "now", "known_to"),
    [
        ("public", None, NOW, {"public", "follower", "insider"}),
        ("timed", LATER, NOW, {"insider"}),
        ("timed", LATER, LATER, {"public", "follower", "insider"}),
        ("followers", None, NOW, {"follower", "insider"}),
        ("followers", LATER, NOW, {"insider"}),
        ("followers", LATER, LATER, {"follower", "insider"}),
    ],
)
def test_the_exact_place_is_known_to_those_who_may(disclosure, disclose_at, now, known_to):
    event = Event(country="PL", venue="Plac Zamkowy", disclosure=disclosure, disclose_at=disclose_at)
    assert {who for who in Audience.values if event.place_for(who, now).venue} == known_to


class TestWritingDetails:
    def kinds(self, revision):
        return [change.kind for change in write_details(revision, at=NOW)]

    def edit(self, event, **values):
        details = event.details() | values
        return Revision.objects.create(event=event, number=2, submitted_at=NOW, **details)

    def test_the_first_one_publishes(self):
        revision = RevisionFactory()
        assert self.kinds(revision) == ["published"]
        event = Event.objects.get()
        assert (event.state, event.published_at, event.time_set_at, event.sequence) == ("published", NOW, NOW, 1)
        assert event.place_disclosed_at == NOW

    @pytest.mark.parametrize(
        ("values", "kinds"),
        [
            ({"title": "Another title"}, []),
            ({"start_time": dt.time(15)}, ["moved"]),
            ({"day": dt.date(2027, 10, 12)}, ["moved"]),
            ({"end_time": dt.time(17)}, []),
            ({"venue": "Rynek"}, ["place_changed"]),
            ({"start_time": dt.time(15), "venue": "Rynek"}, ["moved", "place_changed"]),
        ],
    )
    def test_what_followers_must_hear_leaves_a_change(self, values, kinds):
        event = EventFactory(place_disclosed_at=NOW)
        assert self.kinds(self.edit(event, **values)) == kinds

    def test_a_place_that_is_opened_by_an_edit_is_told(self):
        event = EventFactory(disclosure="timed", disclose_at=LATER)
        assert self.kinds(self.edit(event, disclosure="public", disclose_at=None)) == ["place_disclosed"]

    def test_a_place_that_is_closed_again_can_be_disclosed_again(self):
        event = EventFactory(place_disclosed_at=NOW)
        assert self.kinds(self.edit(event, disclosure="timed", disclose_at=LATER)) == []
        assert Event.objects.get().place_disclosed_at is None

    def test_a_new_place_for_followers_is_told_once(self):
        event = EventFactory(disclosure="followers", place_disclosed_at=NOW)
        assert self.kinds(self.edit(event, venue="Rynek")) == ["place_changed"]
        assert Event.objects.get().place_disclosed_at == NOW
        assert "Rynek" not in str(EventChange.objects.get().after)

    def test_a_hidden_protest_stays_hidden(self):
        event = EventFactory(state="hidden")
        assert self.kinds(self.edit(event, start_time=dt.time(15))) == []
        assert Event.objects.get().state == "hidden"


@pytest.mark.parametrize(
    ("states", "current"),
    [
        ({"2026": "archived", "2027": "open", "2028": "open"}, "2027"),
        ({"2026": "archived", "2027": "closed", "2028": "draft"}, "2027"),
        ({"2028": "draft"}, None),
    ],
)
def test_the_current_edition_is_the_open_one_that_comes_next(states, current):
    for slug, state in states.items():
        year = int(slug)
        days = {name: dt.date(year, 10, 11) for name in ("starts_on", "ends_on", "actions_from", "actions_to")}
        CampaignFactory(slug=slug, state=state, **days)
    found = Campaign.objects.current()
    assert (found and found.slug) == current


def test_the_usual_wait_is_the_middle_one_of_those_decided() -> None:
    start = NOW
    for hours in (1, 2, 30, 3, 100):
        revision = RevisionFactory(submitted_at=start, state=Revision.State.APPROVED)
        Revision.objects.filter(pk=revision.pk).update(decided_at=start + dt.timedelta(hours=hours))
    campaign = revision.event.campaign

    assert Revision.objects.usual_wait(campaign) == dt.timedelta(hours=3)
    Revision.objects.filter(pk=revision.pk).update(state=Revision.State.WITHDRAWN)
    assert Revision.objects.usual_wait(campaign) is None
