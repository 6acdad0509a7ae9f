"""What happens to protests below the rooms of organisers and moderators: they are proposed, written, changed."""

import json
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import Tried, account_for_proven_address, mail_code, record, try_code
from accounts.models import MailedCode, User
from events.models import (
    Audience,
    Campaign,
    Event,
    EventChange,
    EventDetails,
    Organiser,
    Registration,
    Revision,
    SiteStamp,
)
from outbox.actions import recipient_for
from outbox.sealing import address_hash

REGISTRATION_LIFETIME = timedelta(hours=settings.UNCONFIRMED_HOURS)


class Refused(Exception):
    """The action does not fit the state of things any more. The message is for the person, translated."""


def check_open(campaign: Campaign) -> None:
    """Raises Refused once the edition takes no more protests and changes."""
    if not Campaign.objects.open().filter(pk=campaign.pk).exists():
        raise Refused(_("This Day of Action is closed: protests can no longer be registered or changed."))


def check_day(campaign: Campaign, day: date) -> None:
    """Raises Refused for a day on which protests of the campaign may not lie."""
    if not campaign.allows_day(day):
        raise Refused(_("The day lies outside this Day of Action."))


@transaction.atomic
def submit_protest(
    campaign: Campaign, details: dict[str, Any], *, by: User, note: str = "", is_example: bool = False
) -> Revision:
    """A new protest and its first revision, pending; *by* becomes its owner. Details have been validated by a form."""
    check_open(campaign)
    check_day(campaign, details["day"])
    now = timezone.now()
    event = Event(campaign=campaign, created_at=now, is_example=is_example, **details)
    event.slug = event.slug_for_title()
    event.save()
    Organiser.objects.create(event=event, user=by, role=Organiser.Role.OWNER)
    revision = Revision.objects.create(
        event=event, number=1, author=by, submitted_at=now, note_to_moderators=note, **details
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
    registration: Registration, typed: str, details: dict[str, Any], *, note: str
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
    _submit_once(kept, details, note=note, by=user)
    return Tried.RIGHT, user


@transaction.atomic
def register_signed_in(
    campaign: Campaign, key: UUID, details: dict[str, Any], *, note: str, language: str, by: User
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
        _submit_once(kept, details, note=note, by=by)
    return kept


def _submit_once(kept: Registration, details: dict[str, Any], *, note: str, by: User) -> None:
    kept.revision = submit_protest(kept.campaign, details, by=by, note=note)
    kept.answers = "{}"
    kept.save(update_fields=["revision", "answers"])


def forget_registrations() -> None:
    """Delete the forms whose address was never proven, and the keys of those that became protests."""
    Registration.objects.filter(expires_at__lte=timezone.now()).delete()


def when_and_where(event: EventDetails, now: datetime) -> dict[str, str]:
    """What the public may see of time and place at *now*: what an EventChange keeps, as strings."""
    place = event.place_for(Audience.PUBLIC, now)
    return {
        "day": event.day.isoformat(),
        "start_time": event.start_time.strftime("%H:%M") if event.start_time else "",
        "end_time": event.end_time.strftime("%H:%M") if event.end_time else "",
        "timezone": event.timezone,
        "country": event.country,
        "city": str(place.city.pk) if place.city else "",
        "venue": place.venue,
        "address": place.address,
    }


TIME_FIELDS = ("day", "start_time", "timezone")
PLACE_FIELDS = ("place_kind", "country", "city_id", "venue", "address", "lat", "lon")


def record_change(
    event: Event, kind: EventChange.Kind, *, at: datetime, before: dict[str, str] | None = None
) -> EventChange:
    """Leave the row that notices are made from, and let every public page be made anew."""
    SiteStamp.objects.bump()
    return EventChange.objects.create(
        event=event, kind=kind, at=at, before=before or {}, after=when_and_where(event, at)
    )


@transaction.atomic
def write_details(revision: Revision, *, at: datetime) -> list[EventChange]:
    """Make *revision* what the public sees of its event: the only writer of public details. The caller has moved the
    revision to approved. Publishes a submitted event; leaves a change row for each thing that followers must hear."""
    event = Event.objects.select_for_update(of=("self",), no_key=True).select_related("city").get(pk=revision.event_id)
    before = when_and_where(event, at)
    time_before = [getattr(event, name) for name in TIME_FIELDS]
    place_before = [getattr(event, name) for name in PLACE_FIELDS]
    is_first = event.published_at is None
    for name, value in revision.details().items():
        setattr(event, name, value)
    is_moved = time_before != [getattr(event, name) for name in TIME_FIELDS]
    is_elsewhere = place_before != [getattr(event, name) for name in PLACE_FIELDS]

    event.slug = event.slug_for_title()
    event.set_search_text()
    event.sequence += 1
    event.changed_at = at
    if is_first:
        event.state = Event.State.PUBLISHED
        event.published_at = at
    if is_first or is_moved:
        event.time_set_at = at
    was_disclosed = event.place_disclosed_at is not None
    is_disclosed = event.knows_place(Audience.FOLLOWER, at)
    if not is_disclosed:
        event.place_disclosed_at = None
    elif is_elsewhere or not was_disclosed:
        event.place_disclosed_at = at
    event.save()
    event.refresh_from_db()

    kinds = [EventChange.Kind.PUBLISHED] if is_first else []
    if not is_first and event.state == Event.State.PUBLISHED:
        kinds += [EventChange.Kind.MOVED] if is_moved else []
        if is_elsewhere:
            kinds.append(EventChange.Kind.PLACE_CHANGED)
        elif is_disclosed and not was_disclosed:
            kinds.append(EventChange.Kind.PLACE_DISCLOSED)
    SiteStamp.objects.bump()
    return [record_change(event, kind, at=at, before=before) for kind in kinds]


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
    return record_change(locked, kind, at=at)
