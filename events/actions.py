"""What happens to protests below the rooms of organisers and moderators: they are proposed, written, changed."""

import json
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import Tried, account_for_proven_address, mail_code, record, try_code
from accounts.models import MailedCode, User
from events.blocklist import quarantine_for
from events.models import (
    Campaign,
    Event,
    EventChange,
    Organiser,
    Registration,
    Report,
    Revision,
    SiteStamp,
)
from events.rewriting import change_of, published, rewritten
from outbox.actions import recipient_for
from outbox.sealing import address_hash

# A decision can be taken back unheard for so long: its mails wait, and so do the notices of what it changed.
SECOND_THOUGHTS = timedelta(seconds=60)
REGISTRATION_LIFETIME = timedelta(hours=settings.UNCONFIRMED_HOURS)


class Refused(Exception):
    """The action does not fit the state of things any more. The message is for the person, translated."""


class ChangedMeanwhile(Refused):
    """Somebody else saved since this was read: both versions are to be shown, and nothing that was typed is lost."""


def check_open(campaign: Campaign) -> None:
    """Raises Refused once the edition takes no more protests and changes."""
    if not Campaign.objects.open().filter(pk=campaign.pk).exists():
        raise Refused(_("This Day of Action is closed: protests can no longer be registered or changed."))


def check_day(campaign: Campaign, day: date) -> None:
    """Raises Refused for a day on which protests of the campaign may not lie."""
    if not campaign.allows_day(day):
        raise Refused(_("The day lies outside this Day of Action."))


def check_publish_at(publish_at: datetime | None, now: datetime, *versions: dict[str, Any]) -> None:
    """Raises Refused for a moment at which a protest cannot become public by itself, whichever of *versions* it has."""
    if publish_at and publish_at <= now:
        raise Refused(_("The moment from which it should be public is past."))
    for details in versions:
        check_public_before_start(publish_at, details)


def check_public_before_start(publish_at: datetime | None, details: dict[str, Any]) -> None:
    start = datetime.combine(details["day"], details["start_time"] or time.min, ZoneInfo(details["timezone"]))
    if publish_at and publish_at >= start:
        raise Refused(_("It would be public only after it has started. Choose an earlier moment."))


@transaction.atomic
def submit_protest(
    campaign: Campaign,
    details: dict[str, Any],
    *,
    by: User,
    note: str = "",
    publish_at: datetime | None = None,
    is_example: bool = False,
) -> Revision:
    """A new protest and its first revision, pending; *by* becomes its owner. Details have been validated by a form."""
    check_open(campaign)
    check_day(campaign, details["day"])
    now = timezone.now()
    event = Event(campaign=campaign, created_at=now, publish_at=publish_at, is_example=is_example, **details)
    check_publish_at(publish_at, now, details)
    event.slug = event.slug_for_title()
    event.save()
    Organiser.objects.create(event=event, user=by, role=Organiser.Role.OWNER)
    revision = Revision.objects.create(
        event=event,
        number=1,
        author=by,
        submitted_at=now,
        note_to_moderators=note,
        quarantine="" if is_example else quarantine_for(details, by=by, now=now),
        **details,
    )
    record("protest submitted", by=by, on=event, revision=revision.pk)
    return revision


def owes_code(key: UUID, address: str) -> bool:
    """Whether sending this form will mail a code: not if it was sent before and its code still lives."""
    kept = Registration.objects.living(timezone.now()).filter(key=key, recipient__address_hash=address_hash(address))
    return not kept.filter(Q(code__expires_at__gt=timezone.now()) | Q(revision__isnull=False)).exists()


@transaction.atomic
def keep_registration(
    campaign: Campaign, key: UUID, answers: dict[str, list[str]], *, address: str, language: str, is_own: bool
) -> Registration:
    """Keep what a stranger has filled in and mail a code to *address*. The same form again is the same registration:
    later answers replace earlier ones. *is_own*: this browser sent it before, so it may correct the address too."""
    check_open(campaign)
    now = timezone.now()
    recipient = recipient_for(address, language=language)
    fields = {"recipient": recipient, "answers": json.dumps(answers), "language": language}
    Registration.objects.get_or_create(
        key=key,
        defaults={**fields, "campaign": campaign, "created_at": now, "expires_at": now + REGISTRATION_LIFETIME},
    )
    kept = Registration.objects.select_for_update(of=("self",)).select_related("code").get(key=key)
    is_same_address = kept.recipient_id == recipient.pk
    if not (is_same_address or is_own):
        raise Refused(_("Please press the button again."))
    if kept.revision_id:
        return kept
    for name, value in fields.items():
        setattr(kept, name, value)
    if not is_same_address or kept.code is None or kept.code.expires_at <= now:
        _mail_registration_code(kept)
    kept.save()
    return kept


def _mail_registration_code(kept: Registration) -> None:
    """A new code, which makes earlier ones worthless."""
    if kept.code is not None:
        kept.code.delete()
    kept.code = mail_code(kept.recipient, purpose=MailedCode.Purpose.REGISTER, language=kept.language)


@transaction.atomic
def mail_another_code(registration: Registration) -> None:
    kept = Registration.objects.select_for_update().get(pk=registration.pk)
    if kept.revision_id is None:
        _mail_registration_code(kept)
        kept.save(update_fields=["code"])


@transaction.atomic
def finish_registration(
    registration: Registration,
    typed: str,
    details: dict[str, Any],
    *,
    note: str,
    publish_at: datetime | None = None,
) -> tuple[Tried, User | None]:
    """With the right code: make the account of the contact address, to which it was mailed, and put the protest into
    the queue, once. The user is None if the code was not right or somebody has just finished it."""
    kept = Registration.objects.select_for_update().get(pk=registration.pk)
    if kept.revision_id:
        return Tried.RIGHT, None
    if kept.answers != registration.answers:
        # The code belongs to the newer answers, and so perhaps to another address than the one in *details*.
        raise Refused(_("Please press the button again."))
    tried = try_code(kept.code_id, typed)
    if tried != Tried.RIGHT:
        return tried, None
    user = account_for_proven_address(details["contact_email"], language=kept.language)
    if not user.is_active:
        raise Refused(_("This account is closed. Write to the people who run this site."))
    _submit_once(kept, details, note=note, publish_at=publish_at, by=user)
    return Tried.RIGHT, user


@transaction.atomic
def register_signed_in(
    campaign: Campaign,
    key: UUID,
    details: dict[str, Any],
    *,
    note: str,
    language: str,
    by: User,
    publish_at: datetime | None = None,
) -> Registration:
    """A protest by somebody whose address is proven: no code, and still once for each form."""
    now = timezone.now()
    Registration.objects.get_or_create(
        key=key,
        defaults={
            "campaign": campaign,
            "recipient": by.recipient,
            "answers": "{}",
            "language": language,
            "created_at": now,
            "expires_at": now + REGISTRATION_LIFETIME,
        },
    )
    kept = Registration.objects.select_for_update().get(key=key)
    if kept.recipient_id != by.recipient_id:
        raise Refused(_("Please press the button again."))
    if kept.revision_id is None:
        _submit_once(kept, details, note=note, publish_at=publish_at, by=by)
    return kept


def _submit_once(
    kept: Registration, details: dict[str, Any], *, note: str, publish_at: datetime | None, by: User
) -> None:
    kept.revision = submit_protest(kept.campaign, details, by=by, note=note, publish_at=publish_at)
    kept.answers = "{}"
    kept.save(update_fields=["revision", "answers"])


def forget_registrations() -> None:
    """Delete the forms whose address was never proven, and the keys of those that became protests."""
    Registration.objects.filter(expires_at__lte=timezone.now()).delete()


def record_change(
    event: Event, kind: EventChange.Kind, *, at: datetime, before: dict[str, str] | None = None
) -> EventChange:
    """Leave the row that notices are made from, and let every public page be made anew."""
    return _keep(change_of(event, kind, at=at, before=before))


def _keep(change: EventChange) -> EventChange:
    SiteStamp.objects.bump()
    change.save()
    return change


@transaction.atomic
def write_details(revision: Revision, *, at: datetime) -> list[EventChange]:
    """Make *revision* what the public sees of its event: the only writer of public details. The caller has moved the
    revision to approved. Publishes or schedules a submitted event; leaves rows for what followers must hear."""
    event = Event.objects.select_for_update(of=("self",), no_key=True).select_related("city").get(pk=revision.event_id)
    event, changes = rewritten(event, revision.details(), at=at)
    event.save()
    event.refresh_from_db()
    SiteStamp.objects.bump()
    return [_keep(change) for change in changes]


def publish(event: Event, *, at: datetime, by: User | None) -> EventChange:
    """Make a scheduled protest public, before its hour or at it. The caller has locked it and looked at its state."""
    change = published(event, at=at)
    event.sequence += 1
    event.save(update_fields=["state", "published_at", "time_set_at", "changed_at", "place_disclosed_at", "sequence"])
    record("published at its hour" if by is None else "published before its hour", by=by, on=event)
    return _keep(change)


@transaction.atomic
def change_state(
    event: Event, to: Event.State, kind: EventChange.Kind, *, at: datetime, **fields: Any
) -> EventChange | None:
    """Move a public event to another state if its present one allows it; None if somebody was faster."""
    allowed = [state for state, targets in Event.MOVES.items() if to in targets]
    locked = Event.objects.select_for_update(no_key=True).filter(pk=event.pk, state__in=allowed).first()
    if locked is None:
        return None
    locked.state = to
    locked.sequence += 1
    locked.changed_at = at
    for name, value in fields.items():
        setattr(locked, name, value)
    locked.save(update_fields=["state", "sequence", "changed_at", *fields])
    if to in {Event.State.HIDDEN, Event.State.CANCELLED}:
        locked.reports.open().update(closed_at=at, outcome=Report.Outcome.ACTED)
    return record_change(locked, kind, at=at)
