"""Saying that one is at work on a submission, and no more."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.views import SignedInRequest
from moderation import claims
from moderation.permissions import is_own, readable_revisions_of
from moderation.views.room import for_moderators


@require_POST
@for_moderators
def claim(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a submission, take it over, or let it go. A script asks for the part of the page that says so."""
    revision = get_object_or_404(readable_revisions_of(request.user).select_related("event"), pk=pk)
    if not revision.is_pending or is_own(revision.event, request.user):
        return redirect("moderation:revision", pk)
    event, now = revision.event, timezone.now()
    do = request.POST.get("do")
    if do == "release":
        claims.release(event, by=request.user)
    elif do == "take_over":
        claims.take_over(event, by=request.user, now=now)
    else:
        claims.claim(event, by=request.user, now=now)
    if request.POST.get("part"):
        context = {"revision": revision, "claim": claims.claim_on(event, now)}
        return render(request, "moderation/_claim_state.html", context)
    if do == "release":
        return redirect("moderation:queue")
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    return redirect(reverse("moderation:revision", args=[pk]) + query)
