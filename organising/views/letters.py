"""What visitors wrote to those who run a protest. Only these read it: no helper, and no moderator unless it is
reported."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.views import SignedInRequest
from events.actions import Refused
from events.forms.contact import AnswerForm
from events.letters import page_of, set_aside
from events.models import BlockedSender, Thread
from organising import letters
from organising.views.room import Room, room_run_by
from outbox.tasks import send_soon

# The list is for undoing a mistake: of more, the thread of each sender shows the button as well.
BLOCKED_SHOWN = 100


@login_required
@require_safe
def index(request: SignedInRequest, public_id: str) -> HttpResponse:
    room = room_run_by(request.user, public_id)
    blocked = BlockedSender.objects.of_protest(room.event).order_by("-at", "-pk")
    page = page_of(letters.letters_of(room.event), request.GET.get("after", ""))
    return render(request, "organising/letters.html", {"room": room, "page": page, "blocked": blocked[:BLOCKED_SHOWN]})


@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def thread(request: SignedInRequest, public_id: str, pk: int) -> HttpResponse:
    room = room_run_by(request.user, public_id)
    found = get_object_or_404(Thread.objects.select_related("recipient"), event=room.event, pk=pk)
    form = AnswerForm(request.POST or None)
    act = WITHOUT_AN_ANSWER.get(request.POST.get("do", ""))
    if act:
        return act(request, room, found)
    if request.method == "POST" and form.is_valid():
        return _answer(request, room, found, form)
    return _page(request, room, found, form)


def _answer(request: SignedInRequest, room: Room, found: Thread, form: AnswerForm) -> HttpResponse:
    typed = form.cleaned_data
    try:
        letters.answer(found, room.event, typed["message"], key=typed["key"], by=request.user, seen=typed["seen"] or 0)
    except Refused as refusal:
        return _page(request, room, found, form, status=409, refusal=str(refusal))
    send_soon()
    messages.success(request, _("Your answer is on its way. Between 21:00 and 08:00 it waits for the morning."))
    return redirect("organising:letters", room.event.public_id)


def _page(
    request: SignedInRequest, room: Room, found: Thread, form: AnswerForm, status: int = 200, refusal: str = ""
) -> HttpResponse:
    written = list(found.messages.all())
    form.show_newest(written[-1].pk if written else 0)
    blocked = BlockedSender.objects.of_protest(room.event).filter(mailbox_hash=found.mailbox).first()
    context = {"room": room, "thread": found, "letters": written, "form": form, "blocked": blocked, "refusal": refusal}
    return render(request, "organising/letter.html", context, status=status)


def _set_aside(request: SignedInRequest, room: Room, found: Thread) -> HttpResponse:
    set_aside(found, by=request.user)
    return redirect("organising:letters", room.event.public_id)


def _block(request: SignedInRequest, room: Room, found: Thread) -> HttpResponse:
    letters.block(found, room.event, by=request.user)
    messages.success(request, _("This sender is blocked. They are not told."))
    return redirect("organising:letter_of_visitor", room.event.public_id, found.pk)


def _report(request: SignedInRequest, room: Room, found: Thread) -> HttpResponse:
    letters.report(found, by=request.user)
    messages.success(request, _("The moderators can read these letters now."))
    return redirect("organising:letter_of_visitor", room.event.public_id, found.pk)


# What the buttons do that need no words.
WITHOUT_AN_ANSWER: dict[str, Callable[[SignedInRequest, Room, Thread], HttpResponse]] = {
    "set_aside": _set_aside,
    "block": _block,
    "report": _report,
}


@login_required
@require_POST
def unblock(request: SignedInRequest, public_id: str, pk: int) -> HttpResponse:
    room = room_run_by(request.user, public_id)
    letters.unblock(get_object_or_404(BlockedSender.objects.of_protest(room.event), pk=pk), by=request.user)
    messages.success(request, _("What this sender writes from now on arrives again."))
    return redirect("organising:letters", public_id)
