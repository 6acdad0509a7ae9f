"""Filters."""

import datetime as dt

import pytest

from moderation import queue
from moderation.models import Claim
from tests.factories import CityFactory, CoordinatorFactory, OrganiserFactory, UserFactory
from tests.log_in import log_in
from tests.moderation.conftest import text_of
from tests.moderation.queue.room import NOW, edit, shown, submission

pytestmark = pytest.mark.django_db


class TestFilters:
    @pytest.fixture
    def admin(self, client):
        log_in(client, CoordinatorFactory(admin=True).user)
        return client

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({}, {"Łańcuch na moście", "Марш у Львові", "Moved"}),
            ({"country": "ua"}, {"Марш у Львові"}),
            ({"country": "FR"}, set()),
            ({"country": "<>"}, {"Łańcuch na moście", "Марш у Львові", "Moved"}),
            ({"language": "uk"}, {"Марш у Львові"}),
            ({"language": "xx"}, {"Łańcuch na moście", "Марш у Львові", "Moved"}),
            ({"kind": "edit"}, {"Moved"}),
            ({"kind": "new", "country": "PL"}, {"Łańcuch na moście"}),
            ({"q": "lancuch"}, {"Łańcuch na moście"}),
            ({"q": "marsh"}, {"Марш у Львові"}),
            ({"q": "warszawa moved"}, {"Moved"}),
            ({"q": "LVIV"}, {"Марш у Львові"}),
            ({"q": "open borders \0"}, {"Łańcuch na moście", "Марш у Львові", "Moved"}),
            ({"q": "…"}, set()),
            ({"q": "nothing like it", "tab": "waiting"}, set()),
        ],
    )
    def test_narrow_the_list(self, admin, query, found):
        lviv = CityFactory(
            geoname_id=702550, country="UA", name="Lviv", slug="lviv", display_names={"uk": "Львів", "de": "Lwiw"}
        )
        submission(title="Łańcuch na moście")
        submission(title="Марш у Львові", country="UA", language="uk", city=lviv)
        edit(title="Moved")
        assert set(shown(admin, **query)) == found

    def test_find_a_protest_by_its_number(self, admin):
        submission(title="Another")
        wanted = submission(title="Wanted")
        assert shown(admin, q=wanted.event.public_id.upper()) == ["Wanted"]

    def test_leave_out_what_one_cannot_take(self, room, moderator):
        submission(title="Free")
        OrganiserFactory(event=submission(title="Own").event, user=moderator)
        for title, minutes in (("Taken", 5), ("No longer taken", -5)):
            event = submission(title=title).event
            Claim.objects.create(event=event, user=UserFactory(), until=NOW + dt.timedelta(minutes=minutes))
        assert shown(room, free="1") == ["Free", "No longer taken"]

    def test_offer_countries_with_counts_the_longest_queue_first(self, admin):
        for country in ("PL", "DE", "DE"):
            submission(country=country)
        assert admin.get("/moderation/").context["countries"] == {"DE": 2, "PL": 1}

    def test_stay_when_the_page_is_turned(self, admin, monkeypatch):
        monkeypatch.setattr(queue, "PAGE", 1)
        submission(title="First march")
        submission(title="Second march")
        assert "?tab=waiting&amp;country=PL&amp;q=march&amp;after=" in text_of(
            admin.get("/moderation/", {"country": "PL", "q": "march"})
        )
