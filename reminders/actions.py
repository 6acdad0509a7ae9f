"""What followers do: ask, confirm, choose, stop; and what is forgotten."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from events.models import Campaign, City, Event
from outbox import actions as outbox
from outbox.actions import post, recipient_for
from outbox.models import Delivery, Priority, Recipient
from outbox.sealing import mailbox_hash
from reminders.models import Subscription

MOST_CONFIRM_MAILS = {timedelta(hours=24): 1, timedelta(days=7): 3}


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
    """Remember the wish and mail a link to confirm it, at most one a day and three a week to a mailbox: later wishes
    join the one that waits. Nothing in the answer tells whether the address is known, refused or followed already."""
    recipient = recipient_for(address, language=language)
    if recipient.never_again_at:
        return
    now = timezone.now()
    Subscription.objects.get_or_create(
        recipient=recipient,
        campaign=wish.campaign,
        scope=wish.scope,
        event=wish.event,
        city=wish.city,
        country=wish.country,
        defaults={"created_at": now, **vars(moments)},
    )
    if not _has_enough_mail(address, now):
        post(
            "confirm",
            recipient,
            key=f"confirm:{recipient.pk}:{int(now.timestamp())}",
            ids={},
            priority=Priority.URGENT,
            useful_until=now + timedelta(hours=settings.UNCONFIRMED_HOURS),
        )


def _has_enough_mail(address: str, now: datetime) -> bool:
    mails = Delivery.objects.filter(letter="confirm", recipient__mailbox_hash=mailbox_hash(address))
    return any(mails.filter(created_at__gt=now - span).count() >= most for span, most in MOST_CONFIRM_MAILS.items())


def confirm(recipient: Recipient) -> int:
    """Confirm all that this recipient asked for and has not confirmed. Returns how many; 0 the second time."""
    now = timezone.now()
    pending = Subscription.objects.of(recipient).filter(confirmed_at=None)
    return pending.filter(created_at__gt=now - timedelta(hours=settings.UNCONFIRMED_HOURS)).update(confirmed_at=now)


def choose_moments(subscription: Subscription, moments: Moments) -> None:
    Subscription.objects.filter(pk=subscription.pk).update(**vars(moments))


def choose_language(recipient: Recipient, language: str) -> None:
    Recipient.objects.filter(pk=recipient.pk).update(language=language)


def leave(subscription: Subscription) -> None:
    """Stop following one thing; what is on its way is dropped when it is about to leave."""
    subscription.delete()


def leave_all(recipient: Recipient) -> None:
    Subscription.objects.of(recipient).delete()


@transaction.atomic
def never_again(recipient: Recipient) -> None:
    """Follow nothing, keep no address: only the keyed hash that says "never again"."""
    leave_all(recipient)
    outbox.never_again(recipient)


@transaction.atomic
def forget(now: datetime) -> int:
    """Delete unconfirmed wishes after 48 hours, and followers and mails of editions that ended long enough ago. People
    who are left with nothing are deleted too, but for "never again" and organisers. Returns how many rows went."""
    unconfirmed = Subscription.objects.unconfirmed_since(now - timedelta(hours=settings.UNCONFIRMED_HOURS))
    over = Campaign.objects.filter(actions_to__lt=(now - timedelta(days=settings.FORGET_AFTER_DAYS)).date())
    gone = unconfirmed.delete()[0] + Subscription.objects.filter(campaign__in=over).delete()[0]
    ended = now - timedelta(days=settings.FORGET_AFTER_DAYS)
    finished = Delivery.objects.filter(finished_at__lt=ended).exclude(state__in=Delivery.State.unfinished())
    gone += finished.delete()[0]
    alone = Recipient.objects.filter(
        subscriptions=None, deliveries=None, user=None, registration=None, never_again_at=None, created_at__lt=ended
    )
    return gone + alone.delete()[0]
