"""What followers do: ask, confirm, choose, stop; and what is forgotten."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from events.models import Campaign, City, Event
from outbox import actions as outbox
from outbox import purges
from outbox.actions import recipient_for
from outbox.models import Delivery, Purge, Recipient
from outbox.quiet import QUIET_UNTIL
from outbox.tallies import forget_finished
from reminders.coming import recounting
from reminders.emails.words import PAUSED
from reminders.models import Subscription

What = Purge.What
LINK_LIVES = timedelta(hours=settings.UNCONFIRMED_HOURS)

# A wish that waits is renewed; one that is confirmed is not for strangers to change.
_WISH = """
    INSERT INTO reminders_subscription AS known
        (recipient_id, campaign_id, scope, event_id, city_id, country, week_before, day_before, on_the_day, created_at)
    SELECT id, %(campaign)s, %(scope)s, %(event)s, %(city)s, %(country)s,
           %(week_before)s, %(day_before)s, %(on_the_day)s, %(now)s
    FROM outbox_recipient WHERE id = %(recipient)s AND suspended_at IS NULL AND never_again_at IS NULL
    ON CONFLICT (recipient_id, campaign_id, scope, event_id, city_id, country) DO UPDATE
    SET week_before = excluded.week_before, day_before = excluded.day_before, on_the_day = excluded.on_the_day,
        created_at = excluded.created_at
    WHERE known.confirmed_at IS NULL
"""


@dataclass(frozen=True)
class Wish:
    """What somebody wants to follow: a protest, a city, a country, or all of a campaign."""

    campaign: Campaign
    event: Event | None = None
    city: City | None = None
    country: str = ""

    @property
    def scope(self) -> Subscription.Scope:
        if self.event:
            return Subscription.Scope.EVENT
        if self.city:
            return Subscription.Scope.CITY
        return Subscription.Scope.COUNTRY if self.country else Subscription.Scope.CAMPAIGN


@dataclass(frozen=True)
class Moments:
    week_before: bool = True
    day_before: bool = True
    on_the_day: bool = True


@transaction.atomic
def subscribe(wish: Wish, address: str, *, moments: Moments, language: str) -> None:
    """Remember the wish and mail a link to confirm it, unless the mailbox had one today: later wishes join it. The
    statements are the same whether the address is new, known, refused or follows this already."""
    now = timezone.now()
    outbox.lock_mailbox(address)
    recipient = recipient_for(address, language=language)
    values: dict[str, Any] = {
        "recipient": recipient.pk,
        "campaign": wish.campaign.pk,
        "scope": wish.scope,
        "event": wish.event.pk if wish.event else None,
        "city": wish.city.pk if wish.city else None,
        "country": wish.country,
        "now": now,
        **vars(moments),
    }
    with connection.cursor() as cursor:
        cursor.execute(_WISH, values)
    outbox.post_to_confirm("confirm", recipient, language=language, useful_until=now + LINK_LIVES)


@transaction.atomic
def confirm(recipient: Recipient, *, language: str) -> int:
    """Confirm all that this recipient asked for and has not confirmed, and write in *language* from now on. Returns how
    many; 0 the second time."""
    now = timezone.now()
    confirmed = Subscription.objects.of(recipient).waiting(now).update(confirmed_at=now)
    if confirmed:
        choose_language(recipient, language)
    return confirmed


def choose_moments(subscription: Subscription, moments: Moments, *, with_changes: bool) -> None:
    """When to write, and of a city, a country or the campaign whether to tell of changes."""
    with_changes = with_changes or subscription.event_id is not None
    Subscription.objects.filter(pk=subscription.pk).update(**vars(moments), with_changes=with_changes)


def choose_language(recipient: Recipient, language: str) -> None:
    Recipient.objects.filter(pk=recipient.pk).update(language=language)


@transaction.atomic
def pause(recipient: Recipient, day: date) -> None:
    """Nothing of what is followed until the morning of *day*. What was planned for then is planned anew after it."""
    zone = Subscription.objects.of(recipient).values_list("campaign__timezone", flat=True).order_by("pk").first()
    until = datetime.combine(day, QUIET_UNTIL, ZoneInfo(zone or "UTC"))
    _pause_ends(recipient, until)
    Recipient.objects.filter(pk=recipient.pk).update(paused_until=until)
    planned = Delivery.objects.filter(recipient=recipient, letter__in=["reminder", "digest"])
    planned.filter(state=Delivery.State.QUEUED).update(
        state=Delivery.State.SKIPPED, reason=PAUSED, finished_at=timezone.now()
    )


@transaction.atomic
def go_on(recipient: Recipient) -> None:
    """End a pause."""
    _pause_ends(recipient, timezone.now())
    Recipient.objects.filter(pk=recipient.pk).update(paused_until=None)


def _pause_ends(recipient: Recipient, at: datetime) -> None:
    """What waits for the end of the pause that was chosen before is told *at* its new end, if it is of use then."""
    if recipient.paused_until is None:
        return
    waiting = Delivery.objects.filter(recipient=recipient, letter="notice", state=Delivery.State.QUEUED)
    waiting.filter(not_before=recipient.paused_until, useful_until__gt=at).update(not_before=at)


def leave(subscriptions: Iterable[Subscription]) -> None:
    """Stop following these; what is on its way is dropped when it is about to leave."""
    subscriptions = list(subscriptions)
    with recounting(subscription.event_id for subscription in subscriptions if subscription.event_id):
        Subscription.objects.filter(pk__in=[subscription.pk for subscription in subscriptions]).delete()


def leave_all(recipient: Recipient) -> None:
    leave(Subscription.objects.of(recipient))


@transaction.atomic
def never_again(recipient: Recipient) -> None:
    """Follow nothing, keep no address: only the keyed hash that says "never again". An organiser's account needs the
    address: there it only ends what is followed."""
    leave_all(recipient)
    if not User.objects.filter(recipient=recipient).exists():
        outbox.never_again(recipient)


def forget(now: datetime) -> None:
    """Delete unconfirmed wishes and the addresses behind them after 48 hours, and followers and finished mails of
    editions that ended long enough ago. What is kept for ever is the keyed hash of "never again"."""
    purges.delete(What.WISHES, Subscription.objects.unconfirmed_since(now - LINK_LIVES))
    forget_editions(Campaign.objects.to_forget(now))
    with transaction.atomic():
        purges.note(What.MAILS, forget_finished(now - timedelta(days=settings.FORGET_AFTER_DAYS)))
    outbox.forget_addresses(now - LINK_LIVES)


def forget_editions(over: "QuerySet[Campaign]") -> None:
    purges.delete(What.FOLLOWERS, Subscription.objects.filter(campaign__in=over))
