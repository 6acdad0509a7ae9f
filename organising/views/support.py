"""The collectives that support a protest: ask one, confirm what is offered, end it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.views import SignedInRequest
from events.actions import Refused
from events.models import Collective, Event
from organising.actions import support as actions
from organising.forms.people import SearchForm
from organising.views.room import Room, room_run_by
from outbox.tasks import send_soon

MOST_FOUND = 20


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def support(request: SignedInRequest, public_id: str) -> HttpResponse:
    room = room_run_by(request.user, public_id)
    if request.method != "POST":
        return _page(request, room)
    try:
        _act(request, room.event)
    except Refused as refusal:
        return _page(request, room, status=409, refusal=str(refusal))
    send_soon()
    return redirect("organising:support", public_id)


def _page(request: SignedInRequest, room: Room, status: int = 200, refusal: str = "") -> HttpResponse:
    form = SearchForm(request.GET if "q" in request.GET else None)
    supports = room.event.supports.select_related("collective").order_by("state", "collective__name")
    found = _found(form.cleaned_data["q"], room.event) if form.is_bound and form.is_valid() else None
    context = {"room": room, "form": form, "supports": supports, "found": found, "refusal": refusal}
    return render(request, "organising/support.html", context, status=status)


def _found(typed: str, event: Event) -> list[Collective]:
    """Public ones with this in their name that have nothing to do with the protest yet."""
    others = Collective.objects.public().exclude(supports__event=event).exclude(hosted=event)
    return list(others.filter(name__icontains=typed).order_by("name", "pk")[:MOST_FOUND])


def _act(request: SignedInRequest, event: Event) -> None:
    do, by = request.POST.get("do", ""), request.user
    chosen = get_object_or_404(Collective, public_id=request.POST.get("collective", "").replace("\0", ""))
    if do == "ask":
        actions.ask(event, chosen, by=by)
        messages.success(request, _("Asked. The collective's admins get a mail."))
        return
    known = get_object_or_404(event.supports.select_related("collective", "event"), collective=chosen)
    (actions.confirm if do == "confirm" else actions.end)(known, by=by)
