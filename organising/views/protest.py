"""One protest of mine, and what I can do with it."""

from uuid import UUID, uuid4

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.views import SignedInRequest
from events.actions import Refused
from events.models import Event, ReportPicture, Revision
from events.views.pictures import picture_file
from organising import actions
from organising.checklist import checklist, facts_of, is_pressing, next_deadline
from organising.listing import overview_of
from organising.trust import can_confirm
from organising.views.room import Room, room_of, room_run_by


def protest_page(request: SignedInRequest, room: Room, status: int = 200, **context: object) -> HttpResponse:
    """The protest with what there is to do; *context* may hold a `refusal` to be shown on top."""
    mine = overview_of(room.event)
    facts = facts_of([room.event])[room.event.pk]
    shown = {
        "room": room,
        "mine": mine,
        "new_key": uuid4(),
        "facts": facts,
        "deadline": next_deadline(facts, timezone.now()) if room.is_run else None,
        "is_pressing": is_pressing(facts, timezone.now()),
        "checklist": checklist(mine, facts) if room.is_run else [],
        **context,
    }
    return render(request, "organising/protest.html", shown, status=status)


@login_required
@require_safe
def protest(request: SignedInRequest, public_id: str) -> HttpResponse:
    room = room_of(request.user, public_id)
    asked = room.event.revisions.pending().first() if room.is_run else None
    may_confirm = asked is not None and can_confirm(asked, room.event, request.user, timezone.now())
    return protest_page(request, room, may_confirm=may_confirm)


@login_required
@require_safe
def picture(request: SignedInRequest, key: UUID, width: int) -> HttpResponse:
    """A picture of one of my protests, public or not yet; of reports on those that I run."""
    mine = Event.objects.organised_by(request.user)
    told = ReportPicture.objects.filter(report__event__in=Event.objects.run_by(request.user))
    return picture_file(key, width, mine, Revision.objects.filter(event__in=mine), told)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: SignedInRequest, public_id: str) -> HttpResponse:
    room = room_run_by(request.user, public_id)
    if request.method != "POST":
        return render(request, "organising/withdraw.html", {"room": room, "mine": overview_of(room.event)})
    try:
        actions.withdraw(room.event, by=request.user, is_whole="whole" in request.POST)
    except Refused as refusal:
        return protest_page(request, room, status=409, refusal=str(refusal))
    return redirect("organising:protest", public_id)


@login_required
@require_POST
def confirm_edit(request: SignedInRequest, public_id: str, pk: int) -> HttpResponse:
    """The address names the version that was read, so that no newer one is published unseen."""
    room = room_run_by(request.user, public_id)
    revision = get_object_or_404(Revision, event=room.event, pk=pk)
    try:
        actions.confirm_edit(revision, by=request.user)
    except Refused as refusal:
        return protest_page(request, room_of(request.user, public_id), status=409, refusal=str(refusal))
    return redirect("organising:protest", public_id)
