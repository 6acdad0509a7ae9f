import datetime as dt

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from accounts.models import AuditEntry
from events.actions import Refused, submit_protest
from events.campaigns import change_days, copy_campaign, move_campaign, protests_outside
from events.models import Campaign, Event, Revision, SiteStamp
from tests.factories import (
    CampaignCountryFactory,
    CampaignFactory,
    CampaignTextFactory,
    EventFactory,
    RevisionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
BEFORE = dt.datetime(2027, 9, 1, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _weeks_before():
    with time_machine.travel(BEFORE, tick=False):
        yield


@pytest.fixture
def admin():
    return UserFactory(is_superuser=True)


@pytest.fixture
def ready(admin):
    """An edition that has all it needs to be opened."""
    campaign = CampaignFactory(state="draft", actions_from=dt.date(2027, 10, 10))
    CampaignTextFactory(campaign=campaign, call="Come.")
    CampaignTextFactory(campaign=campaign, language="de", name="Aktionstag")
    CampaignCountryFactory(campaign=campaign, country="UA", timezone="Europe/Kyiv", least_disclosure="followers")
    return campaign


def test_a_copy_has_countries_texts_and_moved_dates_and_is_a_draft(ready, admin):
    EventFactory(campaign=ready)
    new = copy_campaign(ready, "2028", dt.date(2028, 10, 13), by=admin)
    assert (new.state, new.timezone) == ("draft", "Europe/Brussels")
    assert (new.starts_on, new.ends_on) == (dt.date(2028, 10, 13), dt.date(2028, 10, 15))
    assert (new.actions_from, new.actions_to) == (dt.date(2028, 10, 12), dt.date(2028, 10, 15))
    assert list(new.countries.values_list("country", "timezone", "least_disclosure")) == [
        ("UA", "Europe/Kyiv", "followers")
    ]
    assert set(new.texts.values_list("language", "name", "call")) == {
        ("en", "International Day of Action", "Come."),
        ("de", "Aktionstag", ""),
    }
    assert not new.events.exists()


@pytest.mark.usefixtures("ready")
def test_the_command_copies_once():
    call_command("new_campaign", "2028", source="2027", starts=dt.date(2028, 10, 11))
    call_command("new_campaign", "2028", source="2027", starts=dt.date(2028, 10, 11))
    assert list(Campaign.objects.values_list("slug", "state")) == [("2028", "draft"), ("2027", "draft")]


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["2028", "--from", "1999", "--starts", "2028-10-11"], "There is no edition 1999 to copy."),
        (["2028", "--from", "2027", "--starts", "2028-02-31"], "2028-02-31 is not a day like 2028-10-11"),
        (["20 28", "--from", "2027", "--starts", "2028-10-11"], "valid “slug”"),
    ],
)
def test_the_command_says_clearly_what_is_wrong(arguments, said):
    with pytest.raises(CommandError, match=said):
        call_command("new_campaign", *arguments)
    assert Campaign.objects.count() == 1


def test_a_slug_is_taken_once(ready):
    with pytest.raises(ValidationError, match="already exists"):
        copy_campaign(ready, "2027", dt.date(2028, 10, 11))


MOVES = {
    ("draft", "open"),
    ("open", "closed"),
    ("closed", "archived"),
    ("closed", "open"),
}


@pytest.mark.parametrize("state", Campaign.State.values)
@pytest.mark.parametrize("to", Campaign.State.values)
def test_the_state_moves_in_the_allowed_steps_alone(ready, admin, state, to):
    Campaign.objects.update(state=state)
    version = SiteStamp.objects.current()
    if (state, to) in MOVES:
        assert move_campaign(ready, to, by=admin).state == to
        assert SiteStamp.objects.current() > version
        assert AuditEntry.objects.get().actor_id == admin.actor_id
    else:
        with pytest.raises(Refused):
            move_campaign(ready, to, by=admin)
        assert (Campaign.objects.get().state, AuditEntry.objects.count()) == (state, 0)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda campaign: campaign.countries.all().delete(), "countries"),
        (lambda campaign: campaign.texts.filter(language="en").delete(), "English"),
        (lambda campaign: Campaign.objects.update(actions_to=dt.date(2027, 8, 31), actions_from="2027-08-30"), "over"),
    ],
)
def test_an_edition_that_is_not_ready_is_not_opened(ready, admin, spoil, said):
    spoil(ready)
    with pytest.raises(Refused, match=said):
        move_campaign(ready, "open", by=admin)


@pytest.mark.parametrize(
    ("state", "counts"),
    [("published", 1), ("cancelled", 1), ("hidden", 1), ("withdrawn", 0), ("submitted", 0)],
)
def test_days_that_would_leave_public_protests_outside_are_refused(admin, state, counts):
    event = EventFactory(state=state, day=dt.date(2027, 10, 13))
    first, last = dt.date(2027, 10, 11), dt.date(2027, 10, 12)
    assert protests_outside(event.campaign, first, last) == counts
    if counts:
        with pytest.raises(Refused, match="lie outside these days: 1"):
            change_days(event.campaign, first, last, by=admin)
    else:
        assert change_days(event.campaign, first, last, by=admin).actions_to == last


@pytest.mark.parametrize(("state", "counts"), [("pending", 1), ("changes_requested", 1), ("rejected", 0)])
def test_days_that_would_leave_submissions_outside_are_refused(state, counts):
    revision = RevisionFactory(state=state, day=dt.date(2027, 10, 13), event__day=dt.date(2027, 10, 13))
    campaign = revision.event.campaign
    assert protests_outside(campaign, dt.date(2027, 10, 11), dt.date(2027, 10, 12)) == counts


def test_a_protest_and_its_edit_count_once():
    event = EventFactory(day=dt.date(2027, 10, 13))
    RevisionFactory(event=event, day=dt.date(2027, 10, 13))
    assert protests_outside(event.campaign, dt.date(2027, 10, 11), dt.date(2027, 10, 12)) == 1


def test_days_can_grow_and_are_checked_for_order(ready, admin):
    assert change_days(ready, dt.date(2027, 10, 9), dt.date(2027, 10, 20), by=admin).actions_to.day == 20
    with pytest.raises(ValidationError):
        change_days(ready, dt.date(2027, 10, 20), dt.date(2027, 10, 9), by=admin)


@pytest.mark.parametrize("day", [dt.date(2027, 10, 10), dt.date(2027, 10, 14)])
def test_a_protest_outside_the_days_is_refused(day):
    details = RevisionFactory.build(event=None, author=None, city=None).details()
    details |= {"day": day, "place_kind": "country", "address": "", "city": None}
    with pytest.raises(Refused):
        submit_protest(CampaignFactory(), details, by=UserFactory())
    assert (Event.objects.count(), Revision.objects.count()) == (0, 0)
