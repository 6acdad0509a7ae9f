"""From the form over the mailed code to the queue, and all that can go wrong on the way."""

import uuid
from typing import Any

import time_machine
from django.test import Client

from events.forms.guarded import _stamp
from events.models import Registration
from tests.factories import WEEKS_BEFORE

FORM = "/en/register/"
ADDRESS = "olena@example.org"


def answers(**changes: Any) -> dict[str, Any]:
    started = WEEKS_BEFORE.timestamp() - 60
    with time_machine.travel(started, tick=False):
        stamp = _stamp.sign("form")
    return {
        "title": "March for freedom of movement",
        "description": "We walk from the station to the square.",
        "language": "en",
        "kind": "demonstration",
        "day": "2027-10-11",
        "start_time": "14:00",
        "country": "PL",
        "place_kind": "address",
        "city": "Warszawa",
        "venue": "Plac Zamkowy",
        "disclosure": "public",
        "email": ADDRESS,
        "key": str(uuid.uuid4()),
        "started": stamp,
        **changes,
    }


def code_page(key: str) -> str:
    return f"/en/register/{key}/code/"


def done_page(registration: Registration) -> str:
    return f"/en/register/{registration.key}/"


def sent(client: Client, **changes: Any) -> Registration:
    """The registration made by a right form, its code on the way."""
    response = client.post(FORM, answers(**changes))
    assert response.status_code == 302, response.content.decode()
    registration = Registration.objects.latest("pk")
    assert response.url == code_page(str(registration.key))
    return registration


def right_code(registration: Registration) -> str:
    registration.refresh_from_db()
    assert registration.code is not None
    return registration.code.code


def wrong_code(registration: Registration) -> str:
    return f"{(int(right_code(registration)) + 1) % 1_000_000:06}"
