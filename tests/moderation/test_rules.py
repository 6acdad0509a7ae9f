"""Coordinators write the rules of their countries: who may, what is kept, what is public."""

import datetime as dt

import pytest
import time_machine
from django.test import Client

from accounts.models import AuditEntry
from events import country_rules
from events.actions import ChangedMeanwhile
from events.models import CountryRule, CountryRuleChange, SiteStamp
from moderation import rules
from tests.at_once import at_once
from tests.factories import (
    WEEKS_BEFORE,
    CampaignCountryFactory,
    CampaignFactory,
    CoordinatorFactory,
    OrganiserFactory,
    UserFactory,
)
from tests.log_in import log_in

pytestmark = pytest.mark.django_db
POLAND, GERMANY = "/moderation/rules/pl/", "/moderation/rules/de/"
TODAY = WEEKS_BEFORE.date()


@pytest.fixture(autouse=True)
def _loaded():
    with time_machine.travel(WEEKS_BEFORE, tick=False):
        CampaignCountryFactory()
        country_rules.load()
        yield


@pytest.fixture
def coordinator():
    return CoordinatorFactory().user


@pytest.fixture
def room(coordinator):
    client = Client()
    log_in(client, coordinator)
    return client


def typed(country="PL", **changed):
    """The form as it comes, with the day of checking filled in."""
    rule = CountryRule.objects.filter(country=country).first()
    content = rule.content() if rule else {"duty": "notify", "anchor": "start", "default_disclosure": "public"}
    values = {**content, "checked_on": TODAY.isoformat(), "seen": rules.seen_of(rule), **changed}
    return {name: value for name, value in values.items() if value not in {None, False}}


def test_a_change_is_public_at_once_and_its_history_is_kept(room, coordinator):
    before = SiteStamp.objects.current()
    assert room.post(POLAND, typed(lead=7, remarks="Ask early.")).url == POLAND
    rule = CountryRule.objects.get(country="PL")
    assert (rule.lead, rule.remarks, rule.checked_on) == (7, "Ask early.", TODAY)
    assert (rule.edited_at, rule.editor_id) == (WEEKS_BEFORE, coordinator.actor_id)
    assert SiteStamp.objects.current() > before
    change = CountryRuleChange.objects.get()
    assert (change.country, change.actor_id, change.at) == ("PL", coordinator.actor_id, WEEKS_BEFORE)
    assert (change.before["lead"], change.before["checked_on"]) == (6, "2026-11-24")
    assert AuditEntry.objects.latest("pk").verb == "country rule changed"
    public = Client().get("/en/countries/pl/rules/").content.decode()
    assert "At the latest 7 days before the day of the protest" in public
    assert "1 September 2027" in public
    page = room.get(POLAND).content.decode()
    assert str(coordinator.actor_id)[:8] in page
    assert "<bdi>6</bdi></del>" in page
    assert coordinator.email not in page


def test_the_same_again_changes_nothing(room):
    room.post(POLAND, typed(lead=7))
    again = typed()
    for _n in range(2):
        assert room.post(POLAND, again).status_code == 302
    assert CountryRuleChange.objects.count() == 1


def test_to_try_saves_nothing_and_says_what_it_would_mean(room):
    text = room.post(POLAND, typed(lead=3, do="try")).content.decode()
    assert "What your words would mean" in text
    assert "by Friday 8 October 2027, 23:59" in text
    assert CountryRule.objects.get(country="PL").lead == 6
    assert "by Tuesday 5 October 2027, 23:59" in room.get(POLAND).content.decode()


def test_a_country_without_a_rule_gets_its_first(coordinator):
    admin = CoordinatorFactory(admin=True).user
    client = Client()
    log_in(client, admin)
    first = typed("IT", source="A law", confidence="low", lead=3, unit="days")
    assert "Nothing checked is known here yet." in client.get("/moderation/rules/it/").content.decode()
    assert client.post("/moderation/rules/it/", first).status_code == 302
    assert CountryRule.objects.get(country="IT").lead == 3
    assert CountryRuleChange.objects.get().before == {}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"checked_on": ""}, "This field is required."),
        ({"checked_on": "2027-09-03"}, "This day has not come yet."),
        ({"checked_on": "2026-08-01"}, "This was more than a year ago: check it again."),
        ({"checked_on": "31 February"}, "Write the day like"),
        ({"source": ""}, "This field is required."),
        ({"source": "\0\u202e "}, "This field is required."),
        ({"confidence": ""}, "This field is required."),
        ({"confidence": "total"}, "Select a valid choice."),
        ({"unit": ""}, "Say in what the time is counted."),
        ({"lead": ""}, "Say how long before"),
        ({"lead": "0"}, "greater than or equal to 1"),
        ({"lead": "9" * 30}, "less than or equal to 400"),
        ({"lead": "-1"}, "greater than or equal to"),
        ({"street_lead": "4"}, "Say in what the time is counted."),
        ({"remarks": "x" * 2001}, "at most 2000"),
        ({"seen": ""}, "This field is required."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(room, changed, said):
    response = room.post(POLAND, typed(authority="Urząd gminy Kanarienvogel", **changed))
    text = response.content.decode()
    assert response.status_code == 200
    assert said in text
    assert "Urząd gminy Kanarienvogel" in text
    assert CountryRule.objects.get(country="PL").edited_at is None


def test_the_day_of_checking_is_asked_anew(room):
    page = room.get(POLAND).content.decode()
    assert 'name="checked_on"' in page
    assert 'value="2026-11-24"' not in page


def test_what_somebody_else_saved_meanwhile_is_shown_beside(room):
    first, second = typed(lead=7), typed(lead=8)
    room.post(POLAND, first)
    response = room.post(POLAND, second)
    text = response.content.decode()
    assert response.status_code == 409
    assert "Somebody else changed this rule meanwhile." in text
    assert "At the latest 7 days before the day of the protest" in text
    assert CountryRule.objects.get(country="PL").lead == 7
    # The page that showed both can be sent again.
    assert room.post(POLAND, typed(lead=8)).status_code == 302
    assert CountryRule.objects.get(country="PL").lead == 8


def test_a_coordinator_writes_for_their_own_country_alone(room):
    page = room.get("/moderation/rules/").content.decode()
    assert POLAND in page
    assert GERMANY not in page
    for path in (GERMANY, "/moderation/rules/xx/", "/moderation/rules/it/"):
        assert room.get(path).status_code == 404
        assert room.post(path, typed("DE", lead=1)).status_code == 404
    assert not CountryRuleChange.objects.exists()


@pytest.mark.parametrize("make", [lambda: CoordinatorFactory(admin=True).user, lambda: UserFactory(is_superuser=True)])
def test_who_runs_an_edition_writes_for_all(make):
    client = Client()
    log_in(client, make())
    page = client.get("/moderation/rules/").content.decode()
    assert POLAND in page
    assert GERMANY in page
    assert client.post(GERMANY, typed("DE", lead=72)).status_code == 302


def test_a_coordinator_of_an_archived_edition_and_an_organiser_write_nothing():
    old = CampaignFactory(slug="2002", state="archived")
    for user in (CoordinatorFactory(campaign=old).user, OrganiserFactory().user):
        client = Client()
        log_in(client, user)
        assert client.post(POLAND, typed(lead=1)).status_code == 404
    assert CountryRule.objects.get(country="PL").lead == 6


def test_lists_cost_the_same_for_many(django_assert_num_queries):
    admin = CoordinatorFactory(admin=True).user
    client = Client()
    log_in(client, admin)
    client.get("/moderation/rules/")
    with django_assert_num_queries(7):
        client.get("/moderation/rules/")
    for country in ("IT", "ES", "PT"):
        CampaignCountryFactory(country=country)
    with django_assert_num_queries(7):
        client.get("/moderation/rules/")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("country", ["PL", "IT"])
def test_of_two_at_once_one_is_told(country):
    """A changed rule, and the first one of a country."""
    if not CountryRule.objects.exists():
        country_rules.load()
    people = [CoordinatorFactory(country=code).user for code in ("", "PL")]
    seen = rules.seen_of(CountryRule.objects.filter(country=country).first())
    content = {**CountryRule.objects.get(country="PL").content(), "checked_on": dt.date(2027, 8, 1)}
    results = at_once(
        *[
            lambda lead=lead, user=user: rules.change_rule(country, {**content, "lead": lead}, seen=seen, by=user)
            for lead, user in enumerate(people, start=1)
        ]
    )
    told = [lead for lead, result in enumerate(results, start=1) if isinstance(result, ChangedMeanwhile)]
    assert len(told) == 1
    assert CountryRule.objects.get(country=country).lead == 3 - told[0]
    assert CountryRuleChange.objects.filter(country=country).count() == 1
