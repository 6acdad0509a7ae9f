"""Protests entered twice are found, neighbours are left alone: measured on pairs made from the archive."""

import datetime as dt
import json
import sys
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.models import City, Event
from moderation.duplicates import suspects
from moderation.duplicates.likeness import THRESHOLD, likeness, sketch_of
from tests.factories import (
    WEEKS_BEFORE,
    CampaignFactory,
    CityFactory,
    CoordinatorFactory,
    EventFactory,
    RevisionFactory,
)

PAIRS = json.loads((Path(__file__).parent / "duplicate_pairs.json").read_text("utf-8"))
# Neighbours in both halves: every other pair of each kind.
SAME = [pair for pair in PAIRS if pair["is_same"]]
OTHER = [pair for pair in PAIRS if not pair["is_same"]]
TO_CHOOSE_BY, TO_MEASURE_BY = SAME[::2] + OTHER[::2], SAME[1::2] + OTHER[1::2]


def sketch(entry):
    city = City(pk=len(entry["country"]), name=entry["city"], lat="48.0", lon="16.0", country=entry["country"])
    event = Event(
        title=entry["title"],
        description=entry["text"],
        organiser_name=entry["group"],
        venue=entry["spot"],
        city=city,
        day=dt.date.fromisoformat(entry["day"]),
        start_time=dt.time.fromisoformat(entry["hour"]) if entry["hour"] else None,
        contact_link=entry["link"],
        language=entry["language"],
        kind=entry["kind"],
    )
    return sketch_of(event, WEEKS_BEFORE)


def scores(pairs):
    return [(pair["is_same"], likeness(sketch(pair["one"]), sketch(pair["other"])).score) for pair in pairs]


def figures(scored, threshold):
    """Precision, and recall."""
    hits = sum(is_same and score >= threshold for is_same, score in scored)
    shown = sum(score >= threshold for _is_same, score in scored)
    return hits / max(shown, 1), hits / sum(is_same for is_same, _score in scored)


def test_precision_and_recall_on_labelled_pairs(capsys):
    precision, recall = figures(scores(TO_MEASURE_BY), THRESHOLD)
    with capsys.disabled():
        sys.stdout.write(f"\n{len(PAIRS)} pairs: precision {precision:.2f}, recall {recall:.2f}\n")
    assert (len(PAIRS), len(SAME)) == (77, 36)
    assert precision >= 0.94
    assert recall >= 0.94


def test_the_threshold_is_the_lowest_that_is_right_often_enough_for_the_half_it_is_chosen_by():
    scored = scores(TO_CHOOSE_BY)
    right = [n / 100 for n in range(30, 70, 2) if figures(scored, n / 100)[0] >= 0.95]
    assert right[0] == THRESHOLD


@pytest.mark.parametrize(
    ("values", "reasons"),
    [
        ({}, ["nearly the same words", "the same spot", "the same hour", "the same organisation"]),
        (
            {"contact_link": "https://www.example.org/demo/"},
            ["nearly the same words", "the same spot", "the same hour", "the same organisation", "the same link"],
        ),
        (
            {"title": "X", "description": "", "start_time": dt.time(14, 30)},
            ["the same spot", "the same hour", "the same organisation"],
        ),
    ],
)
def test_reasons_say_what_is_alike(values, reasons):
    one, other = (
        RevisionFactory.build(event=None, author=None, city=City(name="Warszawa", lat=52, lon=21), **given)
        for given in ({"contact_link": "https://example.org/demo"}, values)
    )
    found = likeness(sketch_of(one, WEEKS_BEFORE), sketch_of(other, WEEKS_BEFORE))
    assert list(map(str, found.reasons)) == reasons


@pytest.mark.django_db
class TestSuspects:
    @pytest.fixture
    def moderator(self):
        return CoordinatorFactory(country="PL").user

    def found(self, user, **values):
        revision = RevisionFactory(**values)
        return [suspect.event for suspect in suspects(revision, user=user, now=WEEKS_BEFORE)]

    def test_a_public_protest_and_one_that_waits(self, moderator):
        public, waiting = EventFactory(), RevisionFactory()
        assert self.found(moderator) == [public, waiting.event]

    def test_what_waits_elsewhere_or_for_others_is_not_told(self, moderator):
        RevisionFactory(country="DE")
        RevisionFactory(language="uk", event__language="uk")
        reader_of_german = CoordinatorFactory(country="PL", languages=["de"]).user
        assert self.found(reader_of_german, language="de") == []

    @pytest.mark.parametrize(
        "values",
        [
            {"state": "hidden"},
            {"state": "withdrawn"},
            {"day": dt.date(2027, 10, 13)},
            {
                "title": "Film",
                "description": "On a screen.",
                "start_time": dt.time(19),
                "end_time": None,
                "venue": "Kino",
            },
        ],
    )
    def test_neighbours_are_left_alone(self, moderator, values):
        EventFactory(**values)
        assert self.found(moderator) == []

    def test_an_edit_is_not_compared_with_its_own_protest(self, moderator):
        event = EventFactory()
        assert self.found(moderator, event=event, number=2) == []

    def test_another_edition_does_not_count(self, moderator):
        past = CampaignFactory(slug="2028", starts_on="2028-10-11", ends_on="2028-10-13")
        EventFactory(campaign=past)
        assert self.found(moderator) == []

    @pytest.mark.parametrize(("lat", "is_found"), [("52.2600", True), ("52.3200", False)])
    def test_a_suburb_counts_up_to_five_kilometres(self, moderator, lat, is_found):
        suburb = CityFactory(geoname_id=1, name="Praga", slug="praga", lat=lat)
        EventFactory(city=suburb)
        assert bool(self.found(moderator)) == is_found

    def test_online_ones_are_compared_within_a_country(self, moderator):
        online = {"city": None, "place_kind": "online", "venue": "", "address": ""}
        event = EventFactory(**online)
        assert self.found(moderator, **online) == [event]

    def test_three_at_most_the_likeliest_first(self, moderator):
        EventFactory.create_batch(3, start_time=dt.time(14, 40))
        same = EventFactory()
        found = self.found(moderator)
        assert (len(found), found[0]) == (3, same)

    def test_costs_three_queries(self, moderator):
        EventFactory.create_batch(3)
        revision = RevisionFactory()
        with CaptureQueriesContext(connection) as queries:
            suspects(revision, user=moderator, now=WEEKS_BEFORE)
        assert len(queries) == 3

    @pytest.mark.parametrize(("languages", "is_told"), [(["pl"], False), ([], True)])
    def test_a_place_that_is_kept_back_is_not_found_out_by_trying_spots(self, languages, is_told):
        """By somebody who may not see that protest: it is in a language that they do not read."""
        kept_back = {"disclosure": "followers", "lat": "52.24800", "lon": "21.01300", "venue": "", "address": "x"}
        EventFactory(language="uk", title="Свобода пересування для всіх", **kept_back)
        moderator = CoordinatorFactory(languages=languages).user
        near = RevisionFactory(language="pl", title="Coś innego", lat="52.24850", lon="21.01300", venue="", address="y")
        [other] = Event.objects.exclude(pk=near.event_id)
        told = any(
            "spot" in str(reason)
            for suspect in suspects(near, user=moderator, now=WEEKS_BEFORE)
            for reason in suspect.reasons
            if suspect.event == other
        )
        assert told == is_told
