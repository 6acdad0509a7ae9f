"""Which mails are set aside when they are about to leave: at night, while their domain is left in peace, and beyond the
mails a minute that it gets.

A domain is a keyed hash here. It has a row only while it says "later", or while its mails are counted: all senders on
all machines look there. Mails that somebody waits for (codes) are tried at any time.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from outbox import letters
from outbox.models import Delivery, Domain
from outbox.quiet import morning_for
from outbox.sealing import domain_hash

# So many "later" in a row, with nothing accepted in between, and a domain rests. Few are needed of those that close the
# connection (421); many of the others, since a domain that greylists answers each new recipient so, and means it well.
ENOUGH = 50
CLOSING_COUNTS = 25
MINUTES_OF_REST = [1, 2, 5, 10, 15]
FORGOTTEN_AFTER = timedelta(hours=2)
# Too little to wait for anything.
LAST_MOMENT = timedelta(seconds=20)

# What is answered while the domain rests already was on its way before: it makes the rest no longer.
_LATER = """
    INSERT INTO outbox_domain AS known (domain, later_in_a_row, rests, asked, touched_at)
    VALUES (%(domain)s, %(weight)s, 0, 0, %(now)s)
    ON CONFLICT (domain) DO UPDATE SET
        later_in_a_row = CASE WHEN known.later_in_a_row + %(weight)s < %(enough)s
                              THEN known.later_in_a_row + %(weight)s ELSE 0 END,
        rests = known.rests + (known.later_in_a_row + %(weight)s >= %(enough)s)::int,
        rests_until = CASE WHEN known.later_in_a_row + %(weight)s >= %(enough)s THEN
            %(now)s + interval '1 minute' * (%(minutes)s::int[])[LEAST(known.rests + 1, %(steps)s)] END,
        touched_at = %(now)s
    WHERE known.rests_until IS NULL OR known.rests_until <= %(now)s
    RETURNING rests_until
"""
# Each minute counts who asks in it. Whoever comes too late for it is told in which minute their turn would be, and asks
# again then: so a burst is spread over the minutes it takes, and what is more urgent still goes first in each of them.
_ASK = """
    INSERT INTO outbox_domain AS known (domain, later_in_a_row, rests, minute, asked, touched_at)
    SELECT domain, 0, 0, %(minute)s, number, %(now)s FROM unnest(%(domains)s::bytea[], %(numbers)s::int[])
        AS asking (domain, number) ORDER BY domain
    ON CONFLICT (domain) DO UPDATE SET
        asked = excluded.asked + CASE WHEN known.minute = excluded.minute THEN known.asked ELSE 0 END,
        minute = excluded.minute, touched_at = excluded.touched_at
    RETURNING domain, asked
"""
# A mail that waits for its turn is late all the same: the meter reads since when it has been due.
_SET_ASIDE = """
    UPDATE outbox_delivery mail
    SET state = 'queued', lease_until = NULL, reason = aside.reason, not_before = aside.until,
        ids = CASE WHEN aside.reason = %(over_limit)s AND mail.reason <> %(over_limit)s
                   THEN mail.ids || jsonb_build_object('due', extract(epoch FROM mail.not_before)) ELSE mail.ids END
    FROM unnest(%(ids)s::bigint[], %(untils)s::timestamptz[], %(reasons)s::text[]) AS aside (id, until, reason)
    WHERE mail.id = aside.id AND mail.state = 'claimed' AND mail.lease_until = ANY(%(leases)s)
"""

# Until when a mail is set aside, and why.
Wait = tuple[datetime, str]


class Pace:
    """What one batch has to know of its domains: one query, two where there is a limit."""

    def __init__(self, batch: Iterable[Delivery]) -> None:
        self._asked_for = set(letters.asked_for())
        self._domains = {delivery.pk: domain_hash(delivery.recipient.address) for delivery in batch}
        troubled = Domain.objects.filter(domain__in=set(self._domains.values())).in_trouble()
        self._rests: dict[bytes, datetime | None] = {bytes(row.domain): row.rests_until for row in troubled}

    def may_leave(self, batch: list[Delivery]) -> list[Delivery]:
        """Those that may leave now; the others are set aside until they may."""
        now = timezone.now()
        waits = {delivery.pk: wait for delivery in batch if (wait := self._wait_of(delivery, now))}
        if settings.OUTBOX_DOMAIN_RATE:
            free = [delivery for delivery in batch if delivery.pk not in waits and self._can_wait(delivery, now)]
            waits |= self._beyond_the_limit(free, now)
        self._set_aside([delivery for delivery in batch if delivery.pk in waits], waits)
        return [delivery for delivery in batch if delivery.pk not in waits]

    def has_to_rest(self, delivery: Delivery) -> bool:
        """Whether its domain said meanwhile that it wants no more, or its quiet hours have begun: then this mail is set
        aside too."""
        wait = self._wait_of(delivery, timezone.now())
        if wait:
            self._set_aside([delivery], {delivery.pk: wait})
        return wait is not None

    def accepted(self, delivery: Delivery) -> None:
        """A domain that takes mail again is in no trouble any more."""
        domain = self._domains[delivery.pk]
        if domain in self._rests:
            del self._rests[domain]
            Domain.objects.filter(domain=domain).update(later_in_a_row=0, rests=0, rests_until=None)

    def said_later(self, delivery: Delivery, *, is_closing: bool) -> None:
        domain = self._domains[delivery.pk]
        now = timezone.now()
        values: dict[str, Any] = {
            "domain": domain,
            "weight": CLOSING_COUNTS if is_closing else 1,
            "enough": ENOUGH,
            "minutes": MINUTES_OF_REST,
            "steps": len(MINUTES_OF_REST),
            "now": now,
        }
        with connection.cursor() as cursor:
            cursor.execute(_LATER, values)
            row = cursor.fetchone()
        if row:
            self._rests[domain] = row[0]

    def _can_wait(self, delivery: Delivery, now: datetime) -> bool:
        return delivery.useful_until - now > LAST_MOMENT and delivery.letter not in self._asked_for

    def _wait_of(self, delivery: Delivery, now: datetime) -> Wait | None:
        morning = morning_for(delivery, now)
        if morning:
            return morning, "quiet hours"
        until = self._rests.get(self._domains[delivery.pk])
        if until and until > now and self._can_wait(delivery, now):
            return _in_time(delivery, until, now), "domain rests"
        return None

    def _beyond_the_limit(self, batch: list[Delivery], now: datetime) -> dict[int, Wait]:
        """When the turn comes of those that are too many for this minute."""
        if not batch:
            return {}
        minute = now.replace(second=0, microsecond=0)
        of_domain: dict[bytes, list[Delivery]] = {}
        for delivery in batch:
            of_domain.setdefault(self._domains[delivery.pk], []).append(delivery)
        numbers = [len(theirs) for theirs in of_domain.values()]
        with connection.cursor() as cursor:
            cursor.execute(_ASK, {"domains": list(of_domain), "numbers": numbers, "minute": minute, "now": now})
            asked = {bytes(domain): number for domain, number in cursor.fetchall()}
        waits = {}
        for domain, theirs in of_domain.items():
            for place, delivery in enumerate(theirs, asked[domain] - len(theirs)):
                if place >= settings.OUTBOX_DOMAIN_RATE:
                    turn = minute + timedelta(minutes=place / settings.OUTBOX_DOMAIN_RATE)
                    waits[delivery.pk] = (_in_time(delivery, turn, now), Delivery.OVER_LIMIT)
        return waits

    def _set_aside(self, batch: list[Delivery], waits: dict[int, Wait]) -> None:
        if not batch:
            return
        values: dict[str, Any] = {
            "ids": [delivery.pk for delivery in batch],
            "untils": [waits[delivery.pk][0] for delivery in batch],
            "reasons": [waits[delivery.pk][1] for delivery in batch],
            "leases": list({delivery.lease_until for delivery in batch}),
            "over_limit": Delivery.OVER_LIMIT,
        }
        with connection.cursor() as cursor:
            cursor.execute(_SET_ASIDE, values)


def _in_time(delivery: Delivery, until: datetime, now: datetime) -> datetime:
    """Not longer than half of the time that it is of use."""
    return min(until, now + (delivery.useful_until - now) / 2)


def forget_domains() -> None:
    """Drop the rows of domains that said nothing for a while."""
    Domain.objects.filter(touched_at__lt=timezone.now() - FORGOTTEN_AFTER).delete()
