"""One decision on many rows of the queue."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.views import SignedInRequest
from events.models import Decision, Revision
from events.views.answers import number_in
from moderation import actions, bulk, quarantine
from moderation import queue as lists
from moderation.forms import BulkForm, WordsForm
from moderation.queue import Filters, Tab
from moderation.views.queue import queue_page
from moderation.views.room import for_moderators


@require_POST
@for_moderators
def decide_on_ticked(request: SignedInRequest) -> HttpResponse:
    """Ask for changes of the ticked submissions, or reject them, with the same words; or let them out of quarantine."""
    ticked = lists.seen_by(request.user, [number_in(pk) for pk in request.POST.getlist("pk")[: lists.PAGE]])
    form = BulkForm(request.POST)
    if not ticked:
        return _again(request, _("Tick at least one submission."))
    if request.POST.get("verb") == "release":
        _tell(request, bulk.decide_on_each(ticked, quarantine.release, by=request.user))
    elif not form.is_valid():
        return _again(request, next(str(errors[0]) for errors in form.errors.values()), ticked)
    elif form.cleaned_data["verb"] == Decision.Verb.REJECT:
        _tell(request, bulk.reject_each(ticked, by=request.user, reason=form.cleaned_data["reason"]))
    else:
        reason = form.cleaned_data["reason"]
        _tell(request, bulk.decide_on_each(ticked, actions.request_changes, by=request.user, reason=reason))
    return _back(request)


@require_POST
@for_moderators
def reject_alike(request: SignedInRequest) -> HttpResponse:
    """Reject whatever in quarantine the filters show, many at once."""
    filters = Filters.asked_for(request.POST)
    alike = lists.quarantined_like(request.user, filters, timezone.now()).oldest_first()
    form = WordsForm(request.POST)
    if not form.is_valid():
        return _again(request, form.error)
    number = bulk.reject_many(alike[: bulk.AT_ONCE], by=request.user, reason=form.cleaned_data["reason"])
    messages.success(request, _number_done(number))
    return _back(request)


def _again(request: SignedInRequest, refusal: str, ticked: list[Revision] | None = None) -> HttpResponse:
    """The list as it was, with what was typed and ticked."""
    pks = [revision.pk for revision in ticked or []]
    return queue_page(request, request.POST, refusal=refusal, ticked=pks, words=request.POST.get("reason", ""))


def _tell(request: SignedInRequest, outcome: bulk.Outcome) -> None:
    if outcome.done:
        messages.success(request, _number_done(outcome.done))
    for revision, why in outcome.refused:
        messages.warning(request, _("Not done: %(title)s. %(why)s") % {"title": revision.title, "why": why})


def _number_done(number: int) -> str:
    said = ngettext("Done with %(number)d submission.", "Done with %(number)d submissions.", number)
    return said % {"number": number}


def _back(request: SignedInRequest) -> HttpResponse:
    """To the tab from which it was sent."""
    chosen = Filters.asked_for(request.POST).chosen
    tab = request.POST.get("tab", "")
    query = urlencode({**({"tab": tab} if tab in Tab.values else {}), **chosen})
    return redirect(f"{reverse('moderation:queue')}?{query}")
