"""What moderators do with reports on protests that are over. Each verb leaves a line in the trail and tells those who
run the protest."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import record
from accounts.models import User
from events import after_reports
from events.actions import Refused
from events.after_reports import Told
from events.models import AfterReport, Event, Picture, SiteStamp
from moderation import after_report_emails
from moderation.permissions import after_reports_of, is_own

State = AfterReport.State
# Each may show ten pictures.
PAGE = 10


def pending(user: User) -> list[Told]:
    """What has waited longest for *user*, as it would look."""
    waiting = after_reports_of(user).pending().select_related("event__city").order_by("submitted_at", "pk")
    return after_reports.all_as_shown(waiting[:PAGE])


def decided(user: User) -> list[Told]:
    """What is public, or was taken down, lately: so that it can be taken back."""
    done = after_reports_of(user).filter(state__in=[State.PUBLISHED, State.TAKEN_DOWN], decided_at__isnull=False)
    return after_reports.all_as_shown(done.select_related("event__city").order_by("-decided_at", "-pk")[:PAGE])


def publish_report(report: AfterReport, *, by: User, number: int) -> AfterReport:
    """Show the version that was read, in place of the one before."""
    return _decide(report, State.PUBLISHED, by=by, number=number, reason="")


def request_report_changes(report: AfterReport, *, by: User, number: int, reason: str) -> AfterReport:
    return _decide(report, State.CHANGES_REQUESTED, by=by, number=number, reason=reason)


def refuse_report(report: AfterReport, *, by: User, number: int, reason: str) -> AfterReport:
    return _decide(report, State.REFUSED, by=by, number=number, reason=reason)


def take_report_down(report: AfterReport, *, by: User, number: int, reason: str) -> AfterReport:
    """Take a public report off its page at once."""
    return _decide(report, State.TAKEN_DOWN, by=by, number=number, reason=reason)


@transaction.atomic
def _decide(report: AfterReport, state: State, *, by: User, number: int, reason: str) -> AfterReport:
    """Whoever writes to a report locks its protest first, so *number* says for sure which version was read."""
    event = Event.objects.select_for_update(of=("self",), no_key=True).get(pk=report.event_id)
    now = AfterReport.objects.filter(pk=report.pk).first()
    _check(event, now, state, by=by, number=number, reason=reason)
    report.refresh_from_db()
    was_public = report.is_public
    if state == State.PUBLISHED:
        event.after_reports.published().delete()
    report.state, report.reason, report.decided_at = state, reason.strip(), timezone.now()
    report.save(update_fields=["state", "reason", "decided_at"])
    if was_public or report.is_public:
        SiteStamp.objects.bump()
    entry = record(f"after-report {state}", by=by, on=report, number=number)
    after_report_emails.post_decided(report, key=str(entry.pk))
    return report


def _check(event: Event, report: AfterReport | None, state: State, *, by: User, number: int, reason: str) -> None:
    """Raises Refused if this does not fit what is there now."""
    if report is None or report.number != number or state not in AfterReport.MOVES.get(State(report.state), set()):
        raise Refused(_("This report was decided on or changed meanwhile. Look at it again."))
    if is_own(event, by):
        raise Refused(_("You organise this protest yourself: another moderator has to decide."))
    if state != State.PUBLISHED:
        if not reason.strip():
            raise Refused(_("Say why: the organisers get your words by mail."))
        return
    if event.state != Event.State.PUBLISHED:
        raise Refused(_("The protest itself is not public."))
    if report.state == State.TAKEN_DOWN and event.after_reports.published().exists():
        raise Refused(_("A newer report on this protest is public."))
    states = set(report.pictures.values_list("picture__state", flat=True))
    if Picture.State.WAITING in states:
        raise Refused(_("A picture is still being prepared. Try again in a moment."))
    if Picture.State.REFUSED in states:
        raise Refused(_("A picture could not be kept. Ask the organisers to remove it or to choose it again."))
