"""The letters of this room. Each says what is true when it leaves, in its reader's language, place and time first."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from events import when
from events.models import Audience, Campaign, Event, EventChange
from events.names import country_name
from outbox.letters import Letter, register
from outbox.models import Delivery, Recipient
from outbox.rendering import render_letter
from reminders import tokens
from reminders.models import Subscription
from reminders.notices import release_of

MOST_LISTED = 30
Kind = EventChange.Kind

_MOMENT_FIELDS = {"week": "week_before", "day": "day_before", "hours": "on_the_day"}
# In which state of the protest a notice of each kind is still true.
_TRUE_WHILE = {
    Kind.CANCELLED: {Event.State.CANCELLED},
    Kind.HIDDEN: {Event.State.HIDDEN},
}


@dataclass(frozen=True)
class Protest:
    """A protest as a mail shows it, all in words of the reader's language."""

    title: str
    day: str
    hours: str
    zone: str
    place: list[str]
    is_place_open: bool
    place_from: str
    organiser: str
    access: str
    url: str
    is_example: bool

    @property
    def when(self) -> str:
        return f"{self.day}, {self.hours}" if self.hours else self.day

    @property
    def where(self) -> str:
        return ", ".join(self.place)


def protest_in_words(event: Event, audience: Audience, now: datetime) -> Protest:
    """Call with the reader's language active."""
    place = event.place_for(audience, now)
    city = place.city.display_name if place.city else ""
    parts = [place.venue, place.address, city or country_name(place.country)]
    return Protest(
        title=event.display_title,
        day=when.day_text(event.day),
        hours=when.hours_text(event),
        zone=when.zone_text(event) if event.start_time else "",
        place=[part for part in parts if part],
        is_place_open=not place.is_complete and event.place_kind == "address",
        place_from=when.moment_text(place.disclosed_from, event.zone) if place.disclosed_from else "",
        organiser=event.organiser_name,
        access=event.access_notes,
        url=settings.SITE_URL + event.get_absolute_url(),
        is_example=event.is_example,
    )


def _links(subscription: Subscription | None, recipient: Recipient) -> tuple[dict[str, str], dict[str, str]]:
    """The manage and leave links of a mail, and its List-Unsubscribe headers (RFC 2369, RFC 8058)."""
    manage = tokens.manage_url(recipient)
    if subscription is None:
        return {"manage_url": manage}, {"List-Unsubscribe": f"<{manage}>"}
    return (
        {"manage_url": manage, "leave_url": tokens.leave_url(subscription)},
        {
            "List-Unsubscribe": f"<{tokens.one_click_url(subscription)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )


def _letter(name: str, recipient: Recipient, context: dict[str, Any], subscription: Subscription | None) -> Letter:
    links, headers = _links(subscription, recipient)
    return render_letter(name, {**context, **links}, recipient.language, headers=headers)


# ---- Confirm ----


def _confirm_unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    waiting = set(
        Subscription.objects.filter(
            confirmed_at=None, recipient__in=[delivery.recipient_id for delivery in deliveries]
        ).values_list("recipient_id", flat=True)
    )
    return {d.pk: "nothing to confirm" for d in deliveries if d.recipient_id not in waiting}


def _render_confirm(deliveries: list[Delivery]) -> dict[int, Letter]:
    return {
        delivery.pk: render_letter(
            "confirm", {"confirm_url": tokens.confirm_url(delivery.recipient)}, delivery.recipient.language
        )
        for delivery in deliveries
    }


# ---- Reminder of one protest ----


def _events(deliveries: list[Delivery]) -> dict[int, Event]:
    events = Event.objects.select_related("city", "campaign").in_bulk({d.ids["event"] for d in deliveries})
    return {d.pk: events[d.ids["event"]] for d in deliveries if d.ids["event"] in events}


def _subscriptions_to(deliveries: list[Delivery]) -> dict[int, Subscription]:
    """The confirmed subscription to its protest behind each delivery, by the delivery's id."""
    found = Subscription.objects.confirmed().filter(
        event__in={d.ids["event"] for d in deliveries}, recipient__in={d.recipient_id for d in deliveries}
    )
    by_pair = {(s.recipient_id, s.event_id): s for s in found.select_related("recipient")}
    pairs = {d.pk: (d.recipient_id, d.ids["event"]) for d in deliveries}
    return {pk: by_pair[pair] for pk, pair in pairs.items() if pair in by_pair}


def _reminder_unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    events, subscriptions = _events(deliveries), _subscriptions_to(deliveries)
    reasons = {d.pk: _why_no_reminder(d, events.get(d.pk), subscriptions.get(d.pk)) for d in deliveries}
    return {pk: reason for pk, reason in reasons.items() if reason}


def _why_no_reminder(delivery: Delivery, event: Event | None, subscription: Subscription | None) -> str:
    if event is None or event.state != Event.State.PUBLISHED:
        return f"protest {event.state if event else 'gone'}"
    if subscription is None or not getattr(subscription, _MOMENT_FIELDS[delivery.ids["moment"]]):
        return "not followed any more"
    starts_at = int(event.starts_at.timestamp()) if event.starts_at else None
    if (starts_at, event.day.isoformat()) != (delivery.ids["starts_at"], delivery.ids["day"]):
        return "moved"
    return "over" if event.over_at <= timezone.now() else ""


def _render_reminder(deliveries: list[Delivery]) -> dict[int, Letter]:
    now = timezone.now()
    events, subscriptions = _events(deliveries), _subscriptions_to(deliveries)
    letters = {}
    for delivery in deliveries:
        with translation.override(delivery.recipient.language):
            protest = protest_in_words(events[delivery.pk], Audience.FOLLOWER, now)
        context = {"protest": protest, "moment": delivery.ids["moment"]}
        letters[delivery.pk] = _letter("reminder", delivery.recipient, context, subscriptions[delivery.pk])
    return letters


# ---- Digest of one campaign day ----


def _scoped(subscriptions: list[Subscription]) -> Q:
    """The protests in these scopes; none for an empty list."""
    scopes = Q(pk__in=[])
    for subscription in subscriptions:
        if subscription.scope == Subscription.Scope.CAMPAIGN:
            scopes |= Q(campaign=subscription.campaign_id)
        elif subscription.scope == Subscription.Scope.COUNTRY:
            scopes |= Q(campaign=subscription.campaign_id, country=subscription.country)
        elif subscription.scope == Subscription.Scope.CITY:
            scopes |= Q(campaign=subscription.campaign_id, city=subscription.city_id)
    return scopes


def _confirmed_of(recipient: Recipient, campaign: int) -> list[Subscription]:
    return list(
        Subscription.objects.confirmed().of(recipient).filter(campaign=campaign).select_related("recipient", "event")
    )


@dataclass(frozen=True)
class DigestContent:
    followed: list[Event]
    others: list[Event]
    more: int
    subscription: Subscription | None


def _digest_content(delivery: Delivery) -> DigestContent:
    """Protests followed directly come first; on the day they have had a mail of their own."""
    moment = delivery.ids["moment"]
    chosen = [
        subscription
        for subscription in _confirmed_of(delivery.recipient, delivery.ids["campaign"])
        if getattr(subscription, _MOMENT_FIELDS[moment])
    ]
    scoped = [subscription for subscription in chosen if subscription.scope != Subscription.Scope.EVENT]
    own = [subscription.event_id for subscription in chosen if subscription.scope == Subscription.Scope.EVENT]
    on_day = (
        Event.objects.taking_place()
        .filter(campaign=delivery.ids["campaign"], day=delivery.ids["day"])
        .select_related("city", "campaign")
        .in_order()
    )
    followed = list(on_day.filter(pk__in=own)) if scoped and moment != "hours" else []
    others = on_day.filter(_scoped(scoped)).exclude(pk__in=own)
    listed = list(others[:MOST_LISTED])
    more = others.count() - len(listed) if len(listed) == MOST_LISTED else 0
    return DigestContent(followed, listed, more, scoped[0] if len(chosen) == 1 and scoped else None)


def _digest_unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    contents = {delivery.pk: _digest_content(delivery) for delivery in deliveries}
    return {pk: "nothing to tell" for pk, content in contents.items() if not (content.followed or content.others)}


def _render_digest(deliveries: list[Delivery]) -> dict[int, Letter]:
    now = timezone.now()
    letters = {}
    for delivery in deliveries:
        content = _digest_content(delivery)
        day = date.fromisoformat(delivery.ids["day"])
        with translation.override(delivery.recipient.language):
            context = {
                "day": when.day_text(day),
                "followed": [protest_in_words(event, Audience.FOLLOWER, now) for event in content.followed],
                "others": [protest_in_words(event, Audience.PUBLIC, now) for event in content.others],
                "count": len(content.followed) + len(content.others) + content.more,
                "more": content.more,
                "more_url": f"{settings.SITE_URL}/{delivery.recipient.language}/protests/?day={day.isoformat()}",
            }
        letters[delivery.pk] = _letter("digest", delivery.recipient, context, content.subscription)
    return letters


# ---- Notice of one change ----


def _changes(deliveries: list[Delivery]) -> dict[int, EventChange]:
    changes = EventChange.objects.select_related("event__city", "event__campaign").in_bulk(
        {delivery.ids["change"] for delivery in deliveries}
    )
    return {d.pk: changes[d.ids["change"]] for d in deliveries if d.ids["change"] in changes}


def is_still_true(change: EventChange) -> bool:
    """Whether the protest is still in the state that this change tells of: a move is overtaken by a cancellation."""
    return change.event.state in _TRUE_WHILE.get(Kind(change.kind), {Event.State.PUBLISHED})


def _followers_of(change: EventChange, recipient: Recipient) -> list[Subscription]:
    """By which subscriptions this recipient is told of the change, the one to the protest first."""
    ours = _confirmed_of(recipient, change.event.campaign_id)
    cities = {change.event.city_id, int(change.before["city"]) if change.before.get("city") else None} - {None}
    direct = [s for s in ours if s.event_id == change.event_id]
    by_city = [s for s in ours if s.scope == Subscription.Scope.CITY and s.city_id in cities]
    return direct if change.kind == Kind.PLACE_DISCLOSED else direct + by_city


def _notice_unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    changes = _changes(deliveries)
    reasons = {}
    for delivery in deliveries:
        change = changes.get(delivery.pk)
        if change is None or not is_still_true(change):
            reasons[delivery.pk] = "overtaken"
        elif not _followers_of(change, delivery.recipient):
            reasons[delivery.pk] = "not followed any more"
    return reasons


def time_before(change: EventChange) -> str:
    """“Monday 11 October, 14:00”, as it was; call with the reader's language active."""
    was = change.before
    if not was.get("day"):
        return ""
    day = when.day_text(date.fromisoformat(was["day"]))
    return f"{day}, {was['start_time']}" if was.get("start_time") else day


def place_before(change: EventChange) -> str:
    """What the public could see of the place before."""
    return ", ".join(part for part in (change.before.get("venue"), change.before.get("address")) if part)


def kind_in_words(kind: str) -> str:
    return {
        Kind.PUBLISHED.value: _("New protest"),
        Kind.MOVED.value: _("New time"),
        Kind.PLACE_CHANGED.value: _("New place"),
        Kind.PLACE_DISCLOSED.value: _("The place is known"),
        Kind.HIDDEN.value: _("No longer listed"),
        Kind.CANCELLED.value: _("Cancelled"),
        Kind.RESTORED.value: _("Takes place after all"),
    }[kind]


def _render_notice(deliveries: list[Delivery]) -> dict[int, Letter]:
    now = timezone.now()
    changes = _changes(deliveries)
    letters = {}
    for delivery in deliveries:
        change = changes[delivery.pk]
        subscription = _followers_of(change, delivery.recipient)[0]
        audience = Audience.FOLLOWER if subscription.event_id else Audience.PUBLIC
        with translation.override(delivery.recipient.language):
            context = {
                "kind": change.kind,
                "what": kind_in_words(change.kind),
                "protest": protest_in_words(change.event, audience, now),
                "time_before": time_before(change),
                "place_before": place_before(change),
                "reason": change.event.cancel_reason if change.kind == Kind.CANCELLED else "",
            }
        letters[delivery.pk] = _letter("notice", delivery.recipient, context, subscription)
    return letters


# ---- Changes of an hour, for followers of a country or the campaign ----


def _gathered(delivery: Delivery) -> list[EventChange]:
    """The changes that this mail tells of: those released at its hour, in the reader's scopes, not told already."""
    ours = _confirmed_of(delivery.recipient, delivery.ids["campaign"])
    scoped = [s for s in ours if s.scope in {Subscription.Scope.COUNTRY, Subscription.Scope.CAMPAIGN}]
    told = _scoped([s for s in ours if s.scope == Subscription.Scope.CITY])
    told |= Q(pk__in=[s.event_id for s in ours if s.event_id])
    release = datetime.fromtimestamp(delivery.ids["release"], tz=timezone.get_default_timezone())
    around = EventChange.objects.filter(at__lt=release, at__gt=release - timedelta(hours=13)).exclude(
        kind=Kind.PLACE_DISCLOSED
    )
    events = Event.objects.filter(_scoped(scoped)).exclude(told)
    found = around.filter(event__in=events).select_related("event__city", "event__campaign").order_by("at")
    return [change for change in found if release_of(change) == release and is_still_true(change)]


def _changes_unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    return {delivery.pk: "nothing to tell" for delivery in deliveries if not _gathered(delivery)}


def _render_changes(deliveries: list[Delivery]) -> dict[int, Letter]:
    now = timezone.now()
    letters = {}
    for delivery in deliveries:
        changes = _gathered(delivery)
        campaign = Campaign.objects.get(pk=delivery.ids["campaign"])
        with translation.override(delivery.recipient.language):
            rows = [
                {
                    "kind": change.kind,
                    "what": kind_in_words(change.kind),
                    "protest": protest_in_words(change.event, Audience.PUBLIC, now),
                    "time_before": time_before(change) if change.kind == Kind.MOVED else "",
                }
                for change in changes[:MOST_LISTED]
            ]
            context = {
                "rows": rows,
                "count": len(changes),
                "more": max(0, len(changes) - MOST_LISTED),
                "more_url": settings.SITE_URL + campaign.get_absolute_url(),
            }
        letters[delivery.pk] = _letter("changes", delivery.recipient, context, None)
    return letters


def register_letters() -> None:
    register("confirm", unwanted=_confirm_unwanted, render=_render_confirm)
    register("reminder", unwanted=_reminder_unwanted, render=_render_reminder)
    register("digest", unwanted=_digest_unwanted, render=_render_digest)
    register("notice", unwanted=_notice_unwanted, render=_render_notice)
    register("changes", unwanted=_changes_unwanted, render=_render_changes)
