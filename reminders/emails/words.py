"""What the letters of this room share: a protest and its changes in the reader's words, and the links at the foot."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from events import when
from events.models import Audience, Event, EventChange
from events.names import country_name
from outbox.letters import Letter
from outbox.models import Recipient
from outbox.rendering import render_letter
from reminders import tokens
from reminders.models import Subscription

MOST_LISTED = 30
MOMENT_FIELDS = {"week": "week_before", "day": "day_before", "hours": "on_the_day"}

Kind = EventChange.Kind
Scope = Subscription.Scope


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
    return Protest(
        title=event.display_title,
        day=when.day_text(event.day),
        hours=when.hours_text(event),
        zone=when.zone_text(event) if event.start_time else "",
        place=[*place.spot, city or country_name(place.country)],
        is_place_open=not place.is_complete and event.place_kind == "address",
        place_from=when.moment_text(place.disclosed_from, event.zone) if place.disclosed_from else "",
        organiser=event.organiser_name,
        access=", ".join(filter(None, [*event.access_labels, event.access_notes])),
        url=settings.SITE_URL + event.get_absolute_url(),
        is_example=event.is_example,
    )


def time_before(change: EventChange) -> str:
    """“Monday 11 October, 14:00”, as it was; call with the reader's language active."""
    was = change.before
    if not was.get("day"):
        return ""
    day = when.day_text(date.fromisoformat(was["day"]))
    return f"{day}, {was['start_time']}" if was.get("start_time") else day


def place_before(change: EventChange) -> str:
    """What the public could see of the place before."""
    return ", ".join(dict.fromkeys(filter(None, (change.before.get("venue"), change.before.get("address")))))


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


def confirmed_of(recipient: Recipient, campaign: int) -> list[Subscription]:
    return list(Subscription.objects.confirmed().of(recipient).filter(campaign=campaign).order_by("pk"))


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


def letter_to_follower(
    name: str, recipient: Recipient, context: dict[str, Any], because_of: list[Subscription]
) -> Letter:
    """A letter with its ways out: manage everything, or stop what brought this mail (RFC 2369, RFC 8058)."""
    leave_url, one_click_url = tokens.leave_urls(because_of, recipient)
    links = {"manage_url": tokens.manage_url(recipient), "leave_url": leave_url}
    headers = {"List-Unsubscribe": f"<{one_click_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return render_letter(name, {**context, **links}, recipient.language, headers=headers)
