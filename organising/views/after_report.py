"""How it was: the report on a protest that is over, by the link of the mail that asks for it, or in the room."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.views import SignedInRequest
from events.actions import Refused
from events.after_reports import begins_at, can_be_told
from events.forms.renewed import renewed
from events.models import AfterReport, Event, ReportPicture
from events.models.after_report import MOST_PICTURES
from events.views.answers import with_token
from events.views.pictures import keep_chosen_picture, picture_file
from organising.actions import after_report as actions
from organising.forms import AfterReportForm, report_initial
from organising.tokens import organiser_reporting
from organising.views.room import Room, room_run_by

# Where the page goes on after a press that is about pictures.
PICTURES = "#pictures"
STEPS = {"up": -1, "down": 1}


@dataclass(frozen=True)
class Door:
    """One of the two ways in: who came through it to which protest, and how addresses look there."""

    event: Event
    user: User
    url: str
    token: str = ""
    room: Room | None = None

    def picture_url(self, shown: ReportPicture) -> str:
        where = (shown.picture.key, shown.picture.widths[0])
        if self.token:
            return reverse("organising:report_picture", args=[self.token, *where])
        return reverse("organising:picture", args=where)

    @property
    def layout(self) -> str:
        return "organising/_protest_room.html" if self.room else "organising/_report_by_link.html"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: SignedInRequest, public_id: str) -> HttpResponse:
    room = room_run_by(request.user, public_id)
    return _answer(request, Door(room.event, request.user, request.path, room=room))


@require_http_methods(["GET", "HEAD", "POST"])
@with_token
def report_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Without a log-in, in the language of whoever was asked."""
    organiser = organiser_reporting(token)
    with translation.override(organiser.user.language):
        return _answer(request, Door(organiser.event, organiser.user, request.path, token=token))


@require_safe
def picture_by_link(request: HttpRequest, token: str, key: UUID, width: int) -> HttpResponse:
    """A picture of this report, for whoever may write it."""

    @with_token
    def page(_request: HttpRequest, token: str) -> HttpResponse:
        event = organiser_reporting(token).event_id
        return picture_file(key, width, ReportPicture.objects.filter(report__event=event))

    return page(request, token)


def _answer(request: HttpRequest, door: Door) -> HttpResponse:
    if request.method != "POST":
        return _page(request, door, _form(door))
    form = _form(door, request.POST, request.FILES)
    form.full_clean()
    try:
        return _carry_out(request, door, form)
    except actions.Overtaken as refusal:
        theirs = actions.current_report(door.event)
        form.data = renewed(form, seen=theirs.edits if theirs else 0)
        return _page(request, door, form, status=409, refusal=str(refusal), theirs=theirs)
    except Refused as refusal:
        return _page(request, door, form, status=409, refusal=str(refusal))


def _form(door: Door, data: Any = None, files: Any = None) -> AfterReportForm:
    current = actions.current_report(door.event)
    return AfterReportForm(
        data,
        files,
        event_language=door.event.language,
        pictures=list(current.pictures.in_order()) if current else [],
        initial=report_initial(current, door.user.language),
    )


def _carry_out(request: HttpRequest, door: Door, form: AfterReportForm) -> HttpResponse:
    """Every press keeps what was typed, whatever else it does. Raises Refused."""
    event, by = door.event, door.user
    if not can_be_told(event, timezone.now()):
        raise Refused(_("The report on this protest cannot be changed now."))
    wish, _colon, name = request.POST.get("do", "").partition(":")
    if wish in {"discard", "take_back"}:
        (actions.discard_report if wish == "discard" else actions.take_report_back)(event, by=by)
        return HttpResponseRedirect(door.url)
    form = _with_picture(request, door, form)
    if form.is_told:
        saved = actions.save_report(event, form.told, form.alts, by=by, seen=form.cleaned_data["seen"])
        form.data = renewed(form, seen=saved.edits)
    if form.errors:
        return _page(request, door, form)
    if wish == "send":
        actions.submit_report(event, by=by, edits=saved.edits)
        return HttpResponseRedirect(door.url)
    return HttpResponseRedirect(door.url + (PICTURES if _is_about_pictures(door, wish, name) or form.kept else ""))


def _with_picture(request: HttpRequest, door: Door, form: AfterReportForm) -> AfterReportForm:
    """Keep a chosen file at once, also if something else is wrong; the form then asks about it as about the others."""
    if form.cleaned_data.get("picture_file") and len(form.pictures) >= MOST_PICTURES:
        form.add_error("picture_file", actions.too_many_pictures())
        return form
    keep_chosen_picture(request, form)
    if form.kept is None:
        return form
    alt = form.cleaned_data.get("picture_alt", "")
    actions.add_picture(door.event, form.kept, alt, by=door.user)
    asked = {form.alt_name(form.kept.key): alt, "picture_alt": ""}
    again = _form(door, renewed(form, **asked))
    again.full_clean()
    again.kept = form.kept
    return again


def _is_about_pictures(door: Door, wish: str, name: str) -> bool:
    """Do what a button beside a picture says; false if there is no such button."""
    if wish not in {"remove", *STEPS}:
        return wish == "add"
    try:
        key = UUID(hex=name)
    except ValueError:
        return False
    if wish == "remove":
        actions.remove_picture(door.event, key, by=door.user)
    else:
        actions.move_picture(door.event, key, STEPS[wish], by=door.user)
    return True


def _page(
    request: HttpRequest, door: Door, form: AfterReportForm, status: int = 200, **context: object
) -> HttpResponse:
    now, current = timezone.now(), actions.current_report(door.event)
    pictures = [(shown, form[form.alt_name(shown.picture.key)], door.picture_url(shown)) for shown in form.pictures]
    shown = {
        "layout": door.layout,
        "room": door.room,
        "event": door.event,
        "form": form,
        "report": current,
        "pictures": pictures,
        "may_add": len(pictures) < MOST_PICTURES,
        "is_public": AfterReport.objects.published().filter(event=door.event).exists(),
        "is_open": can_be_told(door.event, now),
        "is_early": begins_at(door.event) > now,
        **context,
    }
    return render(request, "organising/report.html", shown, status=status)
