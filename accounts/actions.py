"""What can be done with people: keep the trail, make an account for a proven address, mail a code."""

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, get_random_string

from accounts.models import AuditEntry, MailedCode, User
from outbox import actions as outbox
from outbox.actions import post, recipient_for
from outbox.models import Delivery, Priority, Recipient
from outbox.sealing import keyed_hash, normal_address

CODE_LIFETIME = timedelta(minutes=15)
TRIES_PER_CODE = 5
# How many living codes one person may have while Redis, which counts otherwise, is away.
CODES_WITHOUT_REDIS = 4


def record(verb: str, *, by: User | None, on: models.Model | None = None, **codes: Any) -> AuditEntry:
    """One line of the audit trail. *codes* are ids and short codes, never names, addresses or texts."""
    return AuditEntry.objects.create(
        at=timezone.now(),
        actor_id=by.actor_id if by else None,
        verb=verb,
        object_type=on._meta.label_lower if on else "",
        object_id=on.pk if on else None,
        codes=codes,
    )


def record_many(verb: str, *, by: User, on: Iterable[tuple[models.Model, dict[str, Any]]]) -> None:
    """One line for each of *on*, which pairs what it happened to with its codes."""
    now = timezone.now()
    AuditEntry.objects.bulk_create(
        AuditEntry(
            at=now,
            actor_id=by.actor_id,
            verb=verb,
            object_type=one._meta.label_lower,
            object_id=one.pk,
            codes=codes,
        )
        for one, codes in on
    )


@transaction.atomic
def account_for_proven_address(address: str, *, language: str) -> User:
    """The account of somebody who has just shown that they read mail to *address*; made if it is new."""
    address = normal_address(address)
    user = User.objects.filter(email=address).first()
    if user is None:
        user = User.objects.create_user(address, language=language)
        record("account made", by=user, on=user)
    email, _created = EmailAddress.objects.get_or_create(user=user, email=address, defaults={"primary": True})
    if not email.verified:
        email.set_verified()
    return user


def account_for_address(address: str, *, language: str, by: User) -> User:
    """The account of *address*. One that is new waits until its owner logs in with a mailed code."""
    user = User.objects.filter(email=normal_address(address)).first()
    if user is None:
        user = User.objects.create_user(address, language=language)
        record("account made", by=by, on=user)
    return user


def mail_code(
    recipient: Recipient, *, purpose: MailedCode.Purpose, language: str, code: str | None = None
) -> MailedCode:
    """Make a six-digit code (or take the one given) and put its letter into the outbox, ahead of everything else."""
    now = timezone.now()
    mailed = MailedCode.objects.create(
        purpose=purpose,
        recipient=recipient,
        code=code or get_random_string(6, "0123456789"),
        language=language,
        created_at=now,
        expires_at=now + CODE_LIFETIME,
    )
    post(
        "code",
        recipient,
        key=f"code:{mailed.pk}",
        ids={"code": mailed.pk},
        priority=Priority.CODE,
        useful_until=mailed.expires_at,
    )
    return mailed


class Tried(StrEnum):
    """What became of a code that somebody typed."""

    RIGHT = "right"
    WRONG = "wrong"
    OVER = "over"


@transaction.atomic
def try_code(mailed_id: int | None, typed: str) -> Tried:
    """Use up a code if *typed* is it. The row is locked, so that tries at once are counted like tries in turn; after
    five wrong ones, once used, or after its time the code is over."""
    living = MailedCode.objects.select_for_update().living(timezone.now())
    mailed = living.filter(pk=mailed_id).first() if mailed_id else None
    if mailed is None or mailed.wrong_tries >= TRIES_PER_CODE:
        return Tried.OVER
    if constant_time_compare(mailed.code, typed):
        mailed.delete()
        return Tried.RIGHT
    mailed.wrong_tries += 1
    mailed.save(update_fields=["wrong_tries"])
    return Tried.WRONG if mailed.wrong_tries < TRIES_PER_CODE else Tried.OVER


def _nobody() -> Recipient:
    """Stands in for the owner of an address without an account: takes the same steps, is never written to."""
    now = timezone.now()
    nobody, _created = Recipient.objects.get_or_create(
        address_hash=keyed_hash("nobody", purpose="nobody"),
        defaults={"mailbox_hash": b"", "created_at": now, "never_again_at": now},
    )
    return nobody


@transaction.atomic
def ask_for_log_in_code(
    address: str, *, language: str, count_here: bool = False, opens_account: bool = False
) -> MailedCode | None:
    """Mail a code to the account of *address*. Without an account the same rows are written for nobody, so that the
    answer takes as long and tells nothing; *opens_account*: it is mailed to whoever reads mail there. *count_here*: no
    more than a few living codes, then None."""
    known = User.objects.filter(email=normal_address(address)).first()
    user = known if known and known.is_active else None
    if known is None and opens_account:
        recipient = recipient_for(address, language=language)
    else:
        recipient = user.recipient if user else _nobody()
    if count_here:
        living = MailedCode.objects.living(timezone.now()).filter(recipient=recipient)
        if living.count() >= CODES_WITHOUT_REDIS:
            return None
    return mail_code(recipient, purpose=MailedCode.Purpose.LOGIN, language=user.language if user else language)


@transaction.atomic
def prove_address(
    address: str, mailed_id: int | None, typed: str, *, language: str = "en", opens_account: bool = False
) -> tuple[Tried, User | None]:
    """With the right code: the active account of *address*, its address proven; made if it is new and
    *opens_account*."""
    tried = try_code(mailed_id, typed)
    if tried == Tried.RIGHT and opens_account:
        account_for_proven_address(address, language=language)
    user = User.objects.filter(email=normal_address(address), is_active=True).first()
    if tried == Tried.RIGHT and user is None:
        return Tried.WRONG, None
    if tried != Tried.RIGHT or user is None:
        return tried, None
    return tried, account_for_proven_address(user.email, language=user.language)


@transaction.atomic
def choose_language(user: User, language: str) -> None:
    """The language of the signed-in rooms and of all mail to this person."""
    user.language = language
    user.save(update_fields=["language"])
    Recipient.objects.filter(pk=user.recipient_id).update(language=language)


def log_out_everywhere(user: User, *, by: User | None = None) -> None:
    """End every session of *user*: they are bound to the password, which nobody knows, and it changes."""
    user.set_unusable_password()
    user.save(update_fields=["password"])
    record("logged out everywhere", by=by or user, on=user)


@transaction.atomic
def block(user: User, *, by: User) -> None:
    """Close the account of *user*: nobody logs in to it any more, and it gets no mail about protests."""
    user.is_active = False
    user.save(update_fields=["is_active"])
    log_out_everywhere(user, by=by)
    record("account blocked", by=by, on=user)


@transaction.atomic
def send_mail_again(deliveries: Iterable[Delivery], *, by: User) -> int:
    """Try dead letters once more; the trail keeps what had become of each. Returns how many."""
    again = outbox.send_again(deliveries)
    record_many("mail tried again", by=by, on=[(mail, {"letter": mail.letter, "was": mail.reason}) for mail in again])
    return len(again)


@transaction.atomic
def lift_suspension(recipients: Iterable[Recipient], *, by: User) -> int:
    """Write to these addresses again. Returns how many were suspended."""
    lifted = outbox.lift_suspension(recipients)
    record_many("suspension lifted", by=by, on=[(recipient, {}) for recipient in lifted])
    return len(lifted)


def stay(user: User) -> None:
    """The yes of somebody who was asked: the account stays until the next edition is over."""
    User.objects.filter(pk=user.pk, asked_to_stay_at__isnull=False).update(said_stay_at=timezone.now())


def forget_over() -> None:
    """Delete codes whose time is over and what is left of ended sessions."""
    MailedCode.objects.filter(expires_at__lte=timezone.now()).delete()
    Session.objects.filter(expire_date__lte=timezone.now()).delete()
