"""Every form that a stranger can send, filled in rightly: what R4, R5 and R34 send again and again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.test import Client

from events.models import Event, Registration, Report, SignOn, Thread
from organising.models import ShiftSignUp
from reminders.models import Subscription
from tests.events import test_contact, test_report, test_to_organisers
from tests.events.appeal import signing
from tests.events.register import form as registering
from tests.factories import (
    CampaignCountryFactory,
    CampaignTextFactory,
    CityFactory,
    CoordinatorFactory,
    EventFactory,
    OrganiserFactory,
    ShiftFactory,
)
from tests.guards import guards


@dataclass(frozen=True)
class StrangerForm:
    path: Callable[[Event], str]
    fill_in: Callable[[Event], dict[str, Any]]
    # What it makes one of.
    makes: type[Model]
    asks_for_address: bool = True
    # The mail that asks an address whether it was meant, where one leaves.
    asks_by: str = ""

    def send(self, client: Client, event: Event, **changes: Any) -> Any:
        return client.post(self.path(event), self.fill_in(event) | changes)


def _help(event: Event) -> dict[str, Any]:
    return {"shifts": [str(shift.pk) for shift in event.shifts.all()], "name": "Anna", **guards()}


FORMS: dict[str, StrangerForm] = {
    "subscribe": StrangerForm(
        lambda event: f"/en/reminders/?event={event.public_id}",
        lambda event: {"week_before": "on", "day_before": "on", "on_the_day": "on"},
        Subscription,
        asks_by="confirm",
    ),
    "register": StrangerForm(lambda event: "/en/register/", lambda event: registering.answers(), Registration),
    "sign": StrangerForm(lambda event: "/en/appeal/sign/", lambda event: signing.answers(), SignOn, asks_by="sign_on"),
    "contact": StrangerForm(lambda event: "/en/contact/", lambda event: test_contact.answers(), Thread),
    "write to organisers": StrangerForm(test_to_organisers.path_of, lambda event: test_to_organisers.answers(), Thread),
    "report": StrangerForm(test_report.path_of, lambda event: test_report.answers(), Report, asks_for_address=False),
    "help": StrangerForm(
        lambda event: f"{event.get_absolute_url()}help/",
        _help,
        ShiftSignUp,
        asks_by="shift_confirm",
    ),
}


def protest() -> Event:
    """A public protest to which all of these can be sent."""
    event = EventFactory()
    OrganiserFactory(event=event)
    CampaignTextFactory(campaign=event.campaign, appeal="We ask you to end it.")
    CampaignCountryFactory(campaign=event.campaign)
    CoordinatorFactory(admin=True, campaign=event.campaign)
    CityFactory()
    ShiftFactory(event=event)
    return event
