"""R34: a form that is sent five times, twice at once, or again after nothing came back, is one row."""

import pytest
import time_machine
from django.db import connection
from django.test import Client

from tests.at_once import at_once
from tests.factories import WEEKS_BEFORE
from tests.security.stranger_forms import FORMS, protest

pytestmark = pytest.mark.usefixtures("fresh_limits")


@pytest.mark.django_db
@pytest.mark.parametrize("name", FORMS)
@time_machine.travel(WEEKS_BEFORE, tick=False)
def test_five_times_in_turn_are_one(name: str) -> None:
    event, form = protest(), FORMS[name]
    typed = form.fill_in(event)
    if form.asks_for_address:
        typed["email"] = "anna@example.org"
    client = Client()
    answers = [client.post(form.path(event), typed) for _time in range(5)]
    # Each is told what the first was told: whoever saw no answer sees it now.
    assert len({(answer.status_code, answer.headers["Location"]) for answer in answers}) == 1
    assert form.makes.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", FORMS)
@time_machine.travel(WEEKS_BEFORE, tick=False)
def test_two_at_once_are_one(name: str) -> None:
    event, form = protest(), FORMS[name]
    typed = form.fill_in(event)
    if form.asks_for_address:
        typed["email"] = "anna@example.org"

    def send() -> int:
        try:
            return Client().post(form.path(event), typed).status_code
        finally:
            connection.close()

    assert at_once(send, send) == [302, 302]
    assert form.makes.objects.count() == 1
