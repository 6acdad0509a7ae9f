"""What the letters of this room share: a protest and its changes in the reader's words, and the links at the foot."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from events import when
from events.calendar import Method, Update, as_update, method_for
from events.models import Audience, City, Event, EventChange
from events.names import country_name
from outbox.letters import CalendarPart, Letter
from outbox.models import Delivery, Recipient, among
from outbox.rendering import Draft, render_draft
from reminders import tokens
from reminders.models import Subscription

MOST_LISTED = 30
PAUSED = "paused"
MOMENT_FIELDS = {"week": "week_before", "day": "day_before", "hours": "on_the_day"}

Kind = EventChange.Kind
Scope = Subscription.Scope


@dataclass(frozen=True)
class Protest:
    """A protest as a mail shows it, all in words of the reader's language."""

    title: str
    day: str
    day_inside: str
    hours: str
    zone: str
    place: list[str]
    is_place_open: bool
    place_from: str
    organiser: str
    access: str
    url: str
    is_example: bool
    is_unconfirmed: bool

    @property
    def when(self) -> str:
        return f"{self.day}, {self.hours}" if self.hours else self.day

    @property
    def when_inside(self) -> str:
        return f"{self.day_inside}, {self.hours}" if self.hours else self.day_inside

    @property
    def where(self) -> str:
        return ", ".join(self.place)


def protest_in_words(event: Event, audience: Audience, now: datetime) -> Protest:
    """Call with the reader's language active."""
    place = event.place_for(audience, now)
    city = place.city.display_name if place.city else ""
    return Protest(
        title=event.display_title,
        day=when.day_text(event.day),
        day_inside=when.day_inside_text(event.day),
        hours=when.hours_text(event),
        zone=when.zone_text(event) if event.start_time else "",
        place=[*place.spot, city or country_name(place.country)],
        is_place_open=not place.is_complete and event.place_kind == "address",
        place_from=when.moment_text(place.disclosed_from, event.zone) if place.disclosed_from else "",
        organiser=event.organiser_name,
        access=", ".join(filter(None, [*event.access_labels, event.access_notes])),
        url=settings.SITE_URL + event.get_absolute_url(),
        is_example=event.is_example,
        is_unconfirmed=event.is_unconfirmed,
    )


@dataclass(frozen=True)
class Before:
    """What a reader still believes of time and place, in words; what has changed without being known is empty."""

    is_moved: bool = False
    is_elsewhere: bool = False
    time: str = ""
    place: str = ""

    def but_for(self, now: Protest) -> "Before":
        """Without what is true again, or looks the same to a reader who may not know the place."""
        return replace(
            self,
            is_moved=self.is_moved and self.time != now.when_inside,
            is_elsewhere=self.is_elsewhere and self.place != now.where,
        )


def before_of(changes: Iterable[tuple[EventChange, bool]]) -> Before:
    """What these changes of one protest, the oldest first, made untrue: each with whether its place changed with its
    time. Call with the reader's language active."""
    changes = list(changes)
    moved = [change for change, _is_elsewhere in changes if change.kind == Kind.MOVED]
    replaced = [change for change, is_elsewhere in changes if is_elsewhere or change.kind == Kind.PLACE_CHANGED]
    return Before(
        is_moved=bool(moved),
        is_elsewhere=bool(replaced),
        time=time_before(moved[0]) if moved else "",
        place=place_before(replaced[0]) if replaced else "",
    )


def time_before(change: EventChange) -> str:
    """“Monday 11 October, 14:00–16:00”, as it was; call with the reader's language active."""
    was = change.before
    if not was.get("day"):
        return ""
    hours = "–".join(filter(None, (was.get("start_time"), was.get("end_time"))))
    zone = was["timezone"] if was.get("timezone") != change.event.timezone else ""
    return ", ".join(filter(None, [when.day_inside_text(date.fromisoformat(was["day"])), hours, zone]))


def place_before(change: EventChange) -> str:
    """What the public could see of the place before."""
    was = change.before
    city = City.objects.filter(pk=was["city"]).first() if was.get("city") else None
    country = country_name(was["country"]) if was.get("country") else ""
    spot = (was.get("venue"), was.get("address"), city.display_name if city else country)
    return ", ".join(dict.fromkeys(filter(None, spot)))


def kind_in_words(kind: str) -> str:
    return {
        Kind.PUBLISHED.value: _("New protest"),
        Kind.MOVED.value: _("New time"),
        Kind.PLACE_CHANGED.value: _("New place"),
        Kind.PLACE_DISCLOSED.value: _("The place is known"),
        Kind.HIDDEN.value: _("No longer listed"),
        Kind.CANCELLED.value: _("Cancelled"),
        Kind.RESTORED.value: _("Takes place after all"),
        Kind.MERGED.value: _("Entered twice"),
        Kind.HANDED_OVER.value: _("In other hands"),
    }[kind]


class Following:
    """What the readers of these mails follow, confirmed, of *which*: asked for once."""

    def __init__(self, deliveries: list[Delivery], which: Q | None = None) -> None:
        readers = among({delivery.recipient_id for delivery in deliveries})
        found = Subscription.objects.confirmed().filter(which or Q(), recipient__in=readers)
        self._found: dict[tuple[int, int], list[Subscription]] = defaultdict(list)
        for subscription in found.order_by("pk"):
            self._found[subscription.recipient_id, subscription.campaign_id].append(subscription)

    def of(self, recipient: int, campaign: int) -> list[Subscription]:
        return self._found.get((recipient, campaign), [])


Wish = frozenset[tuple[str, int | None, int | None, str, bool]]


def wish_of(subscriptions: Iterable[Subscription]) -> Wish:
    """Whoever has the same wish is told the same."""
    return frozenset((s.scope, s.event_id, s.city_id, s.country, s.with_changes) for s in subscriptions)


def subscriptions_to(deliveries: list[Delivery]) -> dict[int, Subscription]:
    """The confirmed subscription to its protest behind each delivery, by the delivery's id."""
    found = Subscription.objects.confirmed().filter(
        event__in={d.ids["event"] for d in deliveries}, recipient__in=among({d.recipient_id for d in deliveries})
    )
    by_pair = {(s.recipient_id, s.event_id): s for s in found.only("recipient", "event", *MOMENT_FIELDS.values())}
    pairs = {d.pk: (d.recipient_id, d.ids["event"]) for d in deliveries}
    return {pk: by_pair[pair] for pk, pair in pairs.items() if pair in by_pair}


def paused_among(deliveries: list[Delivery]) -> dict[int, str]:
    """Those whose reader wants nothing now, with the reason."""
    now = timezone.now()
    return {delivery.pk: PAUSED for delivery in deliveries if delivery.recipient.is_paused(now)}


def in_scopes(subscriptions: list[Subscription]) -> Q:
    """The protests of these cities, countries and campaigns; none for an empty list."""
    scopes = Q(pk__in=[])
    for subscription in subscriptions:
        if subscription.scope == Scope.CAMPAIGN:
            scopes |= Q(campaign=subscription.campaign_id)
        elif subscription.scope == Scope.COUNTRY:
            scopes |= Q(campaign=subscription.campaign_id, country=subscription.country)
        elif subscription.scope == Scope.CITY:
            scopes |= Q(campaign=subscription.campaign_id, city=subscription.city_id)
    return scopes


@dataclass(frozen=True)
class Entry:
    """What brings calendars up to date (RFC 6047), but for its reader."""

    method: Method
    update: Update

    def to(self, recipient: Recipient) -> CalendarPart:
        return CalendarPart(self.method, self.update.to(recipient.address))


def entry_of(event: Event, audience: Audience, now: datetime) -> Entry:
    """Call with the readers' language active."""
    return Entry(method_for(event), as_update(event, audience, now))


@dataclass(frozen=True)
class Shared:
    """A letter for all who are told the same in one language; `asks` them whether they come."""

    draft: Draft
    asks: bool
    entry: Entry | None

    def to(self, recipient: Recipient, because_of: list[Subscription]) -> Letter:
        """With its ways out: manage everything, or stop what brought this mail (RFC 2369, RFC 8058). The database is
        not asked."""
        leave_url, one_click_url = tokens.leave_urls(because_of, recipient)
        links = {"manage_url": tokens.manage_url(recipient), "leave_url": leave_url}
        if self.asks:
            links["coming_url"] = tokens.coming_url(because_of[0], recipient)
        headers = {
            "List-Id": f"<reminders.{settings.SITE_HOST}>",
            "List-Unsubscribe": f"<{one_click_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
        return self.draft.filled(links, headers=headers, calendar=self.entry.to(recipient) if self.entry else None)


def share(
    name: str, context: dict[str, Any], language: str, *, asks: bool = False, entry: Entry | None = None
) -> Shared:
    links = ["manage_url", "leave_url", *(["coming_url"] if asks else [])]
    return Shared(render_draft(name, context, language, links=links), asks, entry)
