"""Protests that are not sent yet: write one down, make one of another protest, send it, take many from a file."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import record
from accounts.models import User
from events.actions import Refused, check_open, register_signed_in, submit_protest
from events.models import Campaign, Registration
from organising.models import Draft, Import, ImportedRow

MOST_DRAFTS = 600
# Characters: several times what the form takes at the most.
LONGEST = 64_000
IMPORT_LIFETIME = timedelta(hours=1)
# More new protests of one account at once are kept as drafts: moderators could not look at them anyway.
MOST_SENT = 50


def open_campaign() -> Campaign | None:
    """The edition that takes new protests."""
    return Campaign.objects.open().order_by("actions_from").prefetch_related("countries").first()


def _check_number(by: User, more: int) -> None:
    if Draft.objects.filter(user=by).count() + more > MOST_DRAFTS:
        raise Refused(_("You have too many drafts. Send or delete some first."))


@transaction.atomic
def keep_draft(key: UUID, answers: dict[str, list[str]], campaign: Campaign, *, by: User) -> Draft:
    """Write down what was typed, whole or not. The same key again is the same draft."""
    check_open(campaign)
    now = timezone.now()
    written = json.dumps(answers, ensure_ascii=False)
    if len(written) > LONGEST:
        raise Refused(_("This is too long for a draft. Shorten it first."))
    values = {"answers": written, "changed_at": now}
    defaults = {**values, "user": by, "campaign": campaign, "created_at": now}
    draft, is_new = Draft.objects.select_for_update().get_or_create(key=key, defaults=defaults)
    if Registration.objects.filter(key=key).exists():
        raise Refused(_("This was sent already."))
    if draft.user_id != by.pk:
        raise Refused(_("Please press the button again."))
    if is_new:
        _check_number(by, 0)
        return draft
    for name, value in values.items():
        setattr(draft, name, value)
    draft.save(update_fields=list(values))
    return draft


@transaction.atomic
def send_draft(draft: Draft, details: dict[str, Any], *, note: str, publish_at: Any, language: str, by: User) -> None:
    """Put a draft into the moderators' queue, once. Details have been validated by a form."""
    kept = Draft.objects.select_for_update().filter(pk=draft.pk).first()
    register_signed_in(draft.campaign, draft.key, details, note=note, language=language, by=by, publish_at=publish_at)
    if kept:
        kept.delete()


@transaction.atomic
def delete_draft(draft: Draft, *, by: User) -> None:
    """Throw a draft away. A row that it was imported from may be imported again."""
    ImportedRow.objects.filter(draft=draft).delete()
    Draft.objects.filter(pk=draft.pk, user=by).delete()


def keep_import(rows: list[dict[str, Any]], campaign: Campaign, *, by: User) -> Import:
    """Keep what a file was found to hold, for an hour; an earlier one of the same person goes."""
    now = timezone.now()
    with transaction.atomic():
        Import.objects.filter(user=by, taken_at=None).delete()
        return Import.objects.create(
            user=by, campaign=campaign, rows=json.dumps(rows), created_at=now, expires_at=now + IMPORT_LIFETIME
        )


@transaction.atomic
def take_import(found: Import, forms: list[tuple[str, Any]], *, is_sent: bool, by: User) -> Import:
    """Make a draft of each row, or a submission; all of them or none. *forms* are the fingerprints of the rows and
    their forms, validated again. A second time it changes nothing."""
    kept = Import.objects.select_for_update(of=("self",)).select_related("campaign").get(pk=found.pk)
    if kept.taken_at:
        return kept
    now = timezone.now()
    check_open(kept.campaign)
    if kept.expires_at <= now:
        raise Refused(_("This was looked through more than an hour ago. Choose the file again."))
    if is_sent and len(forms) > MOST_SENT:
        raise Refused(_("So many cannot be sent at once. Take them as drafts."))
    try:
        with transaction.atomic():
            drafts = [None for _row in forms] if is_sent else _as_drafts(kept, forms, by)
            ImportedRow.objects.bulk_create(
                ImportedRow(user=by, campaign=kept.campaign, fingerprint=bytes.fromhex(name), draft=draft)
                for (name, _form), draft in zip(forms, drafts, strict=True)
            )
    except IntegrityError as error:
        raise Refused(_("Some of these were taken meanwhile. Choose the file again.")) from error
    for _name, form in forms if is_sent else []:
        details, note = form.details(contact_email=by.email), form.cleaned_data["note"]
        submit_protest(kept.campaign, details, by=by, note=note, publish_at=form.publish_at)
    kept.taken_at = now
    kept.save(update_fields=["taken_at"])
    record("protests imported", by=by, on=kept.campaign, count=len(forms), sent=is_sent)
    return kept


def _as_drafts(kept: Import, forms: list[tuple[str, Any]], by: User) -> list[Draft | None]:
    _check_number(by, len(forms))
    now = timezone.now()
    return list(
        Draft.objects.bulk_create(
            Draft(user=by, campaign=kept.campaign, answers=json.dumps(form.answers), created_at=now, changed_at=now)
            for _name, form in forms
        )
    )
