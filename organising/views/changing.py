"""Change a protest, or call it off: the form, then what followers would be told, then it is sent."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.views import SignedInRequest
from events.actions import Refused
from events.forms import initial_from
from events.views.pictures import keep_chosen_picture
from organising import actions
from organising.forms import CancelForm, EditForm
from organising.listing import Overview, overview_of
from organising.preview import Preview, preview_of_cancelling, preview_of_edit
from organising.views.protest import protest_page
from organising.views.room import Room, room_run_by

# The buttons of the two steps: look at what would be told, and back to the form. Any other sends it.
LOOK, BACK = "look", "back"


def is_to_be_shown(request: SignedInRequest, preview: Preview) -> bool:
    """Whether it is not sent yet: it was not asked for, or something else would be told than was shown."""
    return LOOK in request.POST or request.POST.get("seen", preview.seal) != preview.seal


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, public_id: str) -> HttpResponse:
    room = room_run_by(request.user, public_id)
    mine = overview_of(room.event)
    if request.method == "POST":
        return _receive_edit(request, room, mine)
    if not mine.may_edit:
        return protest_page(request, room, status=409, is_refused=True)
    return _edit_page(request, room, mine, _edit_form(room, mine))


def _edit_form(room: Room, mine: Overview, *sent: object) -> EditForm:
    current = mine.to_edit
    return EditForm(
        *sent, event=room.event, campaign=room.event.campaign, current=current, initial=initial_from(current)
    )


def _edit_page(request: SignedInRequest, room: Room, mine: Overview, form: EditForm) -> HttpResponse:
    # What has become impossible meanwhile still shows what was typed.
    status = 200 if mine.may_edit else 409
    return render(request, "organising/edit.html", {"form": form, "room": room, "mine": mine}, status=status)


def _receive_edit(request: SignedInRequest, room: Room, mine: Overview) -> HttpResponse:
    form = _edit_form(room, mine, request.POST, request.FILES)
    form.full_clean()
    keep_chosen_picture(request, form)
    if BACK in request.POST or not form.is_valid():
        return _edit_page(request, room, mine, form)
    details = form.details(contact_email=room.event.contact_email)
    try:
        preview = preview_of_edit(room.event, details, shown=mine.shown, by=request.user, now=timezone.now())
        if is_to_be_shown(request, preview):
            return _edit_preview(request, room, mine, form, preview)
        note, publish_at = form.cleaned_data["note"], form.publish_at
        actions.submit_edit(room.event, details, by=request.user, note=note, publish_at=publish_at)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _edit_page(request, room, mine, form)
    return redirect("organising:protest", room.event.public_id)


def _edit_preview(
    request: SignedInRequest, room: Room, mine: Overview, form: EditForm, preview: Preview
) -> HttpResponse:
    context = {"room": room, "mine": mine, "form": form, "preview": preview, "refusal": _what_changed(request)}
    return render(request, "organising/edit_preview.html", context)


def _what_changed(request: SignedInRequest) -> str:
    return "" if LOOK in request.POST else _("Something has changed meanwhile. Look again at what will be told.")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: SignedInRequest, public_id: str) -> HttpResponse:
    room = room_run_by(request.user, public_id)
    form = CancelForm(request.POST or None)
    mine = overview_of(room.event)
    context = {"form": form, "room": room, "mine": mine}
    if request.method != "POST" or BACK in request.POST or not form.is_valid():
        return render(request, "organising/cancel.html", context)
    reason = form.cleaned_data["cancel_reason"]
    if mine.may_cancel:
        preview = preview_of_cancelling(room.event, reason, now=timezone.now())
        if is_to_be_shown(request, preview):
            context |= {"preview": preview, "refusal": _what_changed(request)}
            return render(request, "organising/cancel_preview.html", context)
    try:
        actions.cancel_event(room.event, by=request.user, reason=reason)
    except Refused as refusal:
        return protest_page(request, room, status=409, refusal=str(refusal))
    return redirect("organising:protest", public_id)
