"""Whether it is still on: by the link of the mail that asks, or in the room."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.views.decorators.http import require_http_methods, require_POST

from accounts.views import SignedInRequest
from events.actions import Refused
from events.models import Audience, Organiser
from events.views.answers import with_token
from organising import still_on
from organising.tokens import organiser_asked
from organising.views.protest import protest_page
from organising.views.room import room_run_by
from reminders.emails import protest_in_words


@login_required
@require_POST
def confirm_still_on(request: SignedInRequest, public_id: str) -> HttpResponse:
    room = room_run_by(request.user, public_id)
    try:
        still_on.confirm(room.event, by=request.user)
    except Refused as refusal:
        return protest_page(request, room, status=409, refusal=str(refusal))
    return redirect("organising:protest", public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@with_token
def answer_still_on(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the mail that asks: a page with a button, in the language of whoever was asked."""
    organiser = organiser_asked(token)
    with translation.override(organiser.user.language):
        if request.method != "POST":
            return _question_page(request, organiser)
        try:
            still_on.confirm(organiser.event, by=organiser.user)
        except Refused as refusal:
            return _question_page(request, organiser, status=409, refusal=str(refusal))
        return redirect("organising:still_on", token)


def _question_page(request: HttpRequest, organiser: Organiser, status: int = 200, refusal: str = "") -> HttpResponse:
    now, event = timezone.now(), organiser.event
    question = still_on.questions_of([event.pk]).get(event.pk)
    context = {
        "event": event,
        "protest": protest_in_words(event, Audience.PUBLIC, now),
        "question": question,
        "is_open": question is not None and question.is_open(now),
        "refusal": refusal,
    }
    return render(request, "organising/still_on.html", context, status=status)
