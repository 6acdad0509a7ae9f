"""All decisions of an edition as a table, for those who run it."""

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta

from events.characters import clean
from events.models import Campaign, Decision

# What a spreadsheet takes for a formula, also behind blanks and quotes or in wide letters (SECURITY R14).
_FORMULA = re.compile(r"[\s\"'“”„‘’«»\u200b\ufeff]*[=+\-@＝＋－＠\t\r\n]")
# By which spreadsheets know the encoding.
_BYTE_ORDER_MARK = "\ufeff"
AT_ONCE = 500
HEAD = (
    *("number", "time", "verb", "moderator", "protest", "title", "country", "version", "merged_into"),
    *("reason", "undoes", "undone_by"),
)


class _Line:
    """What csv writes into: hands the line back."""

    def write(self, line: str) -> str:
        return line


def cell(value: object) -> str:
    """*value* as a text that no spreadsheet works out."""
    text = "" if value is None else clean(str(value))
    return f"'{text}" if _FORMULA.match(text) else text


def decisions_of(campaign: Campaign, *, since: date | None, until: date | None) -> Iterator[Decision]:
    """Those of the days from *since* to *until* (UTC, both included), the oldest first, never all in memory."""
    found = Decision.objects.filter(event__campaign=campaign)
    if since:
        found = found.filter(at__gte=_midnight(since))
    if until and until < date.max:
        found = found.filter(at__lt=_midnight(until + timedelta(days=1)))
    related = found.select_related("event", "revision", "other", "reason", "undone_by")
    return related.order_by("at", "pk").iterator(chunk_size=AT_ONCE)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _row(decision: Decision) -> tuple[object, ...]:
    return (
        decision.pk,
        decision.at.astimezone(UTC).isoformat(timespec="seconds"),
        decision.verb,
        decision.actor_id,
        decision.event.public_id,
        decision.event.title,
        decision.event.country,
        decision.revision.number if decision.revision else None,
        decision.other.public_id if decision.other else None,
        decision.reason.text if hasattr(decision, "reason") else None,
        decision.undoes_id,
        decision.undone_by.pk if hasattr(decision, "undone_by") else None,
    )


def as_csv(decisions: Iterable[Decision]) -> Iterator[str]:
    """The table line by line. The moderator is the opaque number of the trail, the protest its public number."""
    writer = csv.writer(_Line(), quoting=csv.QUOTE_ALL)
    yield _BYTE_ORDER_MARK + writer.writerow(HEAD)
    for decision in decisions:
        yield writer.writerow([cell(value) for value in _row(decision)])
