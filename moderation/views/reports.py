"""What visitors have reported, and deciding on it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.views import SignedInRequest
from events.actions import Refused
from events.models import Event
from events.views.answers import number_in
from moderation import actions, letters, reports
from moderation.forms import REASON_LENGTH, WordsForm
from moderation.permissions import events_of
from moderation.views.room import for_moderators


@require_safe
@for_moderators
def index(request: SignedInRequest) -> HttpResponse:
    return _page(request)


def _page(request: SignedInRequest, status: int = 200, **context: object) -> HttpResponse:
    """*context* may hold a `refusal`, and the words `typed` about the protest `typed_on`."""
    page = reports.page_of(request.user, request.GET.get("after", ""))
    waiting = reports.open_for(request.user).values("event").distinct().count()
    shown = {
        "page": page,
        "waiting": waiting,
        "longest": REASON_LENGTH,
        "letters": letters.open_for(request.user).count(),
        **context,
    }
    return render(request, "moderation/reports.html", shown, status=status)


@require_POST
@for_moderators
def decide(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Dismiss the reports on a protest, or hide it, which closes them."""
    event = get_object_or_404(events_of(request.user).exclude(published_at=None), public_id=public_id)
    typed: dict[str, Any] = {"typed": request.POST.get("reason", ""), "typed_on": event.pk}
    verb, form = request.POST.get("verb", ""), WordsForm(request.POST)
    if verb not in {"dismiss", "hide"}:
        return _page(request, refusal=_("Choose what to do with it."), **typed)
    if verb == "hide" and not form.is_valid():
        return _page(request, refusal=form.error, **typed)
    try:
        said = _hide(request, event, form) if verb == "hide" else _dismiss(request, event)
    except Refused as refusal:
        return _page(request, 409, refusal=str(refusal), **typed)
    messages.success(request, said)
    return redirect("moderation:reports")


def _dismiss(request: SignedInRequest, event: Event) -> str:
    """What the next page says was done."""
    closed = reports.dismiss(event, by=request.user, up_to=number_in(request.POST.get("up_to", "")))
    said = ngettext("%(number)d report dismissed: %(title)s", "%(number)d reports dismissed: %(title)s", closed)
    return said % {"number": closed, "title": event.title}


def _hide(request: SignedInRequest, event: Event, form: WordsForm) -> str:
    actions.hide_event(event, by=request.user, reason=form.cleaned_data["reason"])
    return _("Hidden: %(title)s") % {"title": event.title}
