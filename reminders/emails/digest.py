"""The digest of one campaign day, for followers of a city, a country or the campaign."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils import timezone, translation

from events import when
from events.models import Audience, Event
from outbox.letters import Letter
from outbox.models import Delivery
from reminders.emails.words import (
    MOMENT_FIELDS,
    MOST_LISTED,
    Scope,
    confirmed_of,
    in_scopes,
    letter_to_follower,
    paused_among,
    protest_in_words,
)
from reminders.models import Subscription


@dataclass(frozen=True)
class Content:
    followed: list[Event]
    others: list[Event]
    more: int
    because_of: list[Subscription]

    @property
    def count(self) -> int:
        return len(self.followed) + len(self.others) + self.more


def _content(delivery: Delivery) -> Content:
    """Protests followed directly come first; on the day they have a mail of their own, if their hour is known."""
    moment = delivery.ids["moment"]
    ours = confirmed_of(delivery.recipient, delivery.ids["campaign"])
    chosen = [subscription for subscription in ours if getattr(subscription, MOMENT_FIELDS[moment])]
    scoped = [subscription for subscription in chosen if subscription.scope != Scope.EVENT]
    own = [subscription.event_id for subscription in chosen if subscription.event_id]
    on_day = (
        Event.objects.taking_place()
        .upcoming(timezone.now())
        .filter(campaign=delivery.ids["campaign"], day=delivery.ids["day"])
        .select_related("city", "campaign")
        .in_order()
    )
    if moment == "hours":
        own_mail = on_day.filter(pk__in=own, start_time__isnull=False)
        followed, others = [], on_day.filter(in_scopes(scoped)).exclude(pk__in=own_mail.values("pk"))
    else:
        followed = list(on_day.filter(pk__in=own)) if scoped else []
        others = on_day.filter(in_scopes(scoped)).exclude(pk__in=own)
    listed = list(others[:MOST_LISTED])
    more = others.count() - len(listed) if len(listed) == MOST_LISTED else 0
    return Content(followed, listed, more, scoped)


def unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    paused = paused_among(deliveries)
    return paused | {d.pk: "nothing to tell" for d in deliveries if d.pk not in paused and not _content(d).count}


def render(deliveries: list[Delivery]) -> dict[int, Letter]:
    return {delivery.pk: _letter(delivery, _content(delivery)) for delivery in deliveries}


def _letter(delivery: Delivery, content: Content) -> Letter:
    now = timezone.now()
    day = date.fromisoformat(delivery.ids["day"])
    language = delivery.recipient.language
    with translation.override(language):
        context = {
            "day": when.day_text(day),
            "followed": [protest_in_words(event, Audience.FOLLOWER, now) for event in content.followed],
            "others": [protest_in_words(event, Audience.PUBLIC, now) for event in content.others],
            "count": content.count,
            "more": content.more,
            "more_url": f"{settings.SITE_URL}/{language}/protests/?day={day.isoformat()}",
        }
    return letter_to_follower("digest", delivery.recipient, context, content.because_of)
