"""Where a moderator goes after a decision."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.views import SignedInRequest
from moderation import queue as lists
from moderation.queue import Filters

NEXT = "next"


def after_decision(request: SignedInRequest) -> HttpResponse:
    """Who came by the button for the next submission gets the one after it, others the queue."""
    if request.GET.get("then") == NEXT:
        return to_next(request, Filters.asked_for(request.GET))
    return redirect("moderation:queue")


def to_next(request: SignedInRequest, filters: Filters, after: str = "") -> HttpResponse:
    """Take the next free submission that fits *filters*, the one behind *after*, and go there; to the queue if there is
    none."""
    now = timezone.now()
    found = lists.claim_next(request.user, filters, now=now, after=after)
    if found is None:
        found = lists.kept_by(request.user, filters, now=now)
        if found:
            messages.info(request, _("Nothing else is left but what you are at work on."))
    if found is None:
        messages.info(request, _("Nothing is left that nobody else is at work on."))
        return redirect(f"{reverse('moderation:queue')}?{filters.query}")
    return redirect(f"{reverse('moderation:revision', args=[found.pk])}?{urlencode({'then': NEXT, **filters.chosen})}")
