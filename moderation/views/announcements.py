"""Letters to followers that somebody has to read first."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.views import SignedInRequest
from events.actions import Refused
from events.views.answers import number_in
from moderation import announcements
from moderation.forms import REASON_LENGTH
from moderation.permissions import announcements_of
from moderation.views.room import for_moderators
from organising.models import Announcement
from outbox.tasks import send_soon


@require_safe
@for_moderators
def index(request: SignedInRequest) -> HttpResponse:
    return _page(request)


def _page(request: SignedInRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    context = {
        "waiting": announcements_of(request.user).in_review().count(),
        "rows": announcements.waiting_for(request.user),
        "error": error,
        "longest": REASON_LENGTH,
    }
    return render(request, "moderation/announcements.html", context, status=status)


@require_POST
@for_moderators
def decide(request: SignedInRequest, pk: int) -> HttpResponse:
    announcement = get_object_or_404(announcements_of(request.user).exclude(sent_at=None), pk=pk)
    if request.POST.get("verb") not in {"release", "refuse"}:
        return _page(request, error=_("Choose what to do with it."))
    try:
        said = _carry_out(request, announcement)
    except Refused as refusal:
        return _page(request, error=str(refusal), status=409)
    send_soon()
    messages.success(request, said)
    return redirect("moderation:announcements")


def _carry_out(request: SignedInRequest, announcement: Announcement) -> str:
    """What the next page says was done. Raises Refused."""
    version = number_in(request.POST.get("version", ""))
    if request.POST["verb"] == "release":
        announcements.release_announcement(announcement, version=version, by=request.user)
        return _("Released: it leaves in a minute, at night in the morning.")
    reason = request.POST.get("reason", "")[:REASON_LENGTH]
    announcements.refuse_announcement(announcement, version=version, reason=reason, by=request.user)
    return _("Refused: the organisers get your words by mail.")
