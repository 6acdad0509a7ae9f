"""Signatures below the appeal that wait for a decision."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.views import SignedInRequest
from events.actions import Refused
from events.models import SignOn
from moderation import sign_ons
from moderation.forms import REASON_LENGTH, WordsForm
from moderation.permissions import sign_ons_of
from moderation.views.room import for_moderators
from outbox.tasks import send_soon


@require_safe
@for_moderators
def queue(request: SignedInRequest) -> HttpResponse:
    return _page(request)


def _page(request: SignedInRequest, *, error: str = "", status: int = 200, typed_on: int = 0) -> HttpResponse:
    context = {
        "typed": request.POST.get("reason", ""),
        "typed_on": typed_on,
        "waiting": sign_ons_of(request.user).pending().count(),
        "pending": list(sign_ons.pending(request.user)),
        "decided": list(sign_ons.decided(request.user)),
        "error": error,
        "longest": REASON_LENGTH,
    }
    return render(request, "moderation/sign_ons.html", context, status=status)


@require_POST
@for_moderators
def decide(request: SignedInRequest, pk: int) -> HttpResponse:
    sign_on = get_object_or_404(sign_ons_of(request.user).exclude(state=SignOn.State.UNCONFIRMED), pk=pk)
    if request.POST.get("verb") not in {"publish", "refuse"}:
        return _page(request, error=_("Choose what to do with it."))
    try:
        said = _do(sign_on, request)
    except Refused as refusal:
        return _page(request, error=str(refusal), status=409, typed_on=pk)
    send_soon()
    messages.success(request, said % {"name": sign_on.name})
    return redirect("moderation:sign_ons")


def _do(sign_on: SignOn, request: SignedInRequest) -> str:
    """What the next page says was done. Raises Refused."""
    if request.POST["verb"] == "publish":
        sign_ons.publish_sign_on(sign_on, by=request.user)
        return _("Published: %(name)s")
    form = WordsForm(request.POST)
    form.fields["reason"].error_messages["required"] = _("Say why: the organisation gets your words by mail.")
    if not form.is_valid():
        raise Refused(form.error)
    sign_ons.refuse_sign_on(sign_on, by=request.user, reason=form.cleaned_data["reason"])
    return _("Refused: %(name)s")
