"""The shifts of one protest: helpers read them, those who run it change them."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.views import SignedInRequest
from events import timetable, when
from events.actions import Refused
from events.models import Audience
from events.names import own_language_name
from organising.actions import shifts as actions
from organising.forms import ShiftForm
from organising.models import Shift, ShiftSignUp
from organising.shift_words import in_words
from organising.shifts import Filled, Person, can_help, filled
from organising.views.room import Room, room_of, room_run_by

_GET_OR_POST = ["GET", "HEAD", "POST"]


def _rows(room: Room) -> list[dict[str, Any]]:
    return [
        {
            "shift": one.shift,
            "words": in_words(one.shift),
            "filled": one,
            "taken": _people(one.taken),
            "waiting": _people(one.waiting),
            "is_over": one.shift.ends_at <= timezone.now(),
        }
        for one in filled(room.event)
    ]


def _people(people: list[Person]) -> list[dict[str, Any]]:
    return [
        {
            "pk": person.sign_up.pk,
            "number": person.number,
            "name": person.sign_up.name,
            "language": own_language_name(person.sign_up.language),
        }
        for person in people
    ]


def _list_page(request: SignedInRequest, room: Room, status: int = 200, refusal: str = "") -> HttpResponse:
    context = {
        "room": room,
        "rows": _rows(room),
        "may_change": room.is_run and can_help(room.event, timezone.now()),
        "refusal": refusal,
    }
    return render(request, "organising/shifts.html", context, status=status)


@login_required
@require_safe
def shifts(request: SignedInRequest, public_id: str) -> HttpResponse:
    return _list_page(request, room_of(request.user, public_id))


@login_required
@require_safe
def sheet(request: SignedInRequest, public_id: str) -> HttpResponse:
    """The list on paper: who does what when, and room to sign."""
    room = room_of(request.user, public_id)
    event = room.event
    context = {
        "room": room,
        "rows": _rows(room),
        "when": ", ".join(filter(None, [when.day_text_with_year(event.day), when.hours_text(event)])),
        "zone": when.zone_text(event),
        "where": timetable.where_text(event),
        "printed_at": when.moment_text(timezone.now(), event.zone),
    }
    return render(request, "organising/shift_sheet.html", context)


def _shift(room: Room, pk: int) -> Shift:
    shift = get_object_or_404(Shift.objects.standing(), event=room.event, pk=pk)
    shift.event = room.event
    return shift


@login_required
@require_http_methods(_GET_OR_POST)
def add(request: SignedInRequest, public_id: str) -> HttpResponse:
    room = room_run_by(request.user, public_id)
    form = ShiftForm(request.POST or None, event=room.event)
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_shift(room.event, form.need(), by=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("organising:shifts", public_id)
    return _form_page(request, room, form)


@login_required
@require_http_methods(_GET_OR_POST)
def change(request: SignedInRequest, public_id: str, pk: int) -> HttpResponse:
    room = room_run_by(request.user, public_id)
    shift = _shift(room, pk)
    form = ShiftForm(request.POST or None, event=room.event, shift=shift)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_shift(shift, form.need(), by=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("organising:shifts", public_id)
    return _form_page(request, room, form)


def _form_page(request: SignedInRequest, room: Room, form: ShiftForm) -> HttpResponse:
    """What can be done no longer still shows what was typed."""
    now = timezone.now()
    context = {
        "room": room,
        "form": form,
        "zone": when.zone_text(room.event),
        "is_place_kept_back": not room.event.knows_place(Audience.PUBLIC, now),
        "taken": form.shift.sign_ups.in_line().count() if form.shift else 0,
    }
    status = 200 if can_help(room.event, now) else 409
    return render(request, "organising/shift_form.html", context, status=status)


@login_required
@require_POST
def enough(request: SignedInRequest, public_id: str, pk: int) -> HttpResponse:
    room = room_run_by(request.user, public_id)
    try:
        actions.enough(_shift(room, pk), by=request.user)
    except Refused as refusal:
        return _list_page(request, room, 409, str(refusal))
    return redirect("organising:shifts", public_id)


@login_required
@require_http_methods(_GET_OR_POST)
def remove(request: SignedInRequest, public_id: str, pk: int) -> HttpResponse:
    """A second press finds nothing left to remove, and says so by the list."""
    room = room_run_by(request.user, public_id)
    shift = get_object_or_404(Shift, event=room.event, pk=pk)
    shift.event = room.event
    if request.method == "POST":
        actions.remove_shift(shift, by=request.user)
    if request.method == "POST" or shift.removed_at:
        return redirect("organising:shifts", public_id)
    context = {"room": room, "words": in_words(shift), "people": shift.sign_ups.in_line().count()}
    return render(request, "organising/remove_shift.html", context)


@login_required
@require_http_methods(_GET_OR_POST)
def remove_person(request: SignedInRequest, public_id: str, pk: int) -> HttpResponse:
    room = room_run_by(request.user, public_id)
    sign_up = get_object_or_404(ShiftSignUp.objects.with_protest(), shift__event=room.event, pk=pk)
    if request.method == "POST":
        try:
            actions.remove_person(sign_up, by=request.user)
        except Refused as refusal:
            return _list_page(request, room, 409, str(refusal))
    if request.method == "POST" or not sign_up.is_living:
        return redirect("organising:shifts", public_id)
    context = {"room": room, "words": in_words(sign_up.shift), "person": _person(room, sign_up)}
    return render(request, "organising/remove_helper.html", context)


def _person(room: Room, sign_up: ShiftSignUp) -> dict[str, Any]:
    row: Filled = next(one for one in filled(room.event) if one.shift.pk == sign_up.shift_id)
    return next(one for one in _people([*row.taken, *row.waiting]) if one["pk"] == sign_up.pk)
