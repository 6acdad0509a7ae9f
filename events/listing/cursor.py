"""Where a page of a list ends, as it stands in the address of the next one."""

import re
from dataclasses import dataclass
from datetime import date, time

from django.db.models import BooleanField, Func, Q, Value
from django.db.models.lookups import GreaterThan

from events import when
from events.models import Event


def _is_after(*last: object) -> GreaterThan:
    """One comparison of rows, by which an index is entered right at the place. Those without an hour are not after one
    with an hour on the same day: comparing them gives null."""
    return GreaterThan(
        Func("day", "start_time", "pk", function="ROW", output_field=BooleanField()),
        Func(*map(Value, last), function="ROW", output_field=BooleanField()),
    )


@dataclass(frozen=True)
class Cursor:
    """The last row of a page, by the columns that the list is sorted by. `km` only where it is sorted by distance."""

    day: date
    start: time | None
    pk: int
    km: int | None = None

    @classmethod
    def of(cls, event: Event) -> "Cursor":
        return cls(event.day, event.start_time, event.pk, getattr(event, "km", None))

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        found = re.fullmatch(r"(?:(\d{1,5})km\.)?(\d{4}-\d\d-\d\d)\.(\d\d:\d\d|)\.(\d{1,18})", text, re.ASCII)
        if not found:
            return None
        try:
            start = time.fromisoformat(found[3]) if found[3] else None
            km = int(found[1]) if found[1] else None
            return cls(date.fromisoformat(found[2]), start, int(found[4]), km)
        except ValueError:
            return None

    def __str__(self) -> str:
        distance = "" if self.km is None else f"{self.km}km."
        return f"{distance}{self.day.isoformat()}.{when.clock(self.start)}.{self.pk}"

    def rows_after(self) -> Q:
        after = self._after_no_hour() if self.start is None else Q(_is_after(self.day, self.start, self.pk))
        return after if self.km is None else Q(km__gt=self.km) | Q(km=self.km) & after

    def _after_no_hour(self) -> Q:
        """Of the day, those without an hour come first; a null cannot be compared."""
        same_day = Q(day=self.day) & (Q(start_time__isnull=False) | Q(pk__gt=self.pk))
        return Q(day__gte=self.day) & (Q(day__gt=self.day) | same_day)


def clean_cursor(value: str) -> str:
    cursor = Cursor.parse(value)
    return str(cursor) if cursor else ""
