"""The digest of one campaign day, for followers of a city, a country or the campaign."""

from dataclasses import dataclass
from datetime import date
from functools import partial

from django.conf import settings
from django.db.models import Q
from django.utils import timezone, translation

from events import when
from events.models import Audience, Event
from outbox.letters import Made
from outbox.models import Delivery
from reminders.emails.words import (
    MOMENT_FIELDS,
    MOST_LISTED,
    Following,
    Scope,
    Shared,
    in_scopes,
    paused_among,
    protest_in_words,
    share,
    wish_of,
)
from reminders.models import Subscription


@dataclass(frozen=True)
class Content:
    followed: tuple[Event, ...]
    others: tuple[Event, ...]
    more: int

    @property
    def count(self) -> int:
        return len(self.followed) + len(self.others) + self.more


def _chosen(deliveries: list[Delivery]) -> dict[int, list[Subscription]]:
    """What its reader follows and wants to be reminded of at the moment of each digest: places, and protests of the day
    that it tells of."""
    following = Following(deliveries, Q(event=None) | Q(event__day__in={d.ids["day"] for d in deliveries}))
    followed = {d.pk: following.of(d.recipient_id, d.ids["campaign"]) for d in deliveries}
    return {d.pk: [s for s in followed[d.pk] if getattr(s, MOMENT_FIELDS[d.ids["moment"]])] for d in deliveries}


def _contents(deliveries: list[Delivery], chosen: dict[int, list[Subscription]]) -> dict[int, Content]:
    """Looked up once for all readers who follow the same: of a digest of the whole campaign there are many."""
    known: dict[object, Content] = {}
    contents = {}
    for delivery in deliveries:
        ours, ids = chosen[delivery.pk], delivery.ids
        key = (ids["campaign"], ids["day"], ids["moment"], wish_of(ours))
        if key not in known:
            known[key] = _content(delivery, ours)
        contents[delivery.pk] = known[key]
    return contents


def _content(delivery: Delivery, chosen: list[Subscription]) -> Content:
    """Protests followed directly come first; on the day they have a mail of their own, if their hour is known."""
    scoped = _places(chosen)
    own = [subscription.event_id for subscription in chosen if subscription.event_id]
    on_day = (
        Event.objects.taking_place()
        .upcoming(timezone.now())
        .filter(campaign=delivery.ids["campaign"], day=delivery.ids["day"])
        .select_related("city", "campaign")
        .in_order()
    )
    followed: tuple[Event, ...] = ()
    if delivery.ids["moment"] == "hours":
        own_mail = on_day.filter(pk__in=own, start_time__isnull=False)
        others = on_day.filter(in_scopes(scoped)).exclude(pk__in=own_mail.values("pk"))
    else:
        followed = tuple(on_day.filter(pk__in=own)) if scoped else ()
        others = on_day.filter(in_scopes(scoped)).exclude(pk__in=own)
    listed = tuple(others[:MOST_LISTED])
    more = others.count() - len(listed) if len(listed) == MOST_LISTED else 0
    return Content(followed, listed, more)


def _places(chosen: list[Subscription]) -> list[Subscription]:
    return [subscription for subscription in chosen if subscription.scope != Scope.EVENT]


def unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    empty = {pk for pk, content in _contents(deliveries, _chosen(deliveries)).items() if not content.count}
    return dict.fromkeys(empty, "nothing to tell") | paused_among(deliveries)


def render(deliveries: list[Delivery]) -> dict[int, Made]:
    chosen = _chosen(deliveries)
    contents = _contents(deliveries, chosen)
    shared: dict[tuple[str, Content, str], Shared] = {}
    letters: dict[int, Made] = {}
    for delivery in deliveries:
        key = (delivery.ids["day"], contents[delivery.pk], delivery.recipient.language)
        if key not in shared:
            shared[key] = _shared(*key)
        letters[delivery.pk] = partial(shared[key].to, delivery.recipient, _places(chosen[delivery.pk]))
    return letters


def _shared(day: str, content: Content, language: str) -> Shared:
    now = timezone.now()
    with translation.override(language):
        context = {
            "day": when.day_text(date.fromisoformat(day)),
            "followed": [protest_in_words(event, Audience.FOLLOWER, now) for event in content.followed],
            "others": [protest_in_words(event, Audience.PUBLIC, now) for event in content.others],
            "count": content.count,
            "more": content.more,
            "more_url": f"{settings.SITE_URL}/{language}/protests/?day={day}",
        }
    return share("digest", context, language)
