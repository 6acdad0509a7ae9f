"""Mail on hold after a restore, and its release (docs/backup.md)."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Max, Q

from outbox.models import Delivery, Hold

# Makes the mails that are due at a moment. Rooms register theirs (outbox/tasks.py).
Planner = Callable[[datetime], None]
_planners: list[Planner] = []
# Planners make mails at most so long before they are due.
AHEAD = timedelta(minutes=15)


def register(plan: Planner) -> None:
    _planners.append(plan)


def is_on_hold() -> bool:
    return Hold.objects.exists()


def hold(now: datetime) -> Hold:
    """Stop planning and sending; a hold that is there stays as old as it is."""
    return Hold.objects.get_or_create(pk=1, defaults={"since": now})[0]


@transaction.atomic
def count_as_sent(until: datetime, *, now: datetime) -> int:
    """What was due *until* then left before the restore: what waits since the backup, and what planners would have made
    by then. Call it before anybody writes to the restored database. Returns how many mails are left out."""
    newest = Delivery.objects.aggregate(newest=Max("pk"))["newest"] or 0
    for plan in _planners:
        plan(until)
    is_made_ahead = Q(not_before__gt=until, not_before__lte=until + AHEAD) & ~Q(not_before=F("created_at"))
    left = Delivery.objects.waiting().filter(Q(not_before__lte=until) | Q(pk__gt=newest) & ~is_made_ahead)
    return left.update(state=Delivery.State.SKIPPED, reason="before a restore", lease_until=None, finished_at=now)


def release() -> bool:
    """Plan and send again; false if nothing was on hold."""
    deleted, _by_model = Hold.objects.all().delete()
    return bool(deleted)
