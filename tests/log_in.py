"""Log people in as a moderator has to be: with a second factor, passed in this session."""

from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY as WHOSE,
)
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY as STEPS
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.standing import LONGEST
from outbox.sealing import seal

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def app_for(user: User) -> Authenticator:
    """The authenticator app of *user*, set up if it is not."""
    return Authenticator.objects.get_or_create(
        user=user,
        type=Authenticator.Type.TOTP,
        defaults={
            "data": {"secret": seal(SECRET, purpose="second-factor")},
            "created_at": timezone.now(),
        },
    )[0]


def six_digits(steps_later: int = 0) -> str:
    """What everybody's app shows now, or a number of half minutes later."""
    return format_hotp_value(hotp_value(SECRET, int(timezone.now().timestamp()) // 30 + steps_later))


def log_in(client: Client, user: User) -> None:
    """As if *user* had just entered the mailed code and six digits of the app."""
    factor = app_for(user)
    client.force_login(user)
    session = client.session
    at = timezone.now().timestamp()
    session[WHOSE] = str(user.pk)
    session[STEPS] = [
        {"method": "code", "at": at},
        {"method": "mfa", "at": at, "id": factor.pk, "type": factor.type},
    ]
    session.set_expiry(timezone.now() + LONGEST)
    session.save()


def logged_in(user: User) -> Client:
    """A browser of somebody who needs no second factor."""
    client = Client()
    client.force_login(user)
    return client
