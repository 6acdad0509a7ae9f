"""R4: no form tells whether an address is known: the same answer, as many statements, and no mail in the request."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from events.models import Event
from outbox.models import Delivery
from tests.factories import (
    WEEKS_BEFORE,
    OrganiserFactory,
    RecipientFactory,
    SignOnFactory,
    SubscriptionFactory,
    UserFactory,
)
from tests.security.stranger_forms import FORMS, protest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_limits")]
# What may be known of an address.
KNOWN: dict[str, Callable[[str, Event], Any]] = {
    "account": lambda address, event: UserFactory(email=address),
    "organiser": lambda address, event: OrganiserFactory(event=event, user=UserFactory(email=address)),
    "follower": lambda address, event: SubscriptionFactory(event=event, recipient=RecipientFactory(address=address)),
    "signed": lambda address, event: SignOnFactory(
        campaign=event.campaign, recipient=RecipientFactory(address=address)
    ),
    "mailbox that takes no mail": lambda address, event: RecipientFactory(address=address, suspended_at=WEEKS_BEFORE),
}
# Log-in is a form of its own: whoever has no account is told the same and gets no mail.
ASKED = [*(name for name, form in FORMS.items() if form.asks_for_address), "log in"]


def _ask(name: str, event: Event, address: str, network: int) -> tuple[object, ...]:
    client = Client(REMOTE_ADDR=f"10.{network // 250}.{network % 250}.1")
    with CaptureQueriesContext(connection) as queries:
        if name == "log in":
            response = client.post("/accounts/login/", {"email": address})
        else:
            response = FORMS[name].send(client, event, email=address)
    # A key that the form has sent along stands in the address of the next page.
    headers = {header: value for header, value in response.headers.items() if header != "Location"}
    return response.status_code, len(response.content), sorted(headers.items()), len(queries)


@pytest.mark.parametrize("name", ASKED)
@time_machine.travel(WEEKS_BEFORE, tick=False)
def test_known_and_unknown_addresses_get_the_same_answer(name: str, is_long: bool, mailbox_is_empty: Any) -> None:
    event = protest()
    # What is made once, by whoever comes first.
    _ask(name, event, "first@example.org", 1)
    rounds = 100 if is_long else 1
    answers = set()
    for number in range(rounds):
        for kind, (known, make) in enumerate(KNOWN.items()):
            address = f"{known.replace(' ', '.')}{number:03}@example.org"
            make(address, event)
            network = 2 * (number * len(KNOWN) + kind) + 2
            answers.add(str(_ask(name, event, address, network)))
            # Of the same length.
            answers.add(str(_ask(name, event, address.translate(str.maketrans("aeiou", "uoiea")), network + 1)))
    assert len(answers) == 1
    mailbox_is_empty()


@pytest.fixture
def mailbox_is_empty() -> Callable[[], None]:
    """Mail is queued by the form, and sent by somebody else."""

    def check() -> None:
        assert set(Delivery.objects.values_list("state", flat=True)) <= {Delivery.State.QUEUED}

    return check
