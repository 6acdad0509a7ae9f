"""Writing to those who follow a protest, and seeing whom it reached."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.views import SignedInRequest
from events.actions import SECOND_THOUGHTS, Refused
from events.models import Event
from events.names import own_language_name
from events.views.answers import number_in
from organising.actions import announcing
from organising.budgets import MOST_UNSEEN, budget_of
from organising.deliveries import told
from organising.emails.announcement import sample_of
from organising.forms.announcing import AnnouncementForm, initial_of
from organising.models import Announcement
from organising.permissions import can_announce
from organising.views.room import Room, room_run_by
from outbox.tallies import counts_of
from outbox.tasks import send_soon
from reminders import coming
from reminders.models import Subscription

State = Announcement.State
UNSENT = [State.DRAFT, State.IN_REVIEW, State.REFUSED]


@login_required
@require_safe
def announcements(request: SignedInRequest, public_id: str) -> HttpResponse:
    room = room_run_by(request.user, public_id)
    now = timezone.now()
    context = {
        "room": room,
        "unsent": room.event.announcements.filter(state__in=UNSENT).newest_first(),
        "rows": told(room.event),
        "followers": Subscription.objects.confirmed().filter(event=room.event).count(),
        "coming": coming.counts_of([room.event]).get(room.event.pk),
        "may_announce": can_announce(room.event, now),
        "budget": budget_of(room.event, request.user, now),
        "most_unseen": MOST_UNSEEN,
    }
    return render(request, "organising/announcements.html", context)


def _form(request: SignedInRequest, event: Event, **kwargs: Any) -> AnnouncementForm:
    now = timezone.now()
    may_link = budget_of(event, request.user, now).is_trusted
    return AnnouncementForm(request.POST or None, event=event, now=now, may_link=may_link, **kwargs)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest, public_id: str) -> HttpResponse:
    """A new letter; `?again=` begins with the text of an earlier one."""
    room = room_run_by(request.user, public_id)
    again = room.event.announcements.filter(pk=number_in(request.GET.get("again", ""))).first()
    form = _form(request, room.event, initial=initial_of(again) if again else None)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            made = announcing.draft(room.event, form.texts(), key=form.cleaned_data["key"], by=request.user)
        except Refused as refused:
            form.renew_key()
            refusal = str(refused)
        else:
            return redirect("organising:announcement", public_id, made.pk)
    may_announce = can_announce(room.event, timezone.now())
    context = {"room": room, "form": form, "refusal": refusal, "may_announce": may_announce}
    return render(request, "organising/announcement_new.html", context, status=409 if refusal else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def announcement(request: SignedInRequest, public_id: str, pk: int) -> HttpResponse:
    """One letter: what its readers get, and what can be done with it."""
    room = room_run_by(request.user, public_id)
    found = get_object_or_404(room.event.announcements.select_related("event__campaign", "event__city"), pk=pk)
    if request.method != "POST":
        return _page(request, room, found)
    if request.POST.get("do") == "save":
        return _save(request, room, found)
    try:
        is_tested = _do(request, found)
    except Refused as refusal:
        found.refresh_from_db()
        return _page(request, room, found, status=409, refusal=str(refusal))
    send_soon()
    here = redirect("organising:announcement", public_id, pk)
    if is_tested:
        here.headers["Location"] += "?tested=1"
    return here


def _do(request: SignedInRequest, found: Announcement) -> bool:
    """What a button of the page does; whether it was the one for a test mail. Raises Refused."""
    wanted = request.POST.get("do", "")
    if wanted == "test":
        announcing.send_test(found, by=request.user)
    elif wanted == "send":
        announcing.send(found, version=number_in(request.POST.get("version", "")), by=request.user)
    elif wanted == "stop":
        announcing.stop(found, by=request.user)
    else:
        raise Refused(_("Choose what to do with it."))
    return wanted == "test"


def _save(request: SignedInRequest, room: Room, found: Announcement) -> HttpResponse:
    form = _form(request, room.event)
    if not form.is_valid():
        return _page(request, room, found, form=form)
    try:
        announcing.rewrite(found, form.texts(), by=request.user)
    except Refused as refusal:
        return _page(request, room, found, form=form, status=409, refusal=str(refusal))
    return redirect("organising:announcement", room.event.public_id, found.pk)


def _page(
    request: SignedInRequest,
    room: Room,
    found: Announcement,
    *,
    form: AnnouncementForm | None = None,
    status: int = 200,
    refusal: str = "",
) -> HttpResponse:
    now = timezone.now()
    asked = request.GET.get("language", "")
    language = asked if asked in settings.COMPLETE_LANGUAGES else found.language
    if form is None and found.is_open:
        may_link = budget_of(room.event, request.user, now).is_trusted
        form = AnnouncementForm(event=room.event, now=now, may_link=may_link, initial=initial_of(found))
    context = {
        "room": room,
        "announcement": found,
        "letter": sample_of(found, language) if found.subject else None,
        "language": language,
        "read_in": [(code, own_language_name(code)) for code in settings.COMPLETE_LANGUAGES],
        "form": form,
        "counts": counts_of([found.batch]).get(found.batch),
        "followers": Subscription.objects.confirmed().filter(event=room.event).count(),
        "seconds": int(SECOND_THOUGHTS.total_seconds()),
        "may_announce": can_announce(room.event, now),
        "is_tested": request.GET.get("tested") == "1",
        "refusal": refusal,
    }
    return render(request, "organising/announcement.html", context, status=status)
