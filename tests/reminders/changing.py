"""Protests that change, and who is told."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from events.actions import SECOND_THOUGHTS, change_state, write_details
from events.models import Event, EventChange, Revision
from outbox.models import Delivery
from reminders.models import Subscription
from tests.factories import CampaignFactory, RevisionFactory, SubscriptionFactory, UserFactory

WARSAW = ZoneInfo("Europe/Warsaw")
LONG_BEFORE = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
Kind = EventChange.Kind


def local(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=WARSAW)


def edit(event: Event, at: dt.datetime, **fields: Any) -> None:
    """What approving an edit did to the protest, so long ago that its followers may be told by *at*."""
    event.refresh_from_db()
    author = UserFactory()
    details = {**event.details(), **fields}
    revision = RevisionFactory(
        event=event, number=event.revisions.count() + 2, author=author, state=Revision.State.APPROVED, **details
    )
    write_details(revision, at=at - SECOND_THOUGHTS)
    event.refresh_from_db()


def cancel(event: Event, at: dt.datetime, reason: str = "The square is flooded.") -> None:
    change_state(event, Event.State.CANCELLED, Kind.CANCELLED, at=at, cancel_reason=reason)


def scope_follower(**fields: Any) -> Subscription:
    scope = "city" if "city" in fields else "country" if "country" in fields else "campaign"
    values = {"confirmed_at": LONG_BEFORE, "event": None, "campaign": CampaignFactory(), "scope": scope, **fields}
    return SubscriptionFactory(**values)


def at_warsaw(moment: dt.datetime) -> str:
    return f"{moment.astimezone(WARSAW):%Y-%m-%d %H:%M}"


def letters() -> list[tuple[str, str]]:
    return [(row.letter, at_warsaw(row.not_before)) for row in Delivery.objects.order_by("pk")]
