"""The signed links in mails to followers."""

import functools

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from events.models import Event
from outbox.models import Recipient
from outbox.tokens import BadToken, load, make
from reminders.coming import asked_among
from reminders.models import Subscription

_CONFIRM = "reminders.confirm"
_MANAGE = "reminders.manage"
_LEAVE = "reminders.leave"
_COMING = "reminders.coming"
CONFIRM_SECONDS = settings.UNCONFIRMED_HOURS * 3600


@functools.cache
def _around(name: str, language: str) -> tuple[str, str]:
    """What stands before and after the token in a path."""
    with translation.override(language):
        before, after = reverse(f"reminders:{name}", args=["token"]).rsplit("token", 1)
    return before, after


def _path(name: str, token: str, language: str) -> str:
    before, after = _around(name, language)
    return f"{before}{token}{after}"


def _url(name: str, token: str, language: str) -> str:
    return settings.SITE_URL + _path(name, token, language)


def confirm_url(recipient: Recipient, language: str) -> str:
    return _url("confirm", make(recipient.pk, _CONFIRM), language)


def manage_url(recipient: Recipient) -> str:
    return settings.SITE_URL + manage_path(recipient)


def manage_path(recipient: Recipient) -> str:
    """The same for pages, which may be read under another of the site's names."""
    return _path("manage", make(recipient.pk, _MANAGE), recipient.language)


def leave_urls(subscriptions: list[Subscription], recipient: Recipient) -> tuple[str, str]:
    """To stop what brought a mail: the page with a button, and the address for mail programs (RFC 8058; POST alone)."""
    token = make([subscription.pk for subscription in subscriptions], _LEAVE)
    return _url("leave", token, recipient.language), _url("one_click", token, recipient.language)


def coming_url(subscription: Subscription, recipient: Recipient) -> str:
    """Where this follower says whether they come."""
    return _url("coming", make(subscription.pk, _COMING), recipient.language)


def _recipient(pk: int) -> Recipient:
    recipient = Recipient.objects.filter(pk=pk, never_again_at=None).first()
    if recipient is None:
        raise BadToken(is_old=True)
    return recipient


def recipient_to_confirm(token: str) -> Recipient:
    """Raises BadToken."""
    return _recipient(load(token, _CONFIRM, CONFIRM_SECONDS))


def recipient_to_manage(token: str) -> Recipient:
    """Raises BadToken; also when this recipient follows nothing any more."""
    recipient = _recipient(load(token, _MANAGE))
    if not recipient.subscriptions.exists():
        raise BadToken(is_old=True)
    return recipient


def subscriptions_to_leave(token: str) -> list[Subscription]:
    """Raises BadToken; also when none of them is left."""
    found = Subscription.objects.select_related("recipient", "event", "city", "campaign")
    subscriptions = list(found.filter(pk__in=load(token, _LEAVE)).order_by("pk"))
    if not subscriptions:
        raise BadToken(is_old=True)
    return subscriptions


def subscription_asked(token: str) -> tuple[Subscription, Event]:
    """Who is asked whether they come, and to what. Raises BadToken; also when it is over, or nobody asks any more."""
    found = Subscription.objects.confirmed().select_related("recipient", "event__city", "event__campaign")
    subscription = found.filter(pk=load(token, _COMING), event__isnull=False).first()
    event = subscription.event if subscription else None
    if subscription is None or event is None or not asked_among([event.pk], timezone.now()):
        raise BadToken(is_old=True)
    return subscription, event
