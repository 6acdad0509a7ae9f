"""What becomes of a mail that does not simply leave: tried again, finished without having left, or taken back from a
sender that died. A row is only changed while it is still leased to whoever asks."""

import logging
from datetime import timedelta

from django.db.models import Case, F, Q, QuerySet, When
from django.utils import timezone

from outbox.models import MOST_COPIES, Delivery
from outbox.pacing import LAST_MOMENT

logger = logging.getLogger(__name__)

State = Delivery.State

REASON_LENGTH = 40
# Waiting times after "later" or no answer, in minutes; half the time that is left if that is shorter.
BACK_OFF = [1, 2, 5, 15, 30, 60]


def _if_still_ours(delivery: Delivery) -> QuerySet[Delivery]:
    """The row, unless its lease ran out and another sender has taken it meanwhile."""
    return Delivery.objects.filter(pk=delivery.pk, lease_until=delivery.lease_until).waiting()


def finish(delivery: Delivery, state: Delivery.State, reason: str) -> None:
    """It does not leave any more: skipped, failed or quarantined."""
    delivery.state = state
    if state == State.QUARANTINED:
        logger.error("delivery %s (%s) is quarantined: %s", delivery.pk, delivery.letter, reason)
    _if_still_ours(delivery).update(
        state=state,
        reason=reason[:REASON_LENGTH],
        lease_until=None,
        finished_at=timezone.now(),
        attempts=delivery.attempts,
        copies=delivery.copies,
    )


def broken(delivery: Delivery, reason: str) -> None:
    """An attempt that nobody answered, or that raised: three of them are enough."""
    if delivery.state == State.CLAIMED:
        delivery.attempts += 1
    if delivery.attempts - delivery.postponed >= MOST_COPIES:
        finish(delivery, State.QUARANTINED, reason)
    else:
        _queue_again(delivery, reason)


def postpone(delivery: Delivery, reason: str) -> None:
    """The server said "later", or hung up early: that is no fault of the mail, and goes on until it is too late."""
    delivery.postponed += 1
    _queue_again(delivery, reason)


def _queue_again(delivery: Delivery, reason: str) -> None:
    now = timezone.now()
    left = delivery.useful_until - now
    if left < LAST_MOMENT:
        finish(delivery, State.FAILED, Delivery.TOO_LATE)
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
        copies=delivery.copies,
    )


def take_back_abandoned() -> int:
    """Queue again what a sender claimed and did not come back for; quarantine what it started for the third time."""
    is_spent = Q(state=State.STARTED, attempts__gte=F("postponed") + MOST_COPIES)
    now = timezone.now()
    spent = Delivery.objects.abandoned(now).filter(is_spent)
    quarantined = spent.update(
        state=State.QUARANTINED, reason="sender died", lease_until=None, finished_at=now, copies=F("copies") + 1
    )
    if quarantined:
        logger.error("%s deliveries are quarantined: their sender died three times", quarantined)
    taken = Delivery.objects.abandoned(now).exclude(is_spent)
    may_have_left = Case(When(state=State.STARTED, then=1), default=0)
    return taken.update(
        state=State.QUEUED,
        lease_until=None,
        lost_leases=F("lost_leases") + 1,
        copies=F("copies") + may_have_left,
    )


def drop_useless() -> int:
    """Skip, in one statement, what would come too late."""
    now = timezone.now()
    useless = Delivery.objects.filter(state=State.QUEUED, useful_until__lte=now)
    return useless.update(state=State.SKIPPED, reason=Delivery.TOO_LATE, finished_at=now)
