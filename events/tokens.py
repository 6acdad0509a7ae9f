"""The signed links in mails about the appeal and in letters."""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from events.models import SignOn, Thread
from outbox.models import Recipient
from outbox.tokens import BadToken, load, make

_SIGN_ONS = "events.sign_ons"
_THREAD = "events.thread"


def _url(name: str, token: str, language: str) -> str:
    with translation.override(language):
        return settings.SITE_URL + reverse(f"events:{name}", args=[token])


def sign_ons_url(recipient: Recipient, language: str) -> str:
    """Where a contact person confirms and withdraws."""
    return _url("sign_on", make(recipient.pk, _SIGN_ONS), language)


def recipient_of_sign_ons(token: str) -> Recipient:
    """Raises BadToken; also when this person has signed nothing, or it is forgotten."""
    recipient = Recipient.objects.filter(pk=load(token, _SIGN_ONS), never_again_at=None).first()
    if recipient is None or not SignOn.objects.of(recipient, timezone.now()).exists():
        raise BadToken(is_old=True)
    return recipient


def thread_url(thread: Thread) -> str:
    """Where somebody who wrote reads the answers and writes again."""
    return _url("thread", make(thread.pk, _THREAD), thread.language)


def thread_of(token: str) -> Thread:
    """Raises BadToken; also when the letters are forgotten."""
    thread = Thread.objects.select_related("event").filter(pk=load(token, _THREAD)).first()
    if thread is None:
        raise BadToken(is_old=True)
    return thread
