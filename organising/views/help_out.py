"""Helping at a protest: no account, an address proven by mail. A GET changes nothing: mail scanners open every link."""

from datetime import datetime
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import limits
from accounts.models import User
from events import timetable, when
from events.models import Audience, Event
from events.views.answers import number_in, refused, with_token
from events.views.protest import public_event
from organising import tokens
from organising.actions import shifts as actions
from organising.forms import HelpForm
from organising.models import Shift, ShiftSignUp
from organising.models.shifts import overlapping
from organising.shift_words import in_words, short
from organising.shifts import Open, can_help, can_take, open_shifts
from outbox.models import Recipient
from outbox.tasks import send_soon
from reminders.emails import protest_in_words

_GET_OR_POST = ["GET", "HEAD", "POST"]


def _event(public_id: str) -> Event:
    event = public_event(public_id)
    if not can_help(event, timezone.now()):
        raise Http404
    return event


@sensitive_post_parameters()
@require_http_methods(_GET_OR_POST)
def help_out(request: HttpRequest, public_id: str, slug: str) -> HttpResponse:
    event = _event(public_id)
    if request.method != "POST" and slug != event.slug:
        return redirect("helping:help", public_id, event.slug)
    form = HelpForm(request.POST or None, offered=open_shifts(event, timezone.now()))
    if request.method == "POST" and form.is_valid():
        claims = [(limits.SHIFTS_FROM_NETWORK, limits.network_of(request.META))]
        return refused(claims, partial(_page, request, event, form)) or _keep(event, form)
    return _page(request, event, form)


def _page(request: HttpRequest, event: Event, form: HelpForm, **context: object) -> HttpResponse:
    shown = {
        "event": event,
        "form": form,
        "rows": [_row(row, form) for row in form.offered],
        "day": when.day_text_with_year(event.day),
        "hours": when.hours_text(event),
        "where": timetable.where_text(event),
    }
    return render(request, "organising/help.html", {**shown, **context})


def _row(row: Open, form: HelpForm) -> dict[str, Any]:
    return {
        "pk": row.shift.pk,
        "words": in_words(row.shift),
        "free": row.free,
        "is_ticked": str(row.shift.pk) in form.ticked,
    }


def _keep(event: Event, form: HelpForm) -> HttpResponse:
    typed = form.cleaned_data
    actions.offer(
        form.chosen(),
        typed["email"],
        name=typed["name"],
        language=get_language() or "en",
        key=typed["key"],
        now=timezone.now(),
    )
    send_soon()
    return redirect("helping:sent", event.public_id, event.slug)


@require_safe
def sent(request: HttpRequest, public_id: str, slug: str) -> HttpResponse:
    return render(request, "organising/help_sent.html", {"event": public_event(public_id)})


@require_safe
def left(request: HttpRequest) -> HttpResponse:
    return render(request, "organising/help_left.html")


def _rows(sign_ups: list[ShiftSignUp], now: datetime) -> list[dict[str, Any]]:
    return [_row_of(one, now) for one in sorted(sign_ups, key=lambda one: (one.shift.starts_at, one.pk))]


def _row_of(sign_up: ShiftSignUp, now: datetime) -> dict[str, Any]:
    event = sign_up.shift.event
    return {
        "sign_up": sign_up,
        "words": in_words(sign_up.shift, Audience.FOLLOWER),
        "event": event,
        "protest": protest_in_words(event, Audience.FOLLOWER, now) if event.is_visible else None,
        "is_over": sign_up.shift.ends_at <= now,
    }


def _overlaps(sign_ups: list[ShiftSignUp]) -> list[tuple[str, str]]:
    """What nobody can do both, in words."""
    return [(short(one), short(other)) for one, other in overlapping(sign_up.shift for sign_up in sign_ups)]


def _standing(recipient: Recipient) -> list[ShiftSignUp]:
    """What this person has taken or waits for."""
    ours = ShiftSignUp.objects.with_protest().in_line().of(recipient)
    return list(ours.filter(shift__removed_at=None).order_by("pk"))


def _offered(recipient: Recipient, now: datetime) -> list[ShiftSignUp]:
    """What waits for a yes and can still be taken."""
    waiting = ShiftSignUp.objects.with_protest().to_confirm(now).of(recipient).order_by("pk")
    return [one for one in waiting if can_take(one.shift, now)]


@require_http_methods(_GET_OR_POST)
@with_token
def take(request: HttpRequest, token: str) -> HttpResponse:
    """All that this address has offered, with one button. After that the page only shows the way on."""
    recipient = tokens.recipient_to_take(token)
    if request.method == "POST" and actions.take(recipient, language=get_language() or "en"):
        send_soon()
        recipient.refresh_from_db()
        return HttpResponseRedirect(tokens.shifts_path(recipient) + "?taken=1")
    now = timezone.now()
    offered, standing = _offered(recipient, now), _standing(recipient)
    if not offered:
        path = tokens.shifts_path(recipient) if standing else ""
        return render(request, "organising/help_taken.html", {"shifts_path": path})
    context = {
        "rows": _rows(offered, now),
        "free": _free(offered),
        "overlaps": _overlaps([*standing, *offered]),
    }
    return render(request, "organising/help_take.html", context)


def _free(offered: list[ShiftSignUp]) -> set[int]:
    """The shifts in which a place is free."""
    events = {one.shift.event_id: one.shift.event for one in offered}.values()
    return {row.shift.pk for event in events for row in open_shifts(event, timezone.now()) if row.free}


@require_http_methods(_GET_OR_POST)
@with_token
def shifts(request: HttpRequest, token: str) -> HttpResponse:
    """All shifts of one person: give one back, or all."""
    recipient = tokens.recipient_of_shifts(token)
    if request.method == "POST":
        return _change(request, recipient)
    now = timezone.now()
    standing, offered = _standing(recipient), _offered(recipient, now)
    context = {
        "rows": _rows(standing, now),
        "offered": _rows(offered, now),
        "overlaps": _overlaps([*standing, *offered]),
        "is_fresh": request.GET.get("taken") == "1",
        "is_organiser": User.objects.filter(recipient=recipient).exists(),
    }
    return render(request, "organising/help_shifts.html", context)


def _change(request: HttpRequest, recipient: Recipient) -> HttpResponse:
    """What a button of this page does."""
    wanted, number = request.POST.get("do", ""), number_in(request.POST.get("sign_up", ""))
    if wanted == "take":
        actions.take(recipient, language=recipient.language)
    elif wanted == "leave":
        chosen = ShiftSignUp.objects.with_protest().of(recipient).filter(pk=number).first()
        if chosen:
            actions.leave(chosen)
    elif wanted in {"leave_all", "never_again"}:
        (actions.leave_all if wanted == "leave_all" else actions.never_again)(recipient)
        send_soon()
        return redirect("helping:left")
    send_soon()
    return HttpResponseRedirect(request.path)


@require_http_methods(_GET_OR_POST)
@with_token
def leave(request: HttpRequest, token: str) -> HttpResponse:
    """The link in a mail about one shift: a page with a button."""
    sign_up = tokens.sign_up_to_leave(token)
    if request.method == "POST":
        actions.leave(sign_up)
        send_soon()
        return redirect("helping:left")
    shift: Shift = sign_up.shift
    context = {
        "is_living": sign_up.is_living and shift.removed_at is None,
        "words": in_words(shift, Audience.FOLLOWER),
        "event": shift.event if shift.event.is_visible else None,
        "shifts_path": tokens.shifts_path(sign_up.recipient),
    }
    return render(request, "organising/help_leave.html", context)
