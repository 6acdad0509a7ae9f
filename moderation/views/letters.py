"""Letters to the campaign, and answering them; letters to protests that organisers have reported; blocked senders."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.views import SignedInRequest
from events.actions import Refused
from events.forms.contact import AnswerForm
from events.letters import answer, page_of, set_all_aside, set_aside
from events.models import BlockedSender, Thread
from moderation import letters
from moderation.permissions import is_own, reported_threads_of, threads_of
from moderation.views.room import for_moderators
from outbox.tasks import send_soon


@require_safe
@for_moderators
def index(request: SignedInRequest) -> HttpResponse:
    page = page_of(threads_of(request.user), request.GET.get("after", ""))
    reported = letters.open_for(request.user).count()
    return render(request, "moderation/letters.html", {"page": page, "reported": reported})


@require_http_methods(["GET", "HEAD", "POST"])
@for_moderators
def thread(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(threads_of(request.user).select_related("recipient"), pk=pk)
    form = AnswerForm(request.POST or None)
    if _put_aside(request, found):
        return redirect("moderation:letters")
    if request.method == "POST" and form.is_valid():
        return _answer(request, found, form)
    return _page(request, found, form)


def _put_aside(request: SignedInRequest, found: Thread) -> bool:
    """What the buttons without an answer do; whether one of them was pressed."""
    do = request.POST.get("do", "")
    if do == "set_aside":
        set_aside(found, by=request.user)
    elif do == "set_all_aside":
        set_all_aside(threads_of(request.user), found.mailbox, by=request.user)
    return do in {"set_aside", "set_all_aside"}


def _answer(request: SignedInRequest, found: Thread, form: AnswerForm) -> HttpResponse:
    typed = form.cleaned_data
    try:
        answer(found, typed["message"], key=typed["key"], by=request.user, seen=typed["seen"] or 0)
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return _page(request, found, form, status=409)
    send_soon()
    messages.success(request, _("Your answer is on its way."))
    return redirect("moderation:letters")


def _page(request: SignedInRequest, found: Thread, form: AnswerForm, status: int = 200) -> HttpResponse:
    written = list(found.messages.all())
    form.show_newest(written[-1].pk if written else 0)
    context = {"thread": found, "letters": written, "form": form}
    return render(request, "moderation/letter.html", context, status=status)


@require_safe
@for_moderators
def reported(request: SignedInRequest) -> HttpResponse:
    page = page_of(letters.open_for(request.user).select_related("event"), request.GET.get("after", ""))
    return render(
        request, "moderation/reported_letters.html", {"page": page, "reported": letters.open_for(request.user).count()}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_moderators
def reported_thread(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(reported_threads_of(request.user).select_related("event", "recipient"), pk=pk)
    do = DONE_WITH.get(request.POST.get("do", ""))
    if do:
        try:
            do(found, by=request.user)
        except Refused as refusal:
            messages.warning(request, str(refusal))
        return redirect("moderation:reported_letters")
    context = {
        "thread": found,
        "letters": found.messages.all(),
        "is_own": is_own(found.event, request.user) if found.event else False,
        "is_blocked": BlockedSender.objects.everywhere().filter(mailbox_hash=found.mailbox).exists(),
    }
    return render(request, "moderation/reported_letter.html", context)


# What the buttons do with a reported thread.
DONE_WITH = {"block": letters.block_everywhere, "set_aside": letters.close_report}


@require_safe
@for_moderators
def blocked(request: SignedInRequest) -> HttpResponse:
    senders, after = letters.page_of_blocked(request.user, request.GET.get("after", ""))
    context = {"senders": senders, "after": after, "reported": letters.open_for(request.user).count()}
    return render(request, "moderation/blocked_senders.html", context)


@require_POST
@for_moderators
def unblock(request: SignedInRequest, pk: int) -> HttpResponse:
    sender = get_object_or_404(letters.blocked_for(request.user), pk=pk)
    try:
        letters.unblock_everywhere(sender, by=request.user)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect("moderation:blocked_senders")
