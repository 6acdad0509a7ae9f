"""The signed links of this room: whether a protest is still on, how it was, the shifts of helpers, and invitations."""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from events.models import Organiser
from organising.models import Invitation, ShiftSignUp
from outbox.models import Recipient
from outbox.tokens import BadToken, load, make

_STILL_ON = "organising.still_on"
_REPORT = "organising.report"
_TAKE = "organising.take_shifts"
_SHIFTS = "organising.shifts"
_LEAVE = "organising.leave_shift"
_INVITATION = "organising.invitation"
TAKE_SECONDS = settings.UNCONFIRMED_HOURS * 3600


def still_on_url(organiser: int) -> str:
    """Where this organiser answers without logging in. Works as long as they organise the protest."""
    return settings.SITE_URL + reverse("organising:still_on", args=[make(organiser, _STILL_ON)])


def organiser_asked(token: str) -> Organiser:
    """Raises BadToken; also when somebody does not organise it any more."""
    return _organiser(token, _STILL_ON)


def report_url(organiser: int) -> str:
    """Where this organiser tells how it was without logging in. Works as long as they organise the protest."""
    return settings.SITE_URL + reverse("organising:report_by_link", args=[make(organiser, _REPORT)])


def organiser_reporting(token: str) -> Organiser:
    """Raises BadToken; also when somebody does not organise it any more."""
    return _organiser(token, _REPORT)


def _organiser(token: str, salt: str) -> Organiser:
    found = Organiser.objects.running().filter(pk=load(token, salt), user__is_active=True)
    organiser = found.select_related("user", "event__campaign", "event__city").first()
    if organiser is None:
        raise BadToken(is_old=True)
    return organiser


def _path(name: str, token: str, language: str) -> str:
    with translation.override(language):
        return reverse(f"helping:{name}", args=[token])


def take_url(recipient: Recipient, language: str) -> str:
    """Where somebody says that the offer was meant."""
    return settings.SITE_URL + _path("take", make(recipient.pk, _TAKE), language)


def shifts_url(recipient: Recipient) -> str:
    return settings.SITE_URL + shifts_path(recipient)


def shifts_path(recipient: Recipient) -> str:
    """All shifts of one person; for pages, which may be read under another of the site's names."""
    return _path("shifts", make(recipient.pk, _SHIFTS), recipient.language)


def leave_shift_url(sign_up: ShiftSignUp) -> str:
    """Where one shift is given back."""
    return settings.SITE_URL + _path("leave", make(sign_up.pk, _LEAVE), sign_up.recipient.language)


def _recipient(pk: int) -> Recipient:
    recipient = Recipient.objects.filter(pk=pk, never_again_at=None).first()
    if recipient is None:
        raise BadToken(is_old=True)
    return recipient


def recipient_to_take(token: str) -> Recipient:
    """Raises BadToken."""
    return _recipient(load(token, _TAKE, TAKE_SECONDS))


def recipient_of_shifts(token: str) -> Recipient:
    """Raises BadToken; also when this person is on no list any more."""
    recipient = _recipient(load(token, _SHIFTS))
    if not recipient.shift_sign_ups.exists():
        raise BadToken(is_old=True)
    return recipient


def sign_up_to_leave(token: str) -> ShiftSignUp:
    """Raises BadToken; also when it is forgotten."""
    sign_up = ShiftSignUp.objects.with_protest().filter(pk=load(token, _LEAVE)).first()
    if sign_up is None:
        raise BadToken(is_old=True)
    return sign_up


def invitation_url(invitation: Invitation) -> str:
    """Where somebody reads what they are invited to, and accepts. Works while the invitation lives."""
    return settings.SITE_URL + reverse("organising:invitation", args=[make(invitation.pk, _INVITATION)])


def invitation_of(token: str) -> Invitation:
    """Raises BadToken; also when the invitation has ended."""
    living = Invitation.objects.living(timezone.now()).filter(pk=load(token, _INVITATION))
    invitation = living.select_related("event__city", "collective").first()
    if invitation is None:
        raise BadToken(is_old=True)
    return invitation
