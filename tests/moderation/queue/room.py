"""The queue: what stands in it, for whom, in which order, and what it costs to open."""

import datetime as dt

from django.db import connection

from events.models import Event, Revision
from tests.factories import WEEKS_BEFORE, CampaignFactory, EventFactory, RevisionFactory

NOW = WEEKS_BEFORE + dt.timedelta(hours=3)
DAY = dt.timedelta(days=1)


def submission(**values):
    return RevisionFactory(**{"submitted_at": WEEKS_BEFORE, **values})


def edit(**values):
    return submission(event=EventFactory(), number=2, **values)


def titles(response):
    page = response.context["page"]
    return [row.title for row in [*page.urgent, *page.rows]]


def shown(client, **query):
    return titles(client.get("/moderation/", query))


def many(number: int, **values: object) -> None:
    """As many submissions by one person, each with a protest of its own. The database copies the first one: making
    thousands of rows here takes longer than what is tried with them."""
    event = EventFactory(campaign=CampaignFactory(), state="submitted", **_details_in(values))
    one = RevisionFactory(event=event, submitted_at=WEEKS_BEFORE, **values)
    taken = Event.objects.count()
    copied = f"translate(lpad(({taken} + n)::text, 8, '0'), '01', 'bc')"
    _copy(event, f"generate_series(1, {number - 1}) n", public_id=copied)
    protests = f"(SELECT id, row_number() OVER (ORDER BY id) n FROM events_event WHERE id > {event.pk}) made"
    _copy(one, protests, event_id="made.id", submitted_at="kept.submitted_at + n * interval '1 second'")


def _details_in(values: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if name in {"title", "description", "country"}}


def _copy(row: Event | Revision, source: str, **changed: str) -> None:
    """Copy *row* once for each of *source*, but for the columns that are *changed*."""
    table = row._meta.db_table
    fields = [field for field in row._meta.local_concrete_fields if not (field.primary_key or field.generated)]
    columns = ", ".join(field.column for field in fields)
    copied = ", ".join(changed.get(field.column, f"kept.{field.column}") for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}) SELECT {copied} FROM {table} kept, {source} WHERE kept.id = %s", [row.pk]
        )
