"""Letters of what has changed: a notice of one change, and the changes of an hour."""

from collections import defaultdict
from collections.abc import Hashable
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone, translation

from events.merging import heir_of
from events.models import Audience, Campaign, Event, EventChange
from outbox.letters import Letter, Made
from outbox.models import Delivery, Recipient
from outbox.rendering import render_letter
from reminders.coming import asked_among
from reminders.emails.untold import (
    NOT_FOLLOWED,
    Notice,
    all_notices,
    before,
    comes_to_nothing,
    is_back_again,
    is_told_by_another,
    own,
    untold,
)
from reminders.emails.words import (
    MOST_LISTED,
    PAUSED,
    Before,
    Following,
    Kind,
    Scope,
    Shared,
    before_of,
    entry_of,
    in_scopes,
    kind_in_words,
    paused_among,
    protest_in_words,
    share,
    wish_of,
)
from reminders.models import Subscription
from reminders.notices import LONGEST_WAIT, audience_of, release_of, without_twins

# In which state of the protest a change of each kind is still true.
_TRUE_WHILE = {
    Kind.CANCELLED: Event.State.CANCELLED,
    Kind.HIDDEN: Event.State.HIDDEN,
    Kind.MERGED: Event.State.HIDDEN,
}


def subject_of(change: EventChange) -> Event:
    """The protest that a reader is told of: of two that were merged, the one that stays."""
    return heir_of(change.event) if change.kind == Kind.MERGED else change.event


def is_still_true(change: EventChange) -> bool:
    """Whether the protest is still in the state that this change tells of: a move is overtaken by a cancellation."""
    if change.kind == Kind.MERGED and subject_of(change).state != Event.State.PUBLISHED:
        return False
    return change.event.state == _TRUE_WHILE.get(Kind(change.kind), Event.State.PUBLISHED)


def _because_of(change: EventChange, recipient: Recipient, following: Following) -> list[Subscription]:
    """By which subscriptions this recipient is told at once of the change, the one to the protest first."""
    told, subject = audience_of(change), subject_of(change)
    ours = following.of(recipient.pk, change.event.campaign_id)
    direct = [subscription for subscription in ours if subscription.event_id == subject.pk]
    return direct + [s for s in _cities(ours) if s.city_id in told.cities]


def notice_unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    now, notices, following = timezone.now(), all_notices(deliveries), Following(deliveries)
    reasons = {delivery.pk: _why_not(delivery, notices.get(delivery.pk), following, now) for delivery in deliveries}
    return {pk: reason for pk, reason in reasons.items() if reason}


def _why_not(delivery: Delivery, notices: list[Notice] | None, following: Following, now: datetime) -> str:
    if notices is None or not is_still_true(own(delivery, notices)):
        return "overtaken"
    if own(delivery, notices).kind != Kind.CANCELLED and delivery.recipient.is_paused(now):
        return PAUSED
    if not _because_of(own(delivery, notices), delivery.recipient, following):
        return NOT_FOLLOWED

    def is_wanted(change: EventChange) -> bool:
        return is_still_true(change) and bool(_because_of(change, delivery.recipient, following))

    if is_told_by_another(delivery, notices, now, is_wanted):
        return "told with a later change"
    return "back again" if is_back_again(delivery, notices) else ""


def render_notice(deliveries: list[Delivery]) -> dict[int, Made]:
    notices, following = all_notices(deliveries), Following(deliveries)
    changes = {delivery.pk: own(delivery, notices[delivery.pk]) for delivery in deliveries}
    asked = asked_among([subject_of(change).pk for change in changes.values()], timezone.now())
    shared: dict[Hashable, Shared] = {}
    letters: dict[int, Made] = {}
    for delivery in deliveries:
        change, recipient, missed = changes[delivery.pk], delivery.recipient, untold(delivery, notices[delivery.pk])
        because_of = _because_of(change, recipient, following)
        is_direct = because_of[0].event_id is not None
        # Whoever has missed the same is told the same.
        key = recipient.language, is_direct, change.pk, *((one.change.pk, one.is_elsewhere) for one in missed)
        if key not in shared:
            asks = is_direct and subject_of(change).pk in asked
            shared[key] = _notice(change, missed, recipient.language, is_direct=is_direct, asks=asks)
        letters[delivery.pk] = partial(shared[key].to, recipient, because_of)
    return letters


def _notice(change: EventChange, missed: list[Notice], language: str, *, is_direct: bool, asks: bool) -> Shared:
    audience = Audience.FOLLOWER if is_direct else Audience.PUBLIC
    with translation.override(language):
        context = in_words(change, audience, before(missed))
        # Only who chose this very protest finds it in their calendar; of two that were merged, the old one goes.
        entry = entry_of(change.event, audience, timezone.now()) if is_direct else None
    return share("notice", context, language, asks=asks, entry=entry)


def in_words(change: EventChange, audience: Audience, was: Before) -> dict[str, Any]:
    """What a notice says; call with the reader's language active."""
    protest = protest_in_words(subject_of(change), audience, timezone.now())
    was = was.but_for(protest)
    kind = Kind(change.kind)
    if kind == Kind.PLACE_CHANGED and was.is_moved:
        kind = Kind.MOVED
    elif kind == Kind.MOVED and was.is_elsewhere and not was.is_moved:
        kind = Kind.PLACE_CHANGED
    return {
        "kind": kind.value,
        "what": kind_in_words(kind),
        "protest": protest,
        "old_title": change.event.display_title,
        "was": was,
        "reason": change.event.cancel_reason if change.kind == Kind.CANCELLED else "",
    }


def notices_ahead(changes: list[EventChange], audience: Audience, language: str) -> list[Letter]:
    """What *audience* would be mailed of these changes of one protest, which need not be saved yet: each notice without
    the reader's own links at its foot."""
    is_elsewhere = any(change.kind == Kind.PLACE_CHANGED for change in changes)
    with translation.override(language):
        told = [in_words(change, audience, before_of([(change, is_elsewhere)])) for change in without_twins(changes)]
    return [render_letter("notice", context, language) for context in told]


def _cities(subscriptions: list[Subscription]) -> list[Subscription]:
    return [s for s in subscriptions if s.scope == Scope.CITY and s.with_changes]


def _wide(subscriptions: list[Subscription]) -> list[Subscription]:
    return [s for s in subscriptions if s.scope in {Scope.COUNTRY, Scope.CAMPAIGN} and s.with_changes]


class _Hours:
    """The changes that the mails of a batch tell of: looked up once for each wish."""

    def __init__(self, deliveries: list[Delivery]) -> None:
        self._following = Following(deliveries)
        self._gathered: dict[Hashable, list[EventChange]] = {}

    def followed(self, delivery: Delivery) -> list[Subscription]:
        return self._following.of(delivery.recipient_id, delivery.ids["campaign"])

    def wish(self, delivery: Delivery) -> Hashable:
        return delivery.ids["campaign"], delivery.ids["release"], wish_of(self.followed(delivery))

    def gathered(self, delivery: Delivery) -> list[EventChange]:
        wish = self.wish(delivery)
        if wish not in self._gathered:
            self._gathered[wish] = _gathered(delivery.ids["release"], self.followed(delivery))
        return self._gathered[wish]


def _gathered(hour: int, followed: list[Subscription]) -> list[EventChange]:
    """The changes released at this hour (seconds since 1970) in the scopes that are followed, not told already."""
    told = in_scopes(_cities(followed))
    told |= Q(pk__in=[s.event_id for s in followed if s.event_id])
    events = Event.objects.filter(in_scopes(_wide(followed))).exclude(told)
    release = datetime.fromtimestamp(hour, tz=timezone.get_default_timezone())
    found = (
        EventChange.objects.filter(event__in=events, noticed_at__lt=release, noticed_at__gt=release - LONGEST_WAIT)
        .select_related("event__city", "event__campaign")
        .order_by("at", "pk")
    )
    released = [c for c in found if c.noticed_at and release_of(c, c.noticed_at) == release]
    true = [c for c in released if audience_of(c).is_wide and is_still_true(c)]
    return [c for c in true if not comes_to_nothing([other for other in true if other.event_id == c.event_id])]


def changes_unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    hours, paused = _Hours(deliveries), paused_among(deliveries)
    return paused | {d.pk: "nothing to tell" for d in deliveries if d.pk not in paused and not hours.gathered(d)}


def render_changes(deliveries: list[Delivery]) -> dict[int, Made]:
    hours = _Hours(deliveries)
    campaigns = Campaign.objects.in_bulk({delivery.ids["campaign"] for delivery in deliveries})
    shared: dict[Hashable, Shared] = {}
    letters: dict[int, Made] = {}
    for delivery in deliveries:
        recipient = delivery.recipient
        key = hours.wish(delivery), recipient.language
        if key not in shared:
            shared[key] = _hour(hours.gathered(delivery), campaigns[delivery.ids["campaign"]], recipient.language)
        letters[delivery.pk] = partial(shared[key].to, recipient, _wide(hours.followed(delivery)))
    return letters


def _hour(gathered: list[EventChange], campaign: Campaign, language: str) -> Shared:
    protests: dict[int, list[EventChange]] = defaultdict(list)
    for change in gathered:
        protests[change.event_id].append(change)
    with translation.override(language):
        context = {
            "rows": [_row(changes) for changes in list(protests.values())[:MOST_LISTED]],
            "count": len(protests),
            "more": max(0, len(protests) - MOST_LISTED),
            "more_url": settings.SITE_URL + campaign.get_absolute_url(),
        }
    return share("changes", context, language)


def _row(changes: list[EventChange]) -> dict[str, Any]:
    """All that this hour brought of one protest, as one change. Of a new one its reader knows nothing old."""
    is_new = any(change.kind == Kind.PUBLISHED for change in changes)
    leading = next((change for change in changes if change.kind == Kind.PUBLISHED), changes[-1])
    was = Before() if is_new else before_of((change, False) for change in changes)
    return in_words(leading, Audience.PUBLIC, was)
