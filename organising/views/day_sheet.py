"""The day sheet of a protest: a page that its people can keep on their phone, and a file to print."""

import functools

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from accounts import limits
from accounts.views import SignedInRequest
from events.actions import ChangedMeanwhile, Refused
from organising import day_sheet, day_sheet_print
from organising.forms import DaySheetForm
from organising.tasks import ask_for_day_sheet
from organising.views.room import Room, room_of, room_run_by

# By this the worker on the phone knows the page, and how long a copy may live (static/js/day-sheet-worker.js).
UNTIL = "Day-Sheet-Until"
# Seconds.
LOOK_AGAIN_AFTER = 2
TRY_AGAIN_AFTER = 120


def _still_there(room: Room) -> Room:
    """Raises Http404 once the sheet is forgotten."""
    if day_sheet.is_gone(room.event, timezone.now()):
        raise Http404
    return room


@login_required
@require_safe
def read(request: SignedInRequest, public_id: str) -> HttpResponse:
    room, now = _still_there(room_of(request.user, public_id)), timezone.now()
    context = {
        "room": room,
        "day_sheet": day_sheet.content_of(room.event, now),
        "may_write": room.is_run and day_sheet.may_write(room.event, now),
    }
    response = render(request, "organising/day_sheet.html", context)
    response.headers[UNTIL] = str(int(day_sheet.gone_after(room.event).timestamp()))
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, public_id: str) -> HttpResponse:
    room = _still_there(room_run_by(request.user, public_id))
    form = DaySheetForm(request.POST or None, sheet=day_sheet.sheet_of(room.event))
    others: list[tuple[str, object]] = []
    status = 200 if day_sheet.may_write(room.event, timezone.now()) else 409
    if request.method == "POST" and form.is_valid():
        try:
            day_sheet.save_day_sheet(room.event, form.words(), seen=form.cleaned_data["number"], by=request.user)
        except ChangedMeanwhile as refusal:
            form.add_error(None, str(refusal))
            others, status = form.show_both(day_sheet.sheet_of(room.event)), 409
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = 409
        else:
            return redirect("organising:day_sheet", public_id)
    context = {"room": room, "form": form, "others": others}
    return render(request, "organising/day_sheet_edit.html", context, status=status)


@login_required
@require_safe
def pdf(request: SignedInRequest, public_id: str) -> HttpResponse:
    """The sheet for a printer, if a worker has just made it; else a page that asks for it and looks again."""
    room, language = _still_there(room_of(request.user, public_id)), get_language() or "en"
    key = day_sheet_print.key_of(room.event, language, timezone.now())
    try:
        made = day_sheet_print.made(key)
    except day_sheet_print.Failed:
        return _no_pdf(request, room, "failed", status=503, after=TRY_AGAIN_AFTER)
    if made is not None:
        response = HttpResponse(made, content_type="application/pdf")
        response.headers["Content-Disposition"] = f'inline; filename="day-sheet-{public_id}.pdf"'
        return response
    if not ask_for_day_sheet(room.event.pk, language, key, network=limits.network_of(request.META)):
        return _no_pdf(request, room, "away", status=503, after=TRY_AGAIN_AFTER)
    waiting = _no_pdf(request, room, "waiting", status=202, after=LOOK_AGAIN_AFTER)
    waiting.headers["Refresh"] = str(LOOK_AGAIN_AFTER)
    return waiting


def _no_pdf(request: HttpRequest, room: Room, state: str, *, status: int, after: int) -> HttpResponse:
    response = render(request, "organising/day_sheet_pdf.html", {"room": room, "state": state}, status=status)
    response.headers["Retry-After"] = str(after)
    return response


@functools.cache
def _worker_script() -> bytes:
    return (settings.BASE_DIR / "static" / "js" / "day-sheet-worker.js").read_bytes()


@login_required
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The script that answers for a sheet when there is no network. It says nothing of any protest, and lies here
    because a browser lets it answer only for what lies below it."""
    return HttpResponse(_worker_script(), content_type="text/javascript")
