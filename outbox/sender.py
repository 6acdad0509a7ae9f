"""How a mail leaves. Nothing is lost, and a killed sender repeats at most the one mail it had in flight:

claim a batch with a lease, commit; ask each letter's room what is no longer wanted; let it render the rest; then for
each mail one UPDATE that marks the one before as sent and this one as started (outbox/marking.py), and one hand-over to
the mail server.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import zip_longest
from time import monotonic
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection
from django.utils import timezone

from outbox import letters
from outbox.actions import suspend
from outbox.letters import Made
from outbox.mail_server import Down, Later, MailServer, Refused, Unanswered
from outbox.marking import Mark
from outbox.messages import Message, message_of
from outbox.models import Delivery, Priority, among
from outbox.outcomes import broken, finish, postpone
from outbox.pacing import Pace
from outbox.steady import Watch

logger = logging.getLogger(__name__)

State = Delivery.State
Result = TypeVar("Result")

SUSPECTS_A_ROUND = 5
LARGEST_BATCH = 1000
# How often a batch looks whether something more urgent is due, in seconds.
LOOKS_UP_EVERY = 1


def send_due(*, for_seconds: float = 50) -> int:
    """Send what is due until nothing is left or the time is over. Any number of senders may run side by side.
    Returns how many mails the server accepted."""
    deadline, watch = monotonic() + for_seconds, Watch()
    size = settings.OUTBOX_BATCH
    with MailServer() as server:
        try:
            while monotonic() < deadline and not watch.has_jumped:
                begun = monotonic()
                claimed = _round(server, deadline, size)
                if not claimed:
                    break
                size = _next_size(claimed, monotonic() - begun)
        except Down as error:
            logger.warning("the mail server cannot be reached: %s", error)
        return server.accepted


def _next_size(claimed: int, seconds: float) -> int:
    """As many as leave in a second: few queries for each mail on a fast server, and on a slow one nothing that is kept
    from other senders."""
    return max(settings.OUTBOX_BATCH, min(round(claimed / seconds), LARGEST_BATCH))


def _round(server: MailServer, deadline: float, size: int) -> int:
    """A batch of fresh mails, then a few suspects, each alone. Returns how many were claimed."""
    batch = claim(limit=size)
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


# On hold, only what was asked for since: without codes nobody could log in to look at what was restored.
_CLAIM = """
    UPDATE outbox_delivery SET state = 'claimed', lease_until = %(lease)s
    WHERE id IN (
        SELECT id FROM outbox_delivery
        WHERE state = 'queued' AND not_before <= %(now)s AND {which}
          AND (NOT EXISTS (SELECT FROM outbox_hold)
               OR letter = ANY(%(asked_for)s) AND created_at >= (SELECT since FROM outbox_hold))
        ORDER BY priority, not_before, useful_until, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    )
    RETURNING id
"""


# Reading a row takes longer than sending it takes the mail server.
_NOT_NEEDED = ["created_at", "finished_at", "batch", "recipient__address_hash", "recipient__mailbox_hash"]
_NOT_NEEDED += ["recipient__created_at"]


def claim(*, limit: int, suspects: bool = False) -> list[Delivery]:
    """Lease due mails to this sender, the most urgent first; those that others are claiming are passed over."""
    now = timezone.now()
    lease = now + timedelta(seconds=settings.OUTBOX_LEASE)
    with connection.cursor() as cursor:
        which = "lost_leases > 0" if suspects else "lost_leases = 0"
        values: dict[str, Any] = {"now": now, "lease": lease, "limit": limit, "asked_for": letters.asked_for()}
        cursor.execute(_CLAIM.format(which=which), values)
        ids = [row[0] for row in cursor.fetchall()]
    found = Delivery.objects.filter(pk__in=among(ids)).select_related("recipient").defer(*_NOT_NEEDED)
    return list(found.order_by("priority", "not_before", "useful_until", "pk")) if ids else []


def _send_batch(server: MailServer, batch: list[Delivery], deadline: float) -> None:
    # Long before the lease is over: a server may become slow at any time.
    deadline = min(deadline, monotonic() + settings.OUTBOX_LEASE / 3)
    with _given_back(batch):
        server.open()
        for number, portion in enumerate(_portions(batch)):
            if (number and _gives_way(portion[0])) or not _send_portion(server, portion, deadline):
                break


def _portions(batch: list[Delivery]) -> Iterator[list[Delivery]]:
    """What is prepared at once: of one priority, so that a code does not wait for the texts of digests, and no more
    than leave in a second. How many that are shows with the first ones: of some letters a text takes long to make."""
    size, left = settings.OUTBOX_BATCH, batch
    while left:
        portion = [delivery for delivery in left[:size] if delivery.priority == left[0].priority]
        begun = monotonic()
        yield portion
        size, left = _next_size(len(portion), monotonic() - begun), left[len(portion) :]


def _send_portion(server: MailServer, portion: list[Delivery], deadline: float) -> bool:
    """False if the rest has to wait: the time is over, or something more urgent is due."""
    accepted: Delivery | None = None
    with _relaxed_commits(portion):
        pace = Pace(portion)
        messages = _Messages(_prepare(pace.may_leave(portion)))
        # Not before: what takes long to prepare would never leave beside codes that keep coming.
        looks_up_at = monotonic() + LOOKS_UP_EVERY
        try:
            for delivery, following in messages.in_order(portion):
                if pace.has_to_rest(delivery):
                    continue
                if monotonic() > deadline:
                    return False
                message = messages.take(delivery)
                if message is None:
                    continue
                server.open()
                server.announce(message)
                mark = Mark(sent=accepted, started=delivery)
                try:
                    messages.build_ahead(following)
                finally:
                    is_ours = mark.is_ours()
                accepted = None
                if not is_ours:
                    server.withdraw()
                elif _hand_over(server, delivery, message, pace):
                    accepted = delivery
                if monotonic() > looks_up_at:
                    if _gives_way(delivery):
                        return False
                    looks_up_at = monotonic() + LOOKS_UP_EVERY
        finally:
            _mark(sent=accepted, started=None)
    return True


class _Messages:
    """From letters to what is handed over, each while both servers are busy with the one before."""

    def __init__(self, made: dict[int, Made]) -> None:
        self._made = made
        self._ahead: dict[int, Message] = {}

    def in_order(self, batch: list[Delivery]) -> Iterator[tuple[Delivery, Delivery | None]]:
        """Each of those that there is a letter for, with the one that follows it."""
        wanted = [delivery for delivery in batch if delivery.pk in self._made]
        return zip_longest(wanted, wanted[1:])

    def build_ahead(self, delivery: Delivery | None) -> None:
        """The database must not be asked meanwhile: what cannot be built is counted when it is its turn."""
        with suppress(Exception):
            self._ahead = self._built([delivery]) if delivery else {}

    def take(self, delivery: Delivery) -> Message | None:
        """None if it cannot be built; that is counted."""
        return (self._ahead.pop(delivery.pk, None)) or _one_by_one(self._built, [delivery]).get(delivery.pk)

    def _built(self, deliveries: list[Delivery]) -> dict[int, Message]:
        return {delivery.pk: message_of(delivery, letters.finished(self._made[delivery.pk])) for delivery in deliveries}


def _gives_way(delivery: Delivery) -> bool:
    """Whether a code, or a cancellation, became due since its batch was claimed: on a slow server that matters."""
    urgent = Delivery.objects.due(timezone.now()).filter(lost_leases=0, priority__lte=Priority.URGENT)
    return urgent.filter(priority__lt=delivery.priority).exists()


def _send_suspect(server: MailServer, delivery: Delivery) -> None:
    """The attempt is counted before anything else is done: what kills its sender three times is quarantined."""
    with _given_back([delivery]):
        server.open()
        pace = Pace([delivery])
        if not pace.may_leave([delivery]) or not _mark(sent=None, started=delivery):
            return
        letter = _prepare([delivery])
        message = _Messages(letter).take(delivery) if letter else None
        if message is None:
            return
        server.announce(message)
        if _hand_over(server, delivery, message, pace):
            _mark(sent=delivery, started=None)


@contextmanager
def _given_back(batch: list[Delivery]) -> Iterator[None]:
    """What was claimed and not started, because the connection went down or the time was over, is due again at once."""
    claims = {delivery.pk: delivery.lease_until for delivery in batch}
    try:
        yield
    finally:
        left = Delivery.objects.filter(pk__in=among(claims), state=State.CLAIMED, lease_until__in=set(claims.values()))
        left.update(state=State.QUEUED, lease_until=None)


@contextmanager
def _relaxed_commits(batch: list[Delivery]) -> Iterator[None]:
    """A mark need not wait for the disk: a crashed PostgreSQL repeats the mails of its last moment, a killed sender
    does not. Codes and cancellations wait."""
    is_urgent = any(delivery.priority <= Priority.URGENT for delivery in batch)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('synchronous_commit', %s, false)", ["on" if is_urgent else "off"])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")


def _mark(*, sent: Delivery | None, started: Delivery | None) -> bool:
    """The statement between two mails, where there is nothing to do meanwhile."""
    return (sent or started) is not None and Mark(sent=sent, started=started).is_ours()


def _prepare(deliveries: list[Delivery]) -> dict[int, Made]:
    """The letters to send. Those that nobody wants any more are finished here, those that break are counted."""
    found: dict[int, Made] = {}
    for name, ours in _by_letter(deliveries).items():
        try:
            kind = letters.kind(name)
        except KeyError:
            for delivery in ours:
                finish(delivery, State.QUARANTINED, "no such letter")
            continue
        _skip(ours, {delivery.pk: reason for delivery in ours if (reason := _hindrance(delivery, kind))})
        _skip(ours, _one_by_one(kind.unwanted, [delivery for delivery in ours if delivery.is_leased]))
        wanted = [delivery for delivery in ours if delivery.is_leased]
        made = _one_by_one(kind.render, wanted)
        for delivery in wanted:
            if delivery.is_leased and delivery.pk not in made:
                broken(delivery, "nothing rendered")
        found |= made
    return found


def _by_letter(deliveries: list[Delivery]) -> dict[str, list[Delivery]]:
    groups: dict[str, list[Delivery]] = defaultdict(list)
    for delivery in deliveries:
        groups[delivery.letter].append(delivery)
    return groups


def _hindrance(delivery: Delivery, kind: letters.Kind) -> str:
    """Why this mail must not leave, whatever its room says; empty if it may."""
    if delivery.useful_until <= timezone.now():
        return Delivery.TOO_LATE
    if delivery.recipient.never_again_at:
        return "never again"
    if delivery.recipient.suspended_at and not kind.is_asked_for:
        return "address suspended"
    return ""


def _skip(deliveries: list[Delivery], reasons: dict[int, str]) -> None:
    for delivery in deliveries:
        if delivery.pk in reasons:
            finish(delivery, State.SKIPPED, reasons[delivery.pk])


def _one_by_one(work: Callable[[list[Delivery]], Mapping[int, Result]], batch: list[Delivery]) -> dict[int, Result]:
    """The work on the whole batch; if that raises, on each mail alone, so that one bad mail stops no other."""
    try:
        return dict(work(batch)) if batch else {}
    except Exception as error:
        if len(batch) == 1:
            # The message of an exception may hold an address: its type must do.
            logger.error("delivery %s (%s) cannot be prepared: %s", batch[0].pk, batch[0].letter, type(error).__name__)
            broken(batch[0], f"cannot be prepared: {type(error).__name__}")
            return {}
    results: dict[int, Result] = {}
    for delivery in batch:
        results |= _one_by_one(work, [delivery])
    return results


def _hand_over(server: MailServer, delivery: Delivery, message: Message, pace: Pace) -> bool:
    """Whether the server accepted it, once it is announced; anything else is written down."""
    try:
        server.send(message)
    except Later as error:
        postpone(delivery, f"later {error}")
        if error.is_answer:
            pace.said_later(delivery, is_closing=error.is_closing)
    except Refused as error:
        finish(delivery, State.FAILED, f"refused {error.code}")
        if error.is_address_bad:
            suspend(delivery.recipient)
    except Unanswered as error:
        delivery.copies += 1
        broken(delivery, f"no answer: {error}")
    except Exception as error:
        logger.error("delivery %s (%s) cannot be sent: %s", delivery.pk, delivery.letter, type(error).__name__)
        broken(delivery, f"cannot be sent: {type(error).__name__}")
    else:
        pace.accepted(delivery)
        return True
    return False
