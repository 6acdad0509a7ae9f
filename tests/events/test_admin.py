"""/admin/: what campaign admins can do there, and that nothing goes around revisions and decisions."""

import datetime as dt

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from events.models import (
    Campaign,
    City,
    Coordinator,
    Decision,
    Event,
    EventChange,
    Organiser,
    Revision,
    SiteStamp,
)
from tests.factories import (
    WEEKS_BEFORE,
    CampaignCountryFactory,
    CampaignFactory,
    CampaignTextFactory,
    CityFactory,
    CoordinatorFactory,
    EventFactory,
    OrganiserFactory,
    RevisionFactory,
    UserFactory,
)
from tests.log_in import log_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
READ_ONLY = [Event, Revision, Decision, EventChange, City, Coordinator]


@pytest.fixture
def boss():
    return UserFactory(is_superuser=True)


@pytest.fixture
def room(client, boss):
    log_in(client, boss)
    return client


def address(model, page, *args):
    return "/admin/{}/{}/{}".format(model._meta.app_label, model._meta.model_name, "/".join([*map(str, args), page]))


def a_row_of_each():
    revision = RevisionFactory(event=EventFactory(), number=2, state="approved")
    event = revision.event
    return {
        Event: event,
        Revision: revision,
        City: event.city,
        Decision: Decision.objects.create(
            at=WEEKS_BEFORE, verb="approve", actor_id=revision.author.actor_id, event=event
        ),
        EventChange: EventChange.objects.create(event=event, kind="published", at=WEEKS_BEFORE),
        Campaign: event.campaign,
        Coordinator: CoordinatorFactory(),
    }


@pytest.mark.parametrize("model", [*READ_ONLY, Campaign])
@pytest.mark.parametrize("view", ["list", "search", "row"])
def test_every_page_opens(room, model, view):
    row = a_row_of_each()[model]
    url = {
        "list": address(model, ""),
        "search": address(model, "?q=Warschau"),
        "row": address(model, "change/", row.pk),
    }[view]
    assert room.get(url).status_code == 200


@pytest.mark.parametrize("model", READ_ONLY)
def test_nothing_goes_around_revisions_and_decisions(room, model):
    row = a_row_of_each()[model]
    assert room.get(address(model, "add/")).status_code == 403
    assert room.post(address(model, "add/"), {"title": "x"}).status_code == 403
    assert room.post(address(model, "change/", row.pk), {"title": "x", "state": "published"}).status_code == 403
    assert room.post(address(model, "delete/", row.pk), {"post": "yes"}).status_code == 403
    room.post(address(model, ""), {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    before = model.objects.get(pk=row.pk)
    assert before == row
    assert not AuditEntry.objects.exists()


def test_what_holds_rights_or_marks_in_secret_is_not_here_at_all():
    for model in (Organiser, SiteStamp):
        assert model not in admin.site._registry


@pytest.mark.parametrize("model", [Event, Revision])
@pytest.mark.parametrize("view", ["", "change/"])
def test_places_and_contacts_are_not_shown(room, model, view):
    row = a_row_of_each()[model]
    shown = room.get(address(model, view, *([row.pk] if view else []))).content.decode()
    assert "Zamkowy" not in shown
    assert "hello@example.org" not in shown


@pytest.mark.parametrize(
    ("person", "outcome"),
    [
        (lambda: None, 302),
        (lambda: OrganiserFactory().user, 302),
        (lambda: CoordinatorFactory().user, 302),
        (lambda: UserFactory(is_staff=True), 200),
        (lambda: UserFactory(is_superuser=True), 200),
    ],
)
def test_only_staff_comes_in(client, person, outcome):
    user = person()
    if user:
        log_in(client, user)
    assert client.get("/admin/").status_code == outcome
    if not (user and user.is_superuser):
        assert client.get("/admin/events/campaign/").status_code in {302, 403}


@pytest.fixture
def campaign():
    campaign = CampaignFactory(state="draft")
    CampaignCountryFactory(campaign=campaign)
    CampaignTextFactory(campaign=campaign)
    return campaign


def form_of(campaign, **changes):
    days = {name: getattr(campaign, name) for name in ("starts_on", "ends_on", "actions_from", "actions_to")}
    [country], [text] = campaign.countries.all(), campaign.texts.all()
    return {
        "slug": campaign.slug,
        "timezone": campaign.timezone,
        "source_url": "",
        **days,
        "countries-TOTAL_FORMS": 2,
        "countries-INITIAL_FORMS": 1,
        "countries-0-id": country.pk,
        "countries-0-campaign": campaign.pk,
        "countries-0-country": "PL",
        "countries-0-position": 1,
        "countries-0-timezone": "Europe/Warsaw",
        "countries-0-least_disclosure": "public",
        "countries-1-campaign": campaign.pk,
        "countries-1-country": "UA",
        "countries-1-position": 2,
        "countries-1-timezone": "Europe/Kyiv",
        "countries-1-least_disclosure": "followers",
        "texts-TOTAL_FORMS": 1,
        "texts-INITIAL_FORMS": 1,
        "texts-0-id": text.pk,
        "texts-0-campaign": campaign.pk,
        "texts-0-language": "en",
        "texts-0-name": "Another name",
        "texts-0-slogan": "",
        "texts-0-call": "",
        **changes,
    }


def test_an_edition_is_edited_with_its_texts_and_countries(room, boss, campaign):
    version = SiteStamp.objects.current()
    assert room.post(address(Campaign, "change/", campaign.pk), form_of(campaign)).status_code == 302
    assert campaign.texts.get().name == "Another name"
    assert set(campaign.countries.values_list("country", "least_disclosure")) == {
        ("PL", "public"),
        ("UA", "followers"),
    }
    assert SiteStamp.objects.current() > version
    assert [(e.verb, e.actor_id) for e in AuditEntry.objects.all()] == [("campaign edited", boss.actor_id)]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"actions_to": "2027-10-12"}, "Protests that would lie outside these days: 1."),
        ({"ends_on": "2027-10-10"}, "campaign_ends_after_start"),
        ({"countries-1-country": "XX"}, "Select a valid choice"),
        ({"countries-1-timezone": "Europe/Kyjiw"}, "is not a time zone"),
        ({"slug": "a b"}, "valid “slug”"),
    ],
)
def test_wrong_entries_are_refused_with_a_word(room, campaign, changes, said):
    EventFactory(campaign=campaign, day=dt.date(2027, 10, 13))
    response = room.post(address(Campaign, "change/", campaign.pk), form_of(campaign, **changes))
    assert response.status_code == 200
    assert said in response.content.decode()
    campaign.refresh_from_db()
    assert campaign.actions_to == dt.date(2027, 10, 13)


def test_the_state_cannot_be_typed(room, campaign):
    room.post(address(Campaign, "change/", campaign.pk), form_of(campaign, state="archived"))
    campaign.refresh_from_db()
    assert campaign.state == "draft"


@pytest.mark.parametrize(
    ("state", "action", "after"),
    [
        ("draft", "open_editions", "open"),
        ("open", "close_editions", "closed"),
        ("closed", "archive_editions", "archived"),
        ("closed", "open_editions", "open"),
        ("draft", "archive_editions", "draft"),
        ("archived", "open_editions", "archived"),
    ],
)
def test_the_state_moves_by_the_actions_of_the_list(room, campaign, state, action, after):
    Campaign.objects.update(state=state)
    response = room.post(address(Campaign, ""), {"action": action, "_selected_action": [campaign.pk]}, follow=True)
    campaign.refresh_from_db()
    assert campaign.state == after
    assert ("cannot become" in response.content.decode()) == (state == after)


def test_an_edition_is_copied_to_the_next_year_once(room, campaign):
    for _n in range(2):
        response = room.post(
            address(Campaign, ""), {"action": "copy_to_next_year", "_selected_action": [campaign.pk]}, follow=True
        )
    assert "already exists" in response.content.decode()
    new = Campaign.objects.get(slug="2028")
    assert (new.state, new.starts_on, new.countries.count()) == ("draft", dt.date(2028, 10, 11), 1)


@pytest.mark.parametrize(("state", "protests", "gone"), [("draft", 0, True), ("draft", 1, False), ("open", 0, False)])
def test_only_an_empty_draft_can_be_deleted(room, campaign, state, protests, gone):
    Campaign.objects.update(state=state)
    EventFactory.create_batch(protests, campaign=campaign)
    room.post(address(Campaign, "delete/", campaign.pk), {"post": "yes"})
    assert Campaign.objects.exists() is not gone


def test_who_moderates_is_changed_elsewhere(room):
    person = CoordinatorFactory(user__email="someone@example.org")
    page = room.get(address(Coordinator, "")).content.decode()
    assert 'href="/moderation/people/"' in page
    assert "someone@example.org" not in page + room.get(address(Coordinator, "change/", person.pk)).content.decode()


def test_cities_are_found_in_any_spelling(room):
    CityFactory(spellings=["Warschau", "Варшава"])
    CityFactory(geoname_id=1, name="Kraków", slug="krakow")
    for typed in ("warsch", "ВАРШАВА"):
        shown = room.get(address(City, ""), {"q": typed}).content.decode()
        assert "Warszawa" in shown
        assert "Kraków" not in shown


def test_protests_are_found_by_text_and_number(room):
    event = EventFactory(title="Łańcuch")
    EventFactory(title="Other")
    for typed in ("lancuch", event.public_id):
        found = room.get(address(Event, ""), {"q": typed}).context["cl"].queryset
        assert [one.pk for one in found] == [event.pk]


@pytest.mark.parametrize("model", [Event, Revision, Decision, EventChange])
def test_lists_cost_as_much_with_three_rows_as_with_one(room, model):
    a_row_of_each()
    with CaptureQueriesContext(connection) as one:
        room.get(address(model, ""))
    campaign, city = Campaign.objects.get(), City.objects.get()
    for _n in range(2):
        event = EventFactory(campaign=campaign, city=city)
        RevisionFactory(event=event, city=city)
        Decision.objects.create(at=WEEKS_BEFORE, verb="hide", actor_id=UserFactory().actor_id, event=event)
        EventChange.objects.create(event=event, kind="hidden", at=WEEKS_BEFORE)
    with CaptureQueriesContext(connection) as three:
        room.get(address(model, ""))
    assert len(three) == len(one)
