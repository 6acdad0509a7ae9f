"""A protest that is approved and waits for its hour: nobody sees it, the clock publishes it, organisers may move it."""

import datetime as dt
from typing import Any

from accounts.models import User
from events.models import Event, Revision
from tests.factories import OrganiserFactory, RevisionFactory

State = Event.State
HOUR = dt.datetime(2027, 9, 20, 8, 0, tzinfo=dt.UTC)
LATER = dt.datetime(2027, 9, 25, 8, 0, tzinfo=dt.UTC)


def submitted(owner: User, **values: Any) -> Revision:
    revision = RevisionFactory(author=owner, event__publish_at=HOUR, event__state="submitted", **values)
    OrganiserFactory(event=revision.event, user=owner)
    return revision


def room(event: Event) -> str:
    return f"/organise/{event.public_id}/"


def state_of(event: Event) -> str:
    event.refresh_from_db()
    return event.state
