"""Second factors: an app that shows six digits, passkeys, and recovery codes for whoever lost both.

allauth has the table and the arithmetic. What was used is noted in the row itself, under its lock, so that no digits
work twice, whatever becomes of Redis.
"""

from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.utils import decrypt, encrypt
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.actions import log_out_everywhere, record
from accounts.models import User
from accounts.news import News
from outbox.actions import post
from outbox.models import Priority

APP, PASSKEY, RECOVERY = Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN, Authenticator.Type.RECOVERY_CODES
STEP_SECONDS = 30


def factors_of(user: User) -> list[Authenticator]:
    return list(Authenticator.objects.filter(user=user).order_by("pk"))


def has_factor(user: User) -> bool:
    """Whether *user* has an app or a passkey; recovery codes alone are none."""
    return bool(Authenticator.objects.filter(user=user, type__in=[APP, PASSKEY]).exists())


def new_secret() -> str:
    """What an app and this site will share, in base 32."""
    return str(generate_totp_secret())


def six_digits(secret: str, step: int) -> str:
    """What an app with *secret* shows in one of the half minutes since 1970."""
    return str(format_hotp_value(hotp_value(secret, step)))


def step_at(now: datetime) -> int:
    return int(now.timestamp()) // STEP_SECONDS


def step_shown(secret: str, typed: str, *, now: datetime, after: int = 0) -> int | None:
    """The half minute in which an app shows *typed*: this one or a neighbour, and later than *after*."""
    here = step_at(now)
    if after > here + 1:
        # A clock that ran ahead once must not shut anybody out until the time it showed has come.
        after = 0
    for step in (here - 1, here, here + 1):
        if step > after and constant_time_compare(six_digits(secret, step), typed):
            return step
    return None


def _fits_app(factor: Authenticator, typed: str, now: datetime) -> bool:
    step = step_shown(decrypt(factor.data["secret"]), typed, now=now, after=factor.data.get("last_step", 0))
    if step is not None:
        factor.data["last_step"] = step
    return step is not None


@transaction.atomic
def use_code(user: User, typed: str) -> Authenticator | None:
    """The app or the recovery codes of *user* that *typed* is of; it is used up by that."""
    now = timezone.now()
    for factor in Authenticator.objects.select_for_update().filter(user=user).exclude(type=PASSKEY).order_by("pk"):
        fits = _fits_app(factor, typed, now) if factor.type == APP else factor.wrap().validate_code(typed)
        if fits:
            if factor.type == RECOVERY:
                factor.refresh_from_db()
                _tell(user, News.CODE_USED, by=user)
            note_use(factor)
            return factor
    return None


def note_use(factor: Authenticator) -> None:
    factor.last_used_at = timezone.now()
    factor.save(update_fields=["data", "last_used_at"])


def _tell(user: User, news: News, *, by: User) -> None:
    """Into the trail, and a letter: whoever did not do it themselves must learn of it."""
    entry = record(news, by=by, on=user)
    post(
        "second_factor",
        user.recipient,
        key=f"second_factor:{entry.pk}",
        ids={"entry": entry.pk},
        priority=Priority.URGENT,
    )


def _add(user: User, type_: str, data: dict[str, Any], news: News) -> Authenticator:
    """Call inside a transaction. The row of the person is locked, so that two browsers do not both add an app."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if type_ == APP:
        Authenticator.objects.filter(user=user, type=APP).delete()
    factor: Authenticator = Authenticator.objects.create(
        user=user, type=type_, data=data, created_at=timezone.now(), last_used_at=timezone.now()
    )
    _tell(user, news, by=user)
    return factor


@transaction.atomic
def add_app(user: User, secret: str, *, last_step: int = 0) -> Authenticator:
    """The app that holds *secret*, in place of an earlier one."""
    return _add(user, APP, {"secret": encrypt(secret), "last_step": last_step}, News.APP_ADDED)


def add_demo_app(user: User) -> None:
    """For people of the demo: /mailbox/codes/ shows what it shows, which no site in production has."""
    Authenticator.objects.create(user=user, type=APP, data={"secret": encrypt(new_secret()), "is_demo": True})


@transaction.atomic
def add_passkey(user: User, name: str, credential: dict[str, Any]) -> Authenticator:
    return _add(user, PASSKEY, {"name": name, "credential": credential}, News.PASSKEY_ADDED)


@transaction.atomic
def make_recovery_codes(user: User) -> None:
    """Ten new codes; the earlier ones are over."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    Authenticator.objects.filter(user=user, type=RECOVERY).delete()
    RecoveryCodes.activate(user)
    _tell(user, News.CODES_MADE, by=user)


def recovery_codes(user: User) -> list[str]:
    """Those not used yet."""
    kept = Authenticator.objects.filter(user=user, type=RECOVERY).first()
    return list(kept.wrap().get_unused_codes()) if kept else []


@transaction.atomic
def remove_factor(factor: Authenticator, *, by: User) -> None:
    """Take one app or passkey away; with the last of them the recovery codes go too."""
    news = News.APP_REMOVED if factor.type == APP else News.PASSKEY_REMOVED
    user = User.objects.select_for_update(no_key=True).get(pk=factor.user_id)
    factor.delete()
    if not has_factor(user):
        Authenticator.objects.filter(user=user).delete()
    _tell(user, news, by=by)


@transaction.atomic
def take_all_factors(user: User, *, by: User) -> None:
    """For somebody who has lost everything, once an admin is sure that it is them: they start anew, logged out."""
    Authenticator.objects.filter(user=user).delete()
    log_out_everywhere(user)
    _tell(user, News.ALL_REMOVED, by=by)


def app_url(user: User, secret: str) -> str:
    """What the QR code says to an app. It names a number and no address: telephones are lost, too."""
    label = quote(f"{settings.SITE_HOST}:{user.pk}")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': settings.SITE_HOST})}"
