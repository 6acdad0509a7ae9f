"""When a protest changes again before its reader has heard of the first change, one mail is enough: the latest notice
tells of all, old as its reader was last told, new as it is now."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from events.models import EventChange
from events.models.campaign import Disclosure
from events.models.trail import PLACE_SHOWN, TIME_SHOWN
from outbox.models import Delivery
from reminders.emails.words import Before, Kind, before_of

NOT_FOLLOWED = "not followed any more"
# Mails after which their reader knows of no time and place to rely on.
_TELLS_NOTHING = (Kind.CANCELLED, Kind.HIDDEN)
_MOVES = (Kind.MOVED, Kind.PLACE_CHANGED)
State = Delivery.State


@dataclass(frozen=True)
class Notice:
    """A mail of one change to one reader."""

    delivery: Delivery
    change: EventChange

    @property
    def has_told(self) -> bool:
        return self.delivery.state == State.SENT and self.change.kind not in _TELLS_NOTHING

    @property
    def is_elsewhere(self) -> bool:
        """Whether the place has changed with the time."""
        return bool(self.delivery.ids["is_elsewhere"])

    def has_left_by(self, now: datetime) -> bool:
        """Whether it has left, or is on its way."""
        is_due = self.delivery.state in State.unfinished() and self.delivery.not_before <= now
        return self.delivery.state == State.SENT or is_due


def all_notices(deliveries: list[Delivery]) -> dict[int, list[Notice]]:
    """Beside each of these mails, all of its kind to the same reader about the same protest, the oldest change first;
    nothing where the change is gone."""
    told = EventChange.objects.filter(pk__in={delivery.ids["change"] for delivery in deliveries})
    found = EventChange.objects.filter(event__in=told.values("event"))
    changes = found.select_related("event__city", "event__campaign", "other").in_bulk()
    same = Delivery.objects.filter(
        letter__in={delivery.letter for delivery in deliveries},
        recipient__in={delivery.recipient_id for delivery in deliveries},
        ids__change__in=list(changes),
    )
    # Those in hand as their sender knows them.
    rows = {row.pk: row for row in same} | {delivery.pk: delivery for delivery in deliveries}
    notices: dict[tuple[int, int], list[Notice]] = defaultdict(list)
    for row in rows.values():
        if change := changes.get(row.ids["change"]):
            notices[row.recipient_id, change.event_id].append(Notice(row, change))
    for ours in notices.values():
        ours.sort(key=lambda notice: notice.change.pk)
    pairs = {
        d.pk: (d.recipient_id, changes[d.ids["change"]].event_id) for d in deliveries if d.ids["change"] in changes
    }
    return {pk: notices[pair] for pk, pair in pairs.items()}


def own(delivery: Delivery, notices: list[Notice]) -> EventChange:
    return next(notice.change for notice in notices if notice.delivery.pk == delivery.pk)


def untold(delivery: Delivery, notices: list[Notice]) -> list[Notice]:
    """This notice and those before it of which its reader has not heard."""
    change = own(delivery, notices)
    missed: list[Notice] = []
    for notice in reversed(notices):
        if notice.change.pk < change.pk and notice.has_told:
            break
        if notice.change.pk <= change.pk and notice.delivery.reason != NOT_FOLLOWED:
            missed.insert(0, notice)
    return missed


def before(missed: list[Notice]) -> Before:
    """What somebody who has not heard of these believes; call with the reader's language active."""
    return before_of((notice.change, notice.is_elsewhere) for notice in missed)


def is_told_by_another(
    delivery: Delivery, notices: list[Notice], now: datetime, is_wanted: Callable[[EventChange], bool]
) -> bool:
    """Whether a later notice tells of this change too: it is rendered after both, so it cannot miss this one."""
    change = own(delivery, notices)
    later = [notice for notice in notices if notice.change.pk > change.pk and notice.has_left_by(now)]
    return any(is_wanted(notice.change) for notice in later)


def is_back_again(delivery: Delivery, notices: list[Notice]) -> bool:
    """Whether time and place are what the reader believes, after having changed there and back unheard."""
    missed = untold(delivery, notices)
    is_elsewhere = any(one.change.kind == Kind.PLACE_CHANGED or one.is_elsewhere for one in missed)
    # What only followers may know of a place, or another point on the map, is not kept: that is always told.
    if is_elsewhere and (len(missed) == 1 or missed[0].change.event.disclosure == Disclosure.FOLLOWERS):
        return False
    return comes_to_nothing([one.change for one in missed])


def comes_to_nothing(changes: list[EventChange]) -> bool:
    """Whether these changes, the oldest first, are moves that leave time and place as the public saw them before."""
    if any(change.kind not in _MOVES for change in changes):
        return False
    return bool(changes[0].before.get("day")) and changes[-1].ends_as(changes[0], (*TIME_SHOWN, *PLACE_SHOWN))
