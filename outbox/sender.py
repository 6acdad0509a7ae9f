"""How a mail leaves. Nothing is lost, and a killed sender repeats at most the one mail it had in flight:

claim a batch with a lease, commit; ask each letter's room what is no longer wanted; let it render the rest; then for
each mail one UPDATE that marks the one before as sent and this one as started, and one hand-over to the mail server.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic
from typing import TypeVar

from django.conf import settings
from django.db import connection
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from outbox import letters
from outbox.actions import suspend
from outbox.letters import Letter
from outbox.mail_server import Down, Later, MailServer, Refused, Unanswered
from outbox.models import Delivery, Priority
from outbox.rendering import message_of

logger = logging.getLogger(__name__)

State = Delivery.State
Result = TypeVar("Result")

MOST_ATTEMPTS = 3
REASON_LENGTH = 40
SUSPECTS_A_ROUND = 5
# Waiting times after "later" or no answer, in minutes; half the time that is left if that is shorter.
BACK_OFF = [1, 2, 5, 15, 30, 60]
SHORTEST_WAIT = timedelta(seconds=20)


def send_due(*, for_seconds: float = 50) -> int:
    """Send what is due until nothing is left or the time is over. Any number of senders may run side by side.
    Returns how many mails the server accepted."""
    deadline = monotonic() + for_seconds
    with MailServer() as server:
        try:
            while monotonic() < deadline and _round(server, deadline):
                pass
        except Down as error:
            logger.warning("the mail server cannot be reached: %s", error)
        return server.accepted


def _round(server: MailServer, deadline: float) -> int:
    """A batch of fresh mails, then a few suspects, each alone. Returns how many were claimed."""
    batch = claim(limit=settings.OUTBOX_BATCH)
    if batch:
        _send_batch(server, batch, deadline)
    suspects = 0
    while suspects < SUSPECTS_A_ROUND and monotonic() < deadline:
        alone = claim(limit=1, suspects=True)
        if not alone:
            break
        suspects += 1
        _send_suspect(server, alone[0])
    return len(batch) + suspects


_CLAIM = """
    UPDATE outbox_delivery SET state = 'claimed', lease_until = %(lease)s
    WHERE id IN (
        SELECT id FROM outbox_delivery
        WHERE state = 'queued' AND not_before <= %(now)s AND {which}
        ORDER BY priority, not_before, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    )
    RETURNING id
"""


def claim(*, limit: int, suspects: bool = False) -> list[Delivery]:
    """Lease due mails to this sender, the most urgent first; those that others are claiming are passed over."""
    now = timezone.now()
    lease = now + timedelta(seconds=settings.OUTBOX_LEASE)
    with connection.cursor() as cursor:
        which = "lost_leases > 0" if suspects else "lost_leases = 0"
        cursor.execute(_CLAIM.format(which=which), {"now": now, "lease": lease, "limit": limit})
        ids = [row[0] for row in cursor.fetchall()]
    found = Delivery.objects.filter(pk__in=ids).select_related("recipient")
    return list(found.order_by("priority", "not_before", "pk")) if ids else []


def _send_batch(server: MailServer, batch: list[Delivery], deadline: float) -> None:
    accepted: Delivery | None = None
    with _given_back(batch), _relaxed_commits(batch):
        server.open()
        texts = _prepare(batch)
        try:
            for delivery in batch:
                if delivery.pk not in texts or monotonic() > deadline:
                    continue
                server.open()
                is_ours = _mark(sent=accepted, started=delivery)
                accepted = None
                if is_ours and _hand_over(server, delivery, texts[delivery.pk]):
                    accepted = delivery
        finally:
            _mark(sent=accepted, started=None)


def _send_suspect(server: MailServer, delivery: Delivery) -> None:
    """The attempt is counted before anything else is done: what kills its sender three times is quarantined."""
    with _given_back([delivery]):
        server.open()
        if not _mark(sent=None, started=delivery):
            return
        text = _prepare([delivery]).get(delivery.pk)
        if text and _hand_over(server, delivery, text):
            _mark(sent=delivery, started=None)


@contextmanager
def _given_back(batch: list[Delivery]) -> Iterator[None]:
    """What was claimed and not started, because the connection went down or the time was over, is due again at once."""
    claims = {delivery.pk: delivery.lease_until for delivery in batch}
    try:
        yield
    finally:
        left = Delivery.objects.filter(pk__in=claims, state=State.CLAIMED, lease_until__in=set(claims.values()))
        left.update(state=State.QUEUED, lease_until=None)


@contextmanager
def _relaxed_commits(batch: list[Delivery]) -> Iterator[None]:
    """A mark need not wait for the disk: a crashed PostgreSQL repeats the mails of its last moment, a killed sender
    does not. Codes and cancellations wait."""
    is_urgent = any(delivery.priority == Priority.URGENT for delivery in batch)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('synchronous_commit', %s, false)", ["on" if is_urgent else "off"])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")


_MARK = """
    UPDATE outbox_delivery SET
        state = CASE id WHEN %(sent)s THEN 'sent' ELSE 'started' END,
        attempts = attempts + CASE id WHEN %(sent)s THEN 0 ELSE 1 END,
        lease_until = CASE id WHEN %(sent)s THEN NULL ELSE %(lease)s END,
        finished_at = CASE id WHEN %(sent)s THEN %(now)s::timestamptz END,
        reason = ''
    WHERE (id = %(sent)s AND state <> 'sent')
       OR (id = %(started)s AND state = 'claimed' AND lease_until = %(claimed_until)s AND lease_until > %(now)s)
    RETURNING id
"""


def _mark(*, sent: Delivery | None, started: Delivery | None) -> bool:
    """One statement between two mails. False if the one to start is not leased to this sender any more."""
    if sent is None and started is None:
        return False
    now = timezone.now()
    lease = now + timedelta(seconds=settings.OUTBOX_LEASE)
    with connection.cursor() as cursor:
        cursor.execute(
            _MARK,
            {
                "sent": sent.pk if sent else -1,
                "started": started.pk if started else -1,
                "claimed_until": started.lease_until if started else None,
                "lease": lease,
                "now": now,
            },
        )
        is_ours = started is not None and started.pk in {row[0] for row in cursor.fetchall()}
    if started and is_ours:
        started.state = State.STARTED
        started.lease_until = lease
        started.attempts += 1
    return is_ours


def _prepare(deliveries: list[Delivery]) -> dict[int, Letter]:
    """The letters to send. Those that nobody wants any more are finished here, those that break are counted."""
    texts: dict[int, Letter] = {}
    for name, ours in _by_letter(deliveries).items():
        try:
            kind = letters.kind(name)
        except KeyError:
            for delivery in ours:
                _finish(delivery, State.QUARANTINED, "no such letter")
            continue
        _skip(ours, {delivery.pk: reason for delivery in ours if (reason := _hindrance(delivery, kind))})
        _skip(ours, _one_by_one(kind.unwanted, [delivery for delivery in ours if delivery.is_leased]))
        wanted = [delivery for delivery in ours if delivery.is_leased]
        rendered = _one_by_one(kind.render, wanted)
        for delivery in wanted:
            if delivery.is_leased and delivery.pk not in rendered:
                _broken(delivery, "nothing rendered")
        texts |= rendered
    return texts


def _by_letter(deliveries: list[Delivery]) -> dict[str, list[Delivery]]:
    groups: dict[str, list[Delivery]] = defaultdict(list)
    for delivery in deliveries:
        groups[delivery.letter].append(delivery)
    return groups


def _hindrance(delivery: Delivery, kind: letters.Kind) -> str:
    """Why this mail must not leave, whatever its room says; empty if it may."""
    if delivery.useful_until <= timezone.now():
        return "too late"
    if delivery.recipient.never_again_at:
        return "never again"
    if delivery.recipient.suspended_at and not kind.is_asked_for:
        return "address suspended"
    return ""


def _skip(deliveries: list[Delivery], reasons: dict[int, str]) -> None:
    for delivery in deliveries:
        if delivery.pk in reasons:
            _finish(delivery, State.SKIPPED, reasons[delivery.pk])


def _one_by_one(work: Callable[[list[Delivery]], dict[int, Result]], batch: list[Delivery]) -> dict[int, Result]:
    """The work on the whole batch; if that raises, on each mail alone, so that one bad mail stops no other."""
    try:
        return work(batch) if batch else {}
    except Exception as error:
        if len(batch) == 1:
            # The message of an exception may hold an address: its type must do.
            logger.error("delivery %s (%s) cannot be prepared: %s", batch[0].pk, batch[0].letter, type(error).__name__)
            _broken(batch[0], f"cannot be prepared: {type(error).__name__}")
            return {}
    results: dict[int, Result] = {}
    for delivery in batch:
        results |= _one_by_one(work, [delivery])
    return results


def _hand_over(server: MailServer, delivery: Delivery, letter: Letter) -> bool:
    """Whether the server accepted it; anything else is written down."""
    try:
        server.send(message_of(delivery, letter))
    except Later as error:
        _postpone(delivery, f"later {error}")
    except Refused as error:
        _finish(delivery, State.FAILED, f"refused {error.code}")
        if error.is_address_bad:
            suspend(delivery.recipient)
    except Unanswered as error:
        _broken(delivery, f"no answer: {error}")
    except Exception as error:
        logger.error("delivery %s (%s) cannot be sent: %s", delivery.pk, delivery.letter, type(error).__name__)
        _broken(delivery, f"cannot be sent: {type(error).__name__}")
    else:
        return True
    return False


def _if_still_ours(delivery: Delivery) -> QuerySet[Delivery]:
    """The row, unless its lease ran out and another sender has taken it meanwhile."""
    return Delivery.objects.filter(pk=delivery.pk, lease_until=delivery.lease_until).waiting()


def _finish(delivery: Delivery, state: Delivery.State, reason: str) -> None:
    delivery.state = state
    if state == State.QUARANTINED:
        logger.error("delivery %s (%s) is quarantined: %s", delivery.pk, delivery.letter, reason)
    _if_still_ours(delivery).update(
        state=state,
        reason=reason[:REASON_LENGTH],
        lease_until=None,
        finished_at=timezone.now(),
        attempts=delivery.attempts,
    )


def _broken(delivery: Delivery, reason: str) -> None:
    """An attempt that nobody answered, or that raised: three of them are enough."""
    if delivery.state == State.CLAIMED:
        delivery.attempts += 1
    if delivery.attempts - delivery.postponed >= MOST_ATTEMPTS:
        _finish(delivery, State.QUARANTINED, reason)
    else:
        _queue_again(delivery, reason)


def _postpone(delivery: Delivery, reason: str) -> None:
    """The server said "later", or hung up early: that is no fault of the mail, and goes on until it is too late."""
    delivery.postponed += 1
    _queue_again(delivery, reason)


def _queue_again(delivery: Delivery, reason: str) -> None:
    now = timezone.now()
    left = delivery.useful_until - now
    if left < SHORTEST_WAIT:
        _finish(delivery, State.FAILED, "too late")
        return
    wait = min(timedelta(minutes=BACK_OFF[min(delivery.attempts, len(BACK_OFF)) - 1]), left / 2)
    delivery.state = State.QUEUED
    _if_still_ours(delivery).update(
        state=State.QUEUED,
        reason=reason[:REASON_LENGTH],
        lease_until=None,
        not_before=now + wait,
        attempts=delivery.attempts,
        postponed=delivery.postponed,
    )


def take_back_abandoned() -> int:
    """Queue again what a sender claimed and did not come back for; quarantine what it started for the third time."""
    is_spent = Q(state=State.STARTED, attempts__gte=F("postponed") + MOST_ATTEMPTS)
    now = timezone.now()
    spent = Delivery.objects.abandoned(now).filter(is_spent)
    quarantined = spent.update(state=State.QUARANTINED, reason="sender died", lease_until=None, finished_at=now)
    if quarantined:
        logger.error("%s deliveries are quarantined: their sender died three times", quarantined)
    taken = Delivery.objects.abandoned(now).exclude(is_spent)
    return taken.update(state=State.QUEUED, lease_until=None, lost_leases=F("lost_leases") + 1)


def drop_useless() -> int:
    """Skip, in one statement, what would come too late."""
    now = timezone.now()
    useless = Delivery.objects.filter(state=State.QUEUED, useful_until__lte=now)
    return useless.update(state=State.SKIPPED, reason="too late", finished_at=now)
