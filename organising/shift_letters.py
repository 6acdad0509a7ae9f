"""The letters to helpers, and when each may leave: bad news about what is near at once, the rest not at night."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from organising.models import Shift
from outbox.actions import post
from outbox.models import Priority, Recipient
from outbox.quiet import after_quiet_hours
from reminders.notices import HOUR, SOON, STAYS_USEFUL

CONFIRM, NEWS, REMINDER, NOTICE = "shift_confirm", "shift_news", "shift_reminder", "shift_notice"


class What(StrEnum):
    """What has become of somebody's shift."""

    TAKEN = "taken"
    UP = "up"
    DOWN = "down"
    CHANGED = "changed"
    SHIFT_REMOVED = "shift_removed"
    REMOVED = "removed"


# Who has not heard of it goes there in vain, or at the wrong time.
_CANNOT_WAIT = {What.CHANGED, What.SHIFT_REMOVED, What.REMOVED}


def tell(what: What, recipient: Recipient, shift: Shift, sign_ups: Iterable[int], now: datetime) -> None:
    """Post the news about these sign-ups, all for shifts of one protest; *shift* is one of them."""
    if not recipient.is_reachable:
        return
    pks = list(sign_ups)
    not_before = leaves_at(what, shift, now)
    post(
        NEWS,
        recipient,
        key=f"shift-news:{recipient.pk}:{what}:{pks[0]}:{now.timestamp()}",
        ids={
            "what": what,
            "event": shift.event_id,
            "sign_ups": pks,
            "quiet": None if not_before == now else shift.event.timezone,
        },
        priority=Priority.URGENT if what in _CANNOT_WAIT and not_before == now else Priority.NOTICE,
        not_before=not_before,
        useful_until=max(shift.event.over_at, not_before + STAYS_USEFUL),
    )


def leaves_at(what: What, shift: Shift, now: datetime) -> datetime:
    """Whoever has just pressed a button is awake; for the others the quiet hours count, unless the mail would be too
    late then."""
    if what == What.TAKEN or (what in _CANNOT_WAIT and shift.starts_at - now <= SOON):
        return now
    morning = after_quiet_hours(now, shift.event.zone)
    return morning if morning + HOUR < shift.starts_at else now
