"""Public protests of which something is missing."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from events.listing import Cursor
from events.models import Campaign, Event
from events.models.event import EventQuerySet
from moderation.permissions import events_of
from moderation.unconfirmed import unconfirmed

NO_CONTACT = Q(contact_link="")
NO_ACCESS = Q(access_notes="", access_features=[])


@dataclass(frozen=True)
class Row:
    event: Event
    marks: list[str]


def ahead(user: User, campaign: Campaign, now: datetime) -> EventQuerySet:
    return events_of(user).in_campaign(campaign).taking_place().upcoming(now)


def incomplete(events: EventQuerySet) -> EventQuerySet:
    """Those that say nothing of access, or where nobody can ask."""
    return events.filter(NO_CONTACT | NO_ACCESS)


def silent(user: User, campaign: Campaign, now: datetime) -> EventQuerySet:
    return unconfirmed(events_of(user).in_campaign(campaign), now)


def _marks(event: Event) -> list[str]:
    marks = []
    if event.is_unconfirmed:
        marks.append(_("not confirmed"))
    if not event.contact_link:
        marks.append(_("no contact"))
    if not event.access_notes and not event.access_features:
        marks.append(_("nothing on access"))
    return marks


def page_of(events: EventQuerySet, after: str, most: int) -> tuple[list[Row], str]:
    """The rows behind the one named in *after*, as on a timetable, and the name of the last one if there are more."""
    rows = events.select_related("city").in_order()
    cursor = Cursor.parse(after)
    found = list((rows.filter(cursor.rows_after()) if cursor else rows)[: most + 1])
    listed = [Row(event, _marks(event)) for event in found[:most]]
    return listed, str(Cursor.of(found[most - 1])) if len(found) > most else ""
