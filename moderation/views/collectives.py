"""Collectives: texts that wait, and all that there are, with trust."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.views import SignedInRequest
from events.actions import Refused
from events.models import Collective
from events.views.answers import number_in
from moderation import collectives
from moderation.forms import REASON_LENGTH
from moderation.permissions import campaigns_of
from moderation.views.room import for_moderators
from outbox.tasks import send_soon


@require_safe
@for_moderators
def index(request: SignedInRequest) -> HttpResponse:
    return _page(request)


def _page(request: SignedInRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    user = request.user
    known = collectives.collectives_of(user).filter(proposal={}).exclude(state=Collective.State.PENDING)
    context = {
        "waiting": collectives.waiting(user).count(),
        "pending": collectives.readings(user, list(collectives.waiting(user)[: collectives.PAGE])),
        "known": collectives.readings(user, list(known.order_by("-changed_at", "-pk")[: collectives.PAGE])),
        "error": error,
        "longest": REASON_LENGTH,
    }
    return render(request, "moderation/collectives.html", context, status=status)


@require_POST
@for_moderators
def decide(request: SignedInRequest, pk: int) -> HttpResponse:
    one = get_object_or_404(collectives.collectives_of(request.user), pk=pk)
    try:
        is_done = _do(one, request)
    except Refused as refusal:
        return _page(request, error=str(refusal), status=409)
    if not is_done:
        return _page(request, error=_("Choose what to do with it."))
    send_soon()
    messages.success(request, _("Done."))
    return redirect("moderation:collectives")


def _do(one: Collective, request: SignedInRequest) -> bool:
    """Whether anything was asked for. Raises Refused."""
    verb, by = request.POST.get("verb", ""), request.user
    reason, number = request.POST.get("reason", "")[:REASON_LENGTH], number_in(request.POST.get("number", ""))
    if verb == "approve":
        collectives.approve(one, number, by=by)
    elif verb == "refuse":
        collectives.refuse(one, number, by=by, reason=reason)
    elif verb == "hide":
        collectives.hide(one, by=by, reason=reason)
    elif verb == "show":
        collectives.show(one, by=by)
    elif verb in {"trust", "untrust"}:
        campaign = get_object_or_404(campaigns_of(by), pk=number_in(request.POST.get("campaign", "")))
        (collectives.trust if verb == "trust" else collectives.take_trust_back)(one, campaign, by=by)
    else:
        return False
    return True
