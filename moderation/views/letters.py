"""Letters to the campaign, and answering them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.views import SignedInRequest
from events.forms.contact import LetterForm
from events.models import Thread
from moderation import letters
from moderation.permissions import threads_of
from moderation.views.room import for_moderators
from outbox.tasks import send_soon

# What the buttons without an answer do.
SET_ASIDE = {"set_aside": letters.set_aside, "set_all_aside": letters.set_all_aside}


@require_safe
@for_moderators
def index(request: SignedInRequest) -> HttpResponse:
    page = letters.page_of(request.user, request.GET.get("after", ""))
    return render(request, "moderation/letters.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@for_moderators
def thread(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(threads_of(request.user).select_related("recipient"), pk=pk)
    form = LetterForm(request.POST or None)
    form.trust()
    put_aside = SET_ASIDE.get(request.POST.get("do", ""))
    if put_aside:
        put_aside(found, by=request.user)
        return redirect("moderation:letters")
    if request.method == "POST" and form.is_valid():
        letters.answer(found, form.cleaned_data["message"], key=form.cleaned_data["key"], by=request.user)
        send_soon()
        messages.success(request, _("Your answer is on its way."))
        return redirect("moderation:letters")
    return _page(request, found, form)


def _page(request: SignedInRequest, found: Thread, form: LetterForm) -> HttpResponse:
    context = {"thread": found, "letters": found.messages.all(), "form": form}
    return render(request, "moderation/letter.html", context)
