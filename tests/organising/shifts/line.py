"""Shifts: organisers ask for helpers, strangers offer help, and the line alone decides who is in."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from events.models import Event
from organising.actions import shifts
from organising.actions.shifts import Need
from organising.models import Shift, ShiftSignUp
from outbox.models import Delivery, Recipient
from tests.factories import OrganiserFactory

State = ShiftSignUp.State
HOUR = timedelta(hours=1)


def offer(shift: Shift, address: str, name: str = "", key: uuid.UUID | None = None) -> Recipient:
    now = datetime.now(UTC)
    shifts.offer([shift], address, name=name, language="en", key=key or uuid.uuid4(), now=now)
    return Recipient.objects.with_address(address).get()


def join(shift: Shift, address: str, name: str = "") -> ShiftSignUp:
    recipient = offer(shift, address, name)
    shifts.take(recipient, language="en")
    return ShiftSignUp.objects.get(shift=shift, recipient=recipient)


def states(shift: Shift) -> list[tuple[str, str]]:
    """Who is in line, in order: address and state."""
    rows = shift.sign_ups.in_line().select_related("recipient").order_by("line")
    return [(row.recipient.address.partition("@")[0], row.state) for row in rows]


def free(shift: Shift) -> int:
    return Event.objects.get(pk=shift.event_id).helpers_wanted


def need(shift: Shift, **values: Any) -> Need:
    names = ("job", "label", "starts_after", "ends_after", "needed", "note")
    return Need(**{name: getattr(shift, name) for name in names} | values)


def added(event: Event, **values: Any) -> Shift:
    values = {"job": "steward", "label": "", "starts_after": -HOUR, "ends_after": HOUR, "needed": 2} | values
    return shifts.add_shift(event, Need(**values), by=OrganiserFactory(event=event).user)


def news() -> list[tuple[str, str]]:
    rows = Delivery.objects.filter(letter="shift_news").select_related("recipient").order_by("pk")
    return [(row.recipient.address.partition("@")[0], row.ids["what"]) for row in rows]


def help_path(event: Event) -> str:
    return f"/en/protests/{event.public_id}-{event.slug}/help/"
