"""The kept counts are right whichever way a protest is written."""

import datetime as dt
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.actions import change_state
from events.models import Campaign, Event, EventChange, LanguageTally, PlaceTally, Revision
from moderation import actions
from tests.factories import (
    CampaignFactory,
    CityFactory,
    EventFactory,
    OrganiserFactory,
    RevisionFactory,
    UserFactory,
)

DAYS = [dt.date(2027, 10, 11), dt.date(2027, 10, 12)]
NOW = dt.datetime(2027, 9, 1, tzinfo=dt.UTC)


def counted() -> tuple[Counter[tuple[object, ...]], Counter[tuple[object, ...]]]:
    """What the tallies should be, protest by protest."""
    places: Counter[tuple[object, ...]] = Counter()
    languages: Counter[tuple[object, ...]] = Counter()
    for event in Event.objects.taking_place():
        places[event.campaign_id, event.country, event.city_id, event.day] += 1
        languages.update((event.campaign_id, code) for code in event.spoken_languages)
    return places, languages


def kept() -> tuple[dict[tuple[object, ...], int], dict[tuple[object, ...], int]]:
    places = PlaceTally.objects.values_list("campaign", "country", "city", "day", "count")
    languages = LanguageTally.objects.values_list("campaign", "language", "count")
    return {tuple(key): n for *key, n in places}, {tuple(key): n for *key, n in languages}


def cities():
    krakow = {"geoname_id": 3094802, "name": "Kraków", "slug": "krakow"}
    kyiv = {"geoname_id": 703448, "country": "UA", "name": "Kyiv", "slug": "kyiv", "timezone": "Europe/Kyiv"}
    return [CityFactory(), CityFactory(**krakow), CityFactory(**kyiv)]


def place(number: int) -> dict[str, object]:
    """One of three cities, or the whole country."""
    if number == 3:
        return {"place_kind": "country", "country": "UA", "city": None, "address": "", "timezone": "Europe/Kyiv"}
    city = cities()[number]
    return {"place_kind": "city", "country": city.country, "city": city, "timezone": city.timezone}


def submit(number: int, day: int, languages: list[str]) -> None:
    campaign = CampaignFactory(slug=["2027", "2028"][number % 2])
    revision = RevisionFactory(
        event=EventFactory(state="submitted", campaign=campaign, **place(number)),
        day=DAYS[day], spoken_languages=languages, **place(number),
    )  # fmt: skip
    OrganiserFactory(event=revision.event, user=revision.author)


def approve(number: int, day: int, languages: list[str]) -> None:
    pending = list(Revision.objects.pending().order_by("pk"))
    if pending:
        actions.approve_revision(pending[number % len(pending)], by=UserFactory())


def edit(number: int, day: int, languages: list[str]) -> None:
    events = list(Event.objects.filter(published_at__isnull=False).order_by("pk"))
    if events:
        event = events[day % len(events)]
        if not event.revisions.open().exists():
            version = event.revisions.count() + 1
            details = {"day": DAYS[day], "spoken_languages": languages, **place(number)}
            approved = RevisionFactory(event=event, number=version, **details)
            OrganiserFactory(event=event, user=approved.author)
            actions.approve_revision(approved, by=UserFactory())


def set_state(number: int, day: int, languages: list[str]) -> None:
    kinds = {
        Event.State.CANCELLED: EventChange.Kind.CANCELLED,
        Event.State.HIDDEN: EventChange.Kind.HIDDEN,
        Event.State.PUBLISHED: EventChange.Kind.RESTORED,
    }
    to, kind = list(kinds.items())[number % 3]
    events = list(Event.objects.filter(published_at__isnull=False).order_by("pk"))
    if events:
        change_state(events[day % len(events)], to, kind, at=NOW)


def load(number: int, day: int, languages: list[str]) -> None:
    campaign = CampaignFactory(slug="2002", state=Campaign.State.ARCHIVED)
    details = {"day": DAYS[day], "spoken_languages": languages, **place(number)}
    published = {"state": "published", "published_at": NOW}
    Event.objects.bulk_create(
        Event(campaign=campaign, title=f"March {n}", slug="march", created_at=NOW, **published, **details)
        for n in range(3)
    )


def update_at_once(number: int, day: int, languages: list[str]) -> None:
    Event.objects.filter(day=DAYS[day]).update(day=DAYS[1 - day], spoken_languages=languages)


def delete(number: int, day: int, languages: list[str]) -> None:
    """Only what no moderator has ever touched can be deleted."""
    Event.objects.filter(day=DAYS[day], revisions=None).delete()


WAYS = [submit, approve, edit, set_state, load, update_at_once, delete]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(WAYS), st.integers(0, 3), st.integers(0, 1), st.lists(st.sampled_from(["en", "uk", "pl"]))
    ),
    max_size=14,
)  # fmt: skip


@pytest.mark.django_db
@given(STEPS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_tallies_are_what_counting_would_give(steps) -> None:
    for way, number, day, languages in steps:
        way(number, day, languages)
        assert kept() == counted()


@pytest.mark.django_db
def test_they_answer_what_pages_ask() -> None:
    warsaw, krakow, kyiv = cities()
    for city, day in [(warsaw, 0), (warsaw, 0), (warsaw, 1), (krakow, 1), (kyiv, 0)]:
        EventFactory(city=city, country=city.country, day=DAYS[day], timezone=city.timezone)
    EventFactory(**{**place(3), "venue": "", "day": DAYS[1]})
    EventFactory(city=kyiv, country="UA", state="hidden")
    EventFactory(campaign__slug="2028")
    tallies = PlaceTally.objects.in_campaign(Campaign.objects.get(slug="2027"))
    assert tallies.total() == 6
    assert tallies.by_day() == {DAYS[0]: 3, DAYS[1]: 3}
    assert tallies.by_country() == {"PL": 4, "UA": 2}
    assert tallies.in_country("PL").by_city() == {warsaw.pk: 3, krakow.pk: 1}
    assert tallies.by_city() == {warsaw.pk: 3, krakow.pk: 1, kyiv.pk: 1}
    assert tallies.in_city(warsaw).on_day(DAYS[1]).total() == 1
    assert PlaceTally.objects.in_campaign(None).total() == 0


def in_a_thread(work: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def pending_revision() -> Revision:
    revision = RevisionFactory(spoken_languages=["pl", "en"])
    OrganiserFactory(event=revision.event, user=revision.author)
    return revision


@pytest.mark.django_db(transaction=True)
def test_moderators_who_approve_at_once_lose_no_count() -> None:
    moderator = UserFactory()
    revisions = [pending_revision() for _number in range(8)]
    ready = threading.Barrier(len(revisions))

    def approve_one(revision: Revision) -> None:
        ready.wait()
        actions.approve_revision(revision, by=moderator)

    for thread in [in_a_thread(partial(approve_one, revision)) for revision in revisions]:
        thread.join()
    assert kept() == counted()
    assert PlaceTally.objects.get().count == 8


@pytest.mark.django_db(transaction=True)
def test_a_place_that_loses_its_last_protest_while_it_gets_another_keeps_that() -> None:
    last, pending, moderator = EventFactory(), pending_revision(), UserFactory()
    with transaction.atomic():
        change_state(last, Event.State.HIDDEN, EventChange.Kind.HIDDEN, at=NOW)
        approval = in_a_thread(lambda: actions.approve_revision(pending, by=moderator))
        while not is_somebody_waiting():
            time.sleep(0.01)
    approval.join()
    assert kept() == counted()
    assert PlaceTally.objects.get().count == 1


def is_somebody_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])
