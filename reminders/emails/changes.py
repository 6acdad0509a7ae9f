"""Letters of what has changed: a notice of one change, and the changes of an hour."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone, translation

from events.merging import heir_of
from events.models import Audience, Campaign, Event, EventChange
from outbox.letters import Letter
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
)
from reminders.emails.words import (
    MOST_LISTED,
    PAUSED,
    Before,
    Kind,
    Scope,
    before_of,
    calendar_part,
    coming_url,
    confirmed_of,
    in_scopes,
    kind_in_words,
    letter_to_follower,
    paused_among,
    protest_in_words,
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


def _because_of(change: EventChange, recipient: Recipient) -> list[Subscription]:
    """By which subscriptions this recipient is told at once of the change, the one to the protest first."""
    told = audience_of(change)
    ours = confirmed_of(recipient, change.event.campaign_id)
    subject = subject_of(change)
    direct = [subscription for subscription in ours if subscription.event_id == subject.pk]
    return direct + [s for s in _cities(ours) if s.city_id in told.cities]


def notice_unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    now, notices = timezone.now(), all_notices(deliveries)
    reasons = {delivery.pk: _why_not(delivery, notices.get(delivery.pk), now) for delivery in deliveries}
    return {pk: reason for pk, reason in reasons.items() if reason}


def _why_not(delivery: Delivery, notices: list[Notice] | None, now: datetime) -> str:
    if notices is None or not is_still_true(own(delivery, notices)):
        return "overtaken"
    if own(delivery, notices).kind != Kind.CANCELLED and delivery.recipient.is_paused(now):
        return PAUSED
    if not _because_of(own(delivery, notices), delivery.recipient):
        return NOT_FOLLOWED

    def is_wanted(change: EventChange) -> bool:
        return is_still_true(change) and bool(_because_of(change, delivery.recipient))

    if is_told_by_another(delivery, notices, now, is_wanted):
        return "told with a later change"
    return "back again" if is_back_again(delivery, notices) else ""


def render_notice(deliveries: list[Delivery]) -> dict[int, Letter]:
    notices = all_notices(deliveries)
    changes = {delivery.pk: own(delivery, notices[delivery.pk]) for delivery in deliveries}
    asked = asked_among([subject_of(change).pk for change in changes.values()], timezone.now())
    return {d.pk: _notice(d, changes[d.pk], notices[d.pk], asked) for d in deliveries}


def _notice(delivery: Delivery, change: EventChange, notices: list[Notice], asked: set[int]) -> Letter:
    recipient, now = delivery.recipient, timezone.now()
    because_of = _because_of(change, recipient)
    is_direct = because_of[0].event_id is not None
    audience = Audience.FOLLOWER if is_direct else Audience.PUBLIC
    with translation.override(recipient.language):
        context = in_words(change, audience, before(delivery, notices))
        # Only who chose this very protest finds it in their calendar; of two that were merged, the old one goes.
        calendar = calendar_part(change.event, audience, recipient, now) if is_direct else None
    link = coming_url(because_of[0], recipient, asked)
    return letter_to_follower("notice", recipient, context, because_of, coming_url=link, calendar=calendar)


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


def _gathered(delivery: Delivery) -> list[EventChange]:
    """The changes that this mail tells of: those released at its hour, in the reader's scopes, not told already."""
    ours = confirmed_of(delivery.recipient, delivery.ids["campaign"])
    told = in_scopes(_cities(ours))
    told |= Q(pk__in=[s.event_id for s in ours if s.event_id])
    events = Event.objects.filter(in_scopes(_wide(ours))).exclude(told)
    release = datetime.fromtimestamp(delivery.ids["release"], tz=timezone.get_default_timezone())
    found = (
        EventChange.objects.filter(event__in=events, noticed_at__lt=release, noticed_at__gt=release - LONGEST_WAIT)
        .select_related("event__city", "event__campaign")
        .order_by("at", "pk")
    )
    released = [c for c in found if c.noticed_at and release_of(c, c.noticed_at) == release]
    true = [c for c in released if audience_of(c).is_wide and is_still_true(c)]
    return [c for c in true if not comes_to_nothing([other for other in true if other.event_id == c.event_id])]


def changes_unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    paused = paused_among(deliveries)
    return paused | {d.pk: "nothing to tell" for d in deliveries if d.pk not in paused and not _gathered(d)}


def render_changes(deliveries: list[Delivery]) -> dict[int, Letter]:
    campaigns = Campaign.objects.in_bulk({delivery.ids["campaign"] for delivery in deliveries})
    return {d.pk: _hour(d, campaigns[d.ids["campaign"]]) for d in deliveries}


def _hour(delivery: Delivery, campaign: Campaign) -> Letter:
    protests: dict[int, list[EventChange]] = defaultdict(list)
    for change in _gathered(delivery):
        protests[change.event_id].append(change)
    with translation.override(delivery.recipient.language):
        context = {
            "rows": [_row(changes) for changes in list(protests.values())[:MOST_LISTED]],
            "count": len(protests),
            "more": max(0, len(protests) - MOST_LISTED),
            "more_url": settings.SITE_URL + campaign.get_absolute_url(),
        }
    because_of = _wide(confirmed_of(delivery.recipient, campaign.pk))
    return letter_to_follower("changes", delivery.recipient, context, because_of)


def _row(changes: list[EventChange]) -> dict[str, Any]:
    """All that this hour brought of one protest, as one change. Of a new one its reader knows nothing old."""
    is_new = any(change.kind == Kind.PUBLISHED for change in changes)
    leading = next((change for change in changes if change.kind == Kind.PUBLISHED), changes[-1])
    was = Before() if is_new else before_of((change, False) for change in changes)
    return in_words(leading, Audience.PUBLIC, was)
