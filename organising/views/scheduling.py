"""From when a protest that never was public is: choose another moment, or publish it now."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.views import SignedInRequest
from events.actions import Refused
from organising import actions
from organising.forms import ScheduleForm
from organising.listing import overview_of
from organising.preview import preview_of_publishing
from organising.views.protest import protest_page
from organising.views.room import Room, room_run_by


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def schedule(request: SignedInRequest, public_id: str) -> HttpResponse:
    room = room_run_by(request.user, public_id)
    mine = overview_of(room.event)
    form = ScheduleForm(request.POST if request.method == "POST" else None, details=mine.shown)
    if request.method != "POST":
        return _page(request, room, form) if mine.may_schedule else redirect("organising:protest", public_id)
    if form.is_valid():
        try:
            actions.schedule(room.event, form.publish_at, by=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("organising:protest", public_id)
    return _page(request, room, form)


def _page(request: SignedInRequest, room: Room, form: ScheduleForm) -> HttpResponse:
    preview = preview_of_publishing(room.event, now=timezone.now()) if room.event.is_scheduled else None
    context = {"room": room, "mine": overview_of(room.event), "form": form, "preview": preview}
    return render(request, "organising/schedule.html", context)


@login_required
@require_POST
def publish(request: SignedInRequest, public_id: str) -> HttpResponse:
    room = room_run_by(request.user, public_id)
    try:
        actions.publish_now(room.event, by=request.user)
    except Refused as refusal:
        return protest_page(request, room, status=409, refusal=str(refusal))
    return redirect("organising:protest", public_id)
