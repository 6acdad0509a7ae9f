"""Who comes: followers of a protest may say so. Only numbers are told to others: the exact one to organisers, to the
public a rounded one that is brought up to date once an hour, so that nobody sees a single answer arrive."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Case, F, IntegerField, Value, When
from django.utils import timezone

from events.models import Campaign, Event, SiteStamp
from reminders.models import Subscription

# From how many on the public is told, and in what steps.
FEWEST_SHOWN = 5

_RECOUNT = """
    UPDATE events_event e SET coming_count = counted.number
    FROM (
        SELECT one.id, count(s.id) AS number
        FROM unnest(%(events)s::bigint[]) AS one (id)
        LEFT JOIN reminders_subscription s ON s.event_id = one.id AND s.is_coming
        GROUP BY one.id
    ) counted
    WHERE e.id = counted.id AND e.coming_count <> counted.number
"""
# Of a closed edition the followers are forgotten and the number stays.
_DRIFTED = """
    SELECT e.id FROM events_event e
    LEFT JOIN (
        SELECT event_id, count(*) AS number FROM reminders_subscription WHERE is_coming GROUP BY event_id
    ) counted ON counted.event_id = e.id
    WHERE e.campaign_id = ANY(%(campaigns)s) AND e.coming_count <> COALESCE(counted.number, 0)
"""
_SHOWN = Case(
    When(coming_count__gte=FEWEST_SHOWN, then=F("coming_count") - F("coming_count") % FEWEST_SHOWN),
    default=Value(0),
    output_field=IntegerField(),
)


@contextmanager
def recounting(events: Iterable[int]) -> Iterator[None]:
    """Count again who comes to these protests, once what is done meanwhile is done. Nobody else counts until the end:
    of two who count at once, one would miss what the other has just written."""
    chosen = sorted(set(events))
    with transaction.atomic():
        list(Event.objects.filter(pk__in=chosen).order_by("pk").select_for_update(no_key=True).values_list("pk"))
        yield
        with connection.cursor() as cursor:
            cursor.execute(_RECOUNT, {"events": chosen})


def asked_among(events: Iterable[int], now: datetime) -> set[int]:
    """Whose followers may say that they come: of protests that are public and to come, where counts are on."""
    asked = Event.objects.counted().taking_place().upcoming(now).filter(pk__in=set(events))
    return set(asked.values_list("pk", flat=True))


def answer(subscription: Subscription, *, is_coming: bool) -> bool:
    """A follower says whether they come; may be said again, until it is over. False if nobody asks any more."""
    if subscription.event_id is None:
        return False
    now = timezone.now()
    with recounting([subscription.event_id]):
        if not asked_among([subscription.event_id], now):
            return False
        following = Subscription.objects.confirmed().filter(pk=subscription.pk)
        following.exclude(is_coming=is_coming).update(is_coming=is_coming, answered_at=now)
        return following.exists()


def counts_of(events: Iterable[Event]) -> dict[int, int]:
    """How many say that they come, for organisers; protests where counts are off are missing."""
    counted = Event.objects.counted().filter(pk__in=[event.pk for event in events])
    return dict(counted.values_list("pk", "coming_count"))


def keep_counts() -> int:
    """Tell the public the present numbers, and forget the answers where counts were turned off. Returns of how many
    protests the public number has changed."""
    silent = Subscription.objects.filter(is_coming__isnull=False).exclude(event__in=Event.objects.counted())
    Subscription.objects.filter(pk__in=silent.values("pk")).update(is_coming=None, answered_at=None)
    with connection.cursor() as cursor:
        cursor.execute(_DRIFTED, {"campaigns": list(Campaign.objects.open().values_list("pk", flat=True))})
        drifted = [pk for (pk,) in cursor.fetchall()]
    if drifted:
        with recounting(drifted):
            pass
    with transaction.atomic():
        changed = Event.objects.exclude(coming_shown=_SHOWN).update(coming_shown=_SHOWN)
        if changed:
            SiteStamp.objects.bump()
    return changed
