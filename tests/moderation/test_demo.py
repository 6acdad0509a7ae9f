import functools
import json

import pytest
import time_machine
from django.conf import settings
from django.core.management import CommandError, call_command

from accounts.models import User
from events import gazetteer
from events.models import Campaign, CampaignText, Decision, Event, Revision, SignOn
from moderation import demo
from organising.models import Announcement
from outbox.models import Delivery
from tests.factories import WEEKS_BEFORE
from tests.once import made_once

DATA = json.loads((settings.DATA_DIR / "demo_2027.json").read_text())


@functools.cache
def cities_of_the_demo():
    wanted = {(event["country"], event["city_slug"]) for event in DATA["events"]}
    return [row for row in gazetteer.read_all(settings.DATA_DIR) if (row.country, row.slug) in wanted]


@pytest.fixture(scope="class")
def loaded(django_db_setup, django_db_blocker):
    with made_once(load_weeks_before, django_db_blocker):
        yield


def load_weeks_before():
    gazetteer.load(cities_of_the_demo())
    with time_machine.travel(WEEKS_BEFORE, tick=False):
        call_command("load_demo")


@pytest.fixture
def the_demo(loaded, db):
    with time_machine.travel(WEEKS_BEFORE, tick=False):
        yield


@pytest.mark.xdist_group("demo")
@pytest.mark.usefixtures("the_demo")
class TestTheDemo:
    def test_has_at_least_forty_example_protests_in_the_founding_countries_and_more(self):
        visible = Event.objects.visible()
        assert visible.count() >= 40
        assert set(visible.values_list("is_example", flat=True)) == {True}
        countries = set(visible.values_list("country", flat=True))
        assert countries > {"UA", "PL", "FI", "AT", "DE", "BE"}
        assert Campaign.objects.current().slug == "2027"

    def test_shows_every_state(self):
        assert set(Revision.objects.values_list("state", flat=True)) == {
            "pending",
            "approved",
            "changes_requested",
            "rejected",
        }
        assert set(Event.objects.values_list("state", flat=True)) == {"submitted", "published", "cancelled"}
        kinds = {"published", "moved", "place_changed", "cancelled"}
        assert kinds <= set(Event.objects.values_list("changes__kind", flat=True))

    def test_went_through_the_same_verbs_as_real_protests(self):
        approved = Revision.objects.filter(state="approved").count()
        assert Decision.objects.filter(verb="approve").count() == approved
        for verb in ("request_changes", "reject"):
            assert Decision.objects.get(verb=verb).reason.text

    def test_has_a_person_for_each_role_and_no_mail_waiting(self):
        people = {user.email: user for user in User.objects.all()}
        assert people["organiser@demo.example"].organiser_of.count() >= 5
        assert [c.country for c in people["moderator@demo.example"].coordinator_of.all()] == ["PL"]
        assert [c.country for c in people["admin@demo.example"].coordinator_of.all()] == [""]
        staff = {email for email, user in people.items() if user.is_staff or user.is_superuser}
        assert staff == {"admin@demo.example"}
        assert not Delivery.objects.exists()

    def test_has_a_letter_to_followers_that_waits_to_be_sent(self):
        call_command("load_demo")
        assert Announcement.objects.get().state == Announcement.State.DRAFT

    def test_keeps_ukrainian_places_for_followers(self):
        campaign = Campaign.objects.get()
        assert campaign.countries.get(country="UA").least_disclosure == "followers"
        assert campaign.countries.get(country="UA").timezone == "Europe/Kyiv"
        in_ukraine = Event.objects.filter(country="UA").exclude(venue="")
        assert set(in_ukraine.values_list("disclosure", flat=True)) == {"followers"}

    def test_has_the_appeal_in_every_language_with_invented_organisations_below_it(self, client):
        assert set(CampaignText.objects.exclude(appeal="").values_list("language", flat=True)) == set(
            settings.COMPLETE_LANGUAGES
        )
        assert set(SignOn.objects.values_list("state", "is_example", "recipient")) == {("published", True, None)}
        for language in settings.COMPLETE_LANGUAGES:
            page = client.get(f"/{language}/appeal/").content.decode()
            assert page.count("mark--example") == len(DATA["sign_ons"]) > 4
            assert all(sign_on["name"] in page for sign_on in DATA["sign_ons"])


@pytest.fixture
def cities(db):
    gazetteer.load(cities_of_the_demo())
    with time_machine.travel(WEEKS_BEFORE, tick=False):
        yield


@pytest.mark.usefixtures("cities")
class TestLoading:
    def test_loads_once(self):
        assert demo.load(settings.DATA_DIR) == len(DATA["events"])
        assert demo.load(settings.DATA_DIR) == 0
        assert SignOn.objects.count() == len(DATA["sign_ons"])
        assert Event.objects.count() == len(DATA["events"])

    def test_is_all_or_nothing(self, tmp_path):
        broken = json.loads(json.dumps(DATA))
        broken["events"][5]["end_time"] = broken["events"][5]["start_time"]
        for name in ("countries.json", "country_rules.json"):
            (tmp_path / name).write_bytes((settings.DATA_DIR / name).read_bytes())
        (tmp_path / "demo_2027.json").write_text(json.dumps(broken))
        with pytest.raises(demo.BadDemo, match="^" + broken["events"][5]["key"]):
            demo.load(tmp_path)
        assert (Campaign.objects.count(), Event.objects.count(), User.objects.count()) == (0, 0, 0)

    def test_asks_twice_in_production(self, settings):
        settings.IS_PRODUCTION = True
        with pytest.raises(CommandError, match="--yes"):
            call_command("load_demo")
        assert not Campaign.objects.exists()
        call_command("load_demo", yes=True)
        assert Campaign.objects.exists()


@pytest.mark.django_db
def test_without_cities_it_says_what_to_run_first():
    with pytest.raises(CommandError, match="run load_cities first"):
        call_command("load_demo")
