"""The notice of a protest: by when it is due, what its organisers have settled, and the reminders until they have.

Deadlines are worked out by events/legal_clock.py from the country's rule, the protest as it is now, and what organisers
answered. Pages ask for them anew each time. For the reminders they are kept in a column, which `work_out` brings up to
date every minute: whatever has changed since, the next run sees it, and running twice does no harm. Those who run the
protest are reminded 7 days, 3 days and 24 hours before, on the clock of the place; what falls into the quiet hours
comes the evening before. Once something is recorded nothing more comes.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import record
from accounts.models import User
from events import legal_clock
from events.actions import Refused
from events.legal_clock import Answer, Deadline
from events.models import Campaign, CountryRule, Event, EventDetails, Revision
from events.models.event import EventQuerySet
from organising.models import LegalRecord, NoticeDeadline
from organising.still_on import WAKING, WHO_RUNS_IT
from outbox import purges
from outbox.models import Priority, Purge
from reminders.planning import AHEAD, INSERT, ROW

LETTER = "notice_due"
# What the clock reads of a protest: texts are left where they are.
_READ = ("country", "day", "start_time", "timezone", "kind", "place_kind", "state", "published_at", "publish_at")

# A deadline that organisers have still to meet, whether or not its moment is known.
WAITING = {Answer.DUE, Answer.BEFORE_PUBLICATION, Answer.NO_PERIOD}

_REMIND = f"""
    WITH open AS (
        SELECT d.event_id, d.at, e.timezone, d.at AT TIME ZONE e.timezone AS wall
        FROM organising_noticedeadline d
        JOIN events_event e ON e.id = d.event_id AND e.state IN ('published', 'scheduled', 'submitted')
        WHERE d.at > %(now)s AND d.at < %(now)s + interval '9 days'
          AND NOT EXISTS (SELECT FROM organising_legalrecord r WHERE r.event_id = e.id AND r.recorded_at IS NOT NULL)
    ),
    steps AS (
        SELECT o.event_id, o.at, o.timezone, s.step, s.due, s.until
        FROM open o
        CROSS JOIN LATERAL (SELECT
            ({WAKING.format("(o.wall - interval '168 hours')")}) AT TIME ZONE o.timezone AS week,
            ({WAKING.format("(o.wall - interval '72 hours')")}) AT TIME ZONE o.timezone AS days,
            ({WAKING.format("(o.wall - interval '24 hours')")}) AT TIME ZONE o.timezone AS day
        ) t
        CROSS JOIN LATERAL (VALUES
            (168, t.week, t.days), (72, t.days, t.day), (24, t.day, o.at)
        ) AS s (step, due, until)
        WHERE s.due <= %(now)s + %(ahead)s
          AND s.until > CASE s.step WHEN 24 THEN %(now)s ELSE %(now)s + %(ahead)s END
    ),
    planned AS (
        {WHO_RUNS_IT}
    )
    {INSERT}
    SELECT recipient_id, '{LETTER}',
           'notice-due:' || event_id || ':' || step || ':' || extract(epoch FROM at)::bigint || ':' || recipient_id,
           jsonb_build_object('event', event_id, 'organiser', organiser_id, 'quiet', timezone,
                              'at', extract(epoch FROM at)::bigint),
           {Priority.NOTICE.value}, {ROW}
    FROM planned WHERE not_before < until
    ON CONFLICT (key) DO NOTHING
"""


def deadlines_of(events: Iterable[Event]) -> dict[int, Deadline]:
    """The deadline of each protest by its key, whatever is recorded: two queries, three if one was never public."""
    listed = list(events)
    return _deadlines(listed, LegalRecord.objects.by_event([event.pk for event in listed]))


def _deadlines(listed: list[Event], records: dict[int, LegalRecord]) -> dict[int, Deadline]:
    proposed = _newest_versions([event.pk for event in listed if event.published_at is None])
    details: dict[int, EventDetails] = {event.pk: proposed.get(event.pk, event) for event in listed}
    rules = CountryRule.objects.by_country({shown.country for shown in details.values()})
    return {
        event.pk: _deadline(event, details[event.pk], records.get(event.pk), rules.get(details[event.pk].country))
        for event in listed
    }


def _newest_versions(events: list[int]) -> dict[int, Revision]:
    """What a protest that was never public is about is its newest version."""
    if not events:
        return {}
    newest = Revision.objects.filter(event__in=events).order_by("event", "-number").distinct("event")
    return {revision.event_id: revision for revision in newest}


def _deadline(event: Event, shown: EventDetails, kept: LegalRecord | None, rule: CountryRule | None) -> Deadline:
    facts = legal_clock.facts_of(
        shown,
        announced_at=event.published_at or event.publish_at,
        is_march=kept.is_march if kept else None,
        uses_street=kept.uses_street if kept else None,
    )
    return legal_clock.deadline(rule, facts)


def may_be_settled(event: Event) -> bool:
    """Whether there is still something to notify: waiting, public or hidden, and not over."""
    is_on = event.state not in {Event.State.CANCELLED, Event.State.WITHDRAWN}
    return is_on and not (event.published_at is not None and event.is_over)


def standing(events: Iterable[Event]) -> tuple[dict[int, Deadline], set[int]]:
    """What is still to be notified, by the key of the protest; and those for which nothing is left to do: something is
    recorded, or there is no duty. Where the clock knows nothing, and of what does not take place, neither."""
    living = [event for event in events if may_be_settled(event)]
    records = LegalRecord.objects.by_event([event.pk for event in living])
    is_open = [event for event in living if event.pk not in records or not records[event.pk].recorded_at]
    found = _deadlines(is_open, records)
    settled = {event.pk for event in living} - found.keys()
    settled |= {pk for pk, due in found.items() if due.answer == Answer.NO_DUTY}
    return {pk: due for pk, due in found.items() if due.answer in WAITING}, settled


def next_deadlines(events: Iterable[Event]) -> dict[int, Deadline]:
    """What is still to be notified, by the key of the protest."""
    return standing(events)[0]


def _reminded_of(now: datetime) -> EventQuerySet:
    """Protests whose organisers are reminded: public, or on their way to it, and not over."""
    days = now.date() - timedelta(days=2)
    waiting = Revision.objects.open().filter(event=OuterRef("pk"), quarantine="", day__gte=days)
    is_approved = Q(state__in=[Event.State.SCHEDULED, Event.State.PUBLISHED], over_at__gt=now, day__gte=days)
    found = Event.objects.filter(is_approved | (Q(state=Event.State.SUBMITTED) & Exists(waiting)))
    return found.only(*_READ)


@transaction.atomic
def work_out(now: datetime) -> int:
    """Bring the kept deadlines up to date. Returns how many were written or dropped."""
    there = dict(NoticeDeadline.objects.values_list("event", "at"))
    due = {pk: found.at for pk, found in deadlines_of(_reminded_of(now)).items() if found.at}
    changed = {pk: at for pk, at in due.items() if there.get(pk) != at}
    gone = there.keys() - due.keys()
    NoticeDeadline.objects.filter(event__in=gone).delete()
    _write(changed)
    return len(changed) + len(gone)


def _write(deadlines: dict[int, datetime]) -> None:
    NoticeDeadline.objects.bulk_create(
        (NoticeDeadline(event_id=pk, at=at) for pk, at in deadlines.items()),
        update_conflicts=True,
        unique_fields=["event"],
        update_fields=["at"],
    )


def remind(now: datetime) -> int:
    """Put every reminder that is due, or will be within AHEAD, into the outbox. Returns how many."""
    values: dict[str, Any] = {"now": now, "ahead": AHEAD}
    with connection.cursor() as cursor:
        cursor.execute(_REMIND, values)
        return int(cursor.rowcount)


def record_of(event: Event) -> LegalRecord:
    """What is kept of this protest; an empty one, not saved, if nothing is."""
    return LegalRecord.objects.filter(event=event).first() or LegalRecord(event=event)


@transaction.atomic
def answer(event: Event, answers: dict[str, bool | None], *, by: User) -> LegalRecord:
    """Keep what the clock asks: `is_march`, `uses_street`. The reminders follow within a minute."""
    kept = _locked(event)
    for name, value in answers.items():
        setattr(kept, name, value)
    kept.save(update_fields=list(answers))
    record("legal questions answered", by=by, on=event)
    return kept


@transaction.atomic
def settle(event: Event, state: LegalRecord.State, note: str, *, by: User) -> LegalRecord:
    """Keep what was done about the notice. The trail does not say what: only those who run the protest know."""
    kept = _locked(event)
    is_open = state == LegalRecord.State.OPEN
    if is_open or kept.state != state:
        kept.recorded_at = None if is_open else timezone.now()
    kept.say(state, note)
    kept.save(update_fields=["recorded_at", "said"])
    record("legal record kept", by=by, on=event)
    return kept


def _locked(event: Event) -> LegalRecord:
    """The record of this protest, made if there is none. Raises Refused for one that does not take place any more."""
    event = Event.objects.select_for_update(no_key=True).get(pk=event.pk)
    if not may_be_settled(event):
        raise Refused(_("This protest is over or does not take place: nothing more can be recorded."))
    return LegalRecord.objects.get_or_create(event=event)[0]


@transaction.atomic
def forget(now: datetime) -> None:
    """Some days after the edition nobody needs to know any more who notified what."""
    forget_editions(Campaign.objects.to_forget(now))


def forget_editions(over: "QuerySet[Campaign]") -> None:
    purges.delete(Purge.What.SHEETS, LegalRecord.objects.filter(event__campaign__in=over))
    NoticeDeadline.objects.filter(event__campaign__in=over).delete()
