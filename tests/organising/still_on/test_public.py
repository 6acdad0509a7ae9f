"""What the public sees."""

from collections.abc import Callable

import pytest
import time_machine
from django.test import Client

from organising import still_on
from reminders.planning import plan
from tests.factories import CampaignFactory, SubscriptionFactory
from tests.organising.still_on.asking import LONG_BEFORE, at, owned, protest
from tests.reminders.conftest import Mail


@pytest.mark.django_db
def test_every_public_place_says_that_it_is_not_confirmed() -> None:
    campaign = CampaignFactory()
    event, organiser = owned(campaign=campaign)
    page = event.get_absolute_url()
    places = [page, "/en/countries/pl/", "/en/protests/", "/feeds/all.ics", "/feeds/all.atom"]

    def says_so() -> list[bool]:
        client = Client()
        # A calendar folds its lines.
        texts = [client.get(path).content.decode().replace("\r\n ", "").lower() for path in places]
        return ["not confirmed" in text for text in texts]

    def fact() -> object:
        return Client().get("/feeds/all.json").json()["items"][0]["_noborder"]["is_unconfirmed"]

    with time_machine.travel(at("10-11 09:00"), tick=False):
        assert (says_so(), fact()) == ([False] * 5, False)
        still_on.mark_unconfirmed(at("10-11 09:00"))
        assert (says_so(), fact()) == ([True] * 5, True)
        assert "STATUS:TENTATIVE" in Client().get("/feeds/all.ics").content.decode()
        still_on.confirm(event, by=organiser.user)
        assert (says_so(), fact()) == ([False] * 5, False)


@pytest.mark.django_db
def test_a_reminder_says_so_too(delivered: Callable[[], list[Mail]]) -> None:
    event = protest()
    SubscriptionFactory(event=event, created_at=LONG_BEFORE, confirmed_at=LONG_BEFORE)
    with time_machine.travel(at("10-11 11:00"), tick=False):
        still_on.mark_unconfirmed(at("10-11 11:00"))
        plan(at("10-11 11:00"))
        (mail,) = delivered()
    assert "Not confirmed by the organisers yet." in mail.text
    assert "Not confirmed by the organisers yet." in mail.html
