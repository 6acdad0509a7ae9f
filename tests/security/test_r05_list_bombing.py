"""R5: whoever types somebody else's address again and again, from everywhere, makes one mail a day and three a week.

There are three things that strangers can ask an address to confirm: reminders, a signature, a shift. Each is asked
for once a day, since one mail cannot confirm another's."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from events.models import Event
from outbox.models import Delivery
from tests.factories import WEEKS_BEFORE, RecipientFactory
from tests.security.stranger_forms import FORMS, protest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "fresh_limits")]
ASKING = [name for name, form in FORMS.items() if form.asks_by]
# One mailbox, as mail programs see it.
SPELLINGS = ["anna.b@example.org", "annab@example.org", "Anna.B+{n}@example.org", "a.n.n.a.b@EXAMPLE.org"]


@pytest.fixture
def event(clock: Any) -> Event:
    return protest()


def _bomb(name: str, event: Event, times: int) -> int:
    """How many mails there are after that."""
    for n in range(times):
        client = Client(REMOTE_ADDR=f"10.{n}.0.1")
        response = FORMS[name].send(client, event, email=SPELLINGS[n % len(SPELLINGS)].format(n=n))
        assert response.status_code == 302
    return Delivery.objects.filter(letter=FORMS[name].asks_by).count()


@pytest.mark.parametrize("name", ASKING)
def test_two_hundred_networks_make_one_mail(name: str, event: Event, is_long: bool) -> None:
    assert _bomb(name, event, 200 if is_long else 12) == 1


@pytest.mark.parametrize("name", ASKING)
def test_three_mails_a_week_and_no_more(name: str, event: Event, clock: Any) -> None:
    made = []
    for _day in range(9):
        made.append(_bomb(name, event, 1))
        clock.shift(timedelta(hours=25))
    assert made == [1, 2, 3, 3, 3, 3, 3, 4, 5]


@pytest.mark.parametrize("name", ASKING)
def test_never_again_makes_none_whatever_the_spelling_of_the_same_address(name: str, event: Event) -> None:
    for spelling in ("anna.b@example.org", "annab@example.org", "anna.b+1@example.org", "a.n.n.a.b@example.org"):
        RecipientFactory(address=spelling, never_again_at=WEEKS_BEFORE)
    for spelling in ("anna.b@example.org", "annab@example.org"):
        assert FORMS[name].send(Client(), event, email=spelling).status_code == 302
    assert not Delivery.objects.exists()
