"""What organisers do with the report on their protest: save, add pictures, send, take back. The protest is locked
before its reports, as moderators do it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import record
from accounts.models import User
from events.actions import Refused
from events.after_reports import can_be_told
from events.models import AfterReport, Event, Picture, ReportPicture, SiteStamp
from events.models.after_report import MOST_PICTURES

State = AfterReport.State
Alts = Mapping[UUID, str]


class Overtaken(Refused):
    """Somebody else has saved something else meanwhile."""

    def __init__(self) -> None:
        super().__init__(
            _("Somebody else saved this report meanwhile. Compare the two, then press again to keep yours.")
        )


def current_report(event: Event) -> AfterReport | None:
    """What a change starts from: the version in hand, else the public one, else the one that was taken down last."""
    versions = event.after_reports
    return (
        versions.in_hand().first()
        or versions.published().first()
        or versions.filter(state=State.TAKEN_DOWN).order_by("-decided_at", "-pk").first()
    )


def _locked(event: Event) -> Event:
    """The protest, to which nobody else adds anything meanwhile. Raises Refused if it is not told of now."""
    locked = Event.objects.select_for_update(of=("self",), no_key=True).select_related("campaign").get(pk=event.pk)
    if not can_be_told(locked, timezone.now()):
        raise Refused(_("The report on this protest cannot be changed now."))
    return locked


def _in_hand(event: Event, by: User) -> AfterReport:
    """The version to write into. One that waits for a decision comes back to its authors first, and of a public one a
    copy is made: what moderators or the public see never changes under them."""
    current, now = current_report(event), timezone.now()
    if current is None:
        report = AfterReport.objects.create(event=event, author=by, language=by.language, saved_at=now)
        record("after-report begun", by=by, on=report)
        return report
    if current.state in {State.PUBLISHED, State.TAKEN_DOWN}:
        return _copy(current, by)
    state = State.DRAFT if current.is_pending else current.state
    AfterReport.objects.filter(pk=current.pk).update(state=state, saved_at=now)
    current.refresh_from_db()
    return current


def _copy(report: AfterReport, by: User) -> AfterReport:
    numbers = {"number": report.number, "edits": report.edits}
    copy = AfterReport.objects.create(event=report.event, author=by, saved_at=timezone.now(), **report.told, **numbers)
    ReportPicture.objects.bulk_create(
        ReportPicture(report=copy, picture_id=shown.picture_id, position=shown.position, alt=shown.alt)
        for shown in report.pictures.all()
    )
    return copy


def _is_the_same(report: AfterReport, told: Mapping[str, Any], alts: Alts) -> bool:
    kept = {shown.picture.key: shown.alt for shown in report.pictures.select_related("picture")}
    return dict(told) == report.told and all(kept[key] == alt for key, alt in alts.items() if key in kept)


@transaction.atomic
def save_report(event: Event, told: Mapping[str, Any], alts: Alts, *, by: User, seen: int) -> AfterReport:
    """Keep what was typed into a form that showed the version with *seen* edits. Raises Overtaken if that is not the
    present one any more; what is the same as what is there changes nothing."""
    event = _locked(event)
    current = current_report(event)
    if current and _is_the_same(current, told, alts):
        return current
    if seen != (current.edits if current else 0):
        raise Overtaken
    report = _in_hand(event, by)
    for name, value in told.items():
        setattr(report, name, value)
    report.edits += 1
    report.author = by
    report.save(update_fields=[*told, "edits", "author"])
    for shown in report.pictures.select_related("picture"):
        if alts.get(shown.picture.key, shown.alt) != shown.alt:
            shown.alt = alts[shown.picture.key]
            shown.save(update_fields=["alt"])
    return report


@transaction.atomic
def add_picture(event: Event, picture: Picture, alt: str, *, by: User) -> AfterReport:
    """Put a picture behind the others."""
    report = _in_hand(_locked(event), by)
    positions = list(report.pictures.values_list("position", flat=True))
    if len(positions) >= MOST_PICTURES:
        raise Refused(too_many_pictures())
    ReportPicture.objects.create(report=report, picture=picture, alt=alt, position=max(positions, default=0) + 1)
    return report


def too_many_pictures() -> str:
    return _("A report has at most %(number)d pictures. Remove one first.") % {"number": MOST_PICTURES}


@transaction.atomic
def remove_picture(event: Event, key: UUID, *, by: User) -> None:
    """Take a picture out. One that is gone already stays gone."""
    event = _locked(event)
    current = current_report(event)
    if current and current.pictures.filter(picture__key=key).exists():
        _in_hand(event, by).pictures.filter(picture__key=key).delete()


@transaction.atomic
def move_picture(event: Event, key: UUID, steps: int, *, by: User) -> None:
    """Show a picture earlier (-1) or later (1); at either end it stays where it is."""
    event = _locked(event)
    current = current_report(event)
    keys = [shown.picture.key for shown in current.pictures.in_order()] if current else []
    if key not in keys:
        return
    at = keys.index(key)
    keys.insert(max(0, at + steps), keys.pop(at))
    report = _in_hand(event, by)
    for position, moved in enumerate(keys, start=1):
        report.pictures.filter(picture__key=moved).update(position=position)


@transaction.atomic
def submit_report(event: Event, *, by: User, edits: int) -> AfterReport:
    """Hand the version in hand to the moderators, as it was with so many *edits*. Sent twice it is sent once."""
    event = _locked(event)
    report = event.after_reports.in_hand().first()
    if report is None:
        raise Refused(_("There is nothing to send yet."))
    if report.is_pending:
        return report
    if report.edits != edits:
        raise Overtaken
    _check_whole(report)
    report.state, report.submitted_at = State.PENDING, timezone.now()
    report.number += 1
    report.reason = ""
    report.save(update_fields=["state", "submitted_at", "number", "reason"])
    record("after-report sent", by=by, on=report, number=report.number)
    return report


def _check_whole(report: AfterReport) -> None:
    """Raises Refused if something is missing that moderators would only ask for."""
    pictures = list(report.pictures.in_order())
    if not (pictures or report.text or report.links or report.turnout_low is not None):
        raise Refused(_("There is nothing to send yet."))
    if report.turnout_low is not None and not report.how_counted:
        raise Refused(_("Say how you know how many came."))
    if any(shown.picture.state == Picture.State.REFUSED for shown in pictures):
        raise Refused(_("A picture could not be kept. Remove it, or choose it again."))
    if not all(shown.alt for shown in pictures):
        raise Refused(_("Say of each picture in one sentence what can be seen on it."))


@transaction.atomic
def discard_report(event: Event, *, by: User) -> None:
    """Throw away the version in hand, sent or not. What is public stays."""
    report = _locked(event).after_reports.in_hand().first()
    if report:
        record("after-report discarded", by=by, on=report)
        report.delete()


@transaction.atomic
def take_report_back(event: Event, *, by: User) -> None:
    """Take what is public off the page at once: a face on a picture cannot wait. It goes on as a draft."""
    event = _locked(event)
    public = event.after_reports.published().first()
    if public is None:
        return
    record("after-report taken back", by=by, on=public)
    if event.after_reports.in_hand().exists():
        public.delete()
    else:
        public.state = State.DRAFT
        public.save(update_fields=["state"])
    SiteStamp.objects.bump()
