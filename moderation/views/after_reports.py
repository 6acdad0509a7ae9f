"""Reports on protests that are over, and deciding on them."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.views import SignedInRequest
from events.actions import Refused
from events.models import AfterReport
from events.views.answers import number_in
from moderation import after_reports
from moderation.forms import REASON_LENGTH
from moderation.permissions import after_reports_of
from moderation.views.room import for_moderators
from outbox.tasks import send_soon

VERBS = ["publish", "request_changes", "refuse", "take_down"]


@require_safe
@for_moderators
def queue(request: SignedInRequest) -> HttpResponse:
    return _page(request)


def _page(request: SignedInRequest, *, status: int = 200, **context: object) -> HttpResponse:
    shown = {
        "waiting": after_reports_of(request.user).pending().count(),
        "pending": after_reports.pending(request.user),
        "decided": after_reports.decided(request.user),
        "longest": REASON_LENGTH,
        **context,
    }
    return render(request, "moderation/after_reports.html", shown, status=status)


@require_POST
@for_moderators
def decide(request: SignedInRequest, pk: int) -> HttpResponse:
    """The form names the version that was read, so that no newer one is published unseen."""
    report = get_object_or_404(after_reports_of(request.user).exclude(number=0).select_related("event"), pk=pk)
    verb, number = request.POST.get("verb", ""), number_in(request.POST.get("number", ""))
    # What was written stands in the form again and, since that may be gone, below the refusal.
    reason = request.POST.get("reason", "")[:REASON_LENGTH]
    kept: dict[str, Any] = {"reason": reason, "reason_for": report.pk}
    if verb not in VERBS:
        return _page(request, error=_("Choose what to do with it."), **kept)
    try:
        _do(report, verb, reason, number, by=request.user)
    except Refused as refusal:
        return _page(request, status=409, error=str(refusal), **kept)
    send_soon()
    messages.success(request, said(verb) % {"title": report.event.display_title})
    return redirect("moderation:after_reports")


def _do(report: AfterReport, verb: str, reason: str, number: int, *, by: User) -> None:
    """Raises Refused."""
    match verb:
        case "publish":
            after_reports.publish_report(report, by=by, number=number)
        case "request_changes":
            after_reports.request_report_changes(report, by=by, number=number, reason=reason)
        case "refuse":
            after_reports.refuse_report(report, by=by, number=number, reason=reason)
        case "take_down":
            after_reports.take_report_down(report, by=by, number=number, reason=reason)


def said(verb: str) -> str:
    """What the next page says was done."""
    return {
        "publish": _("Report published: %(title)s"),
        "request_changes": _("Asked to change the report: %(title)s"),
        "refuse": _("Report refused: %(title)s"),
        "take_down": _("Report taken down: %(title)s"),
    }[verb]
