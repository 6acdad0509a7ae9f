"""What was deleted when, in numbers alone: the public may check that the promise is kept."""

from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from outbox.models import Purge

_NOTE = """
    INSERT INTO outbox_purge AS known (day, what, number) VALUES (%(day)s, %(what)s, %(number)s)
    ON CONFLICT (day, what) DO UPDATE SET number = known.number + excluded.number
"""


def note(what: Purge.What, number: int) -> None:
    """Add to what was deleted today."""
    if number:
        with connection.cursor() as cursor:
            cursor.execute(_NOTE, {"day": timezone.now().date(), "what": what, "number": number})


@transaction.atomic
def delete(what: Purge.What, rows: "QuerySet[Any]") -> int:
    """Delete *rows* with all that goes with them, and note how many of them there were."""
    _all, by_model = rows.delete()
    number = by_model.get(rows.model._meta.label, 0)
    note(what, number)
    return number
