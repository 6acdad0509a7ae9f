"""Submissions and public protests."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.views import SignedInRequest
from events.actions import Refused
from events.comparison import compare
from events.models import Decision, Event, Revision
from moderation import actions, listing
from moderation.forms import DecisionForm, EventDecisionForm, RevisionDecisionForm, SearchForm
from moderation.permissions import events_of, is_own, revisions_of
from moderation.views.room import for_moderators
from moderation.warnings import warnings_for


@require_safe
@for_moderators
def queue(request: SignedInRequest) -> HttpResponse:
    """What waits for a decision."""
    counts = listing.counts_by_country(request.user)
    asked = request.GET.get("country", "").upper()
    country = asked if asked in counts else ""
    context = {
        "page": listing.page_of(listing.pending(request.user, country=country), request.GET.get("after", "")),
        "country": country,
        "counts": counts,
        "total": sum(counts.values()),
        "decided": listing.decided_lately(request.user),
    }
    return render(request, "moderation/queue.html", context)


@require_safe
@for_moderators
def revision(request: SignedInRequest, pk: int) -> HttpResponse:
    """One submission, with all that is needed to decide on it."""
    return _revision_page(request, _revision(request, pk), RevisionDecisionForm())


@require_POST
@for_moderators
def decide(request: SignedInRequest, pk: int) -> HttpResponse:
    """The address names the revision that the moderator saw, so that no newer one is approved unseen."""
    revision = _revision(request, pk)
    form = RevisionDecisionForm(request.POST)
    if not form.is_valid():
        return _revision_page(request, revision, form)
    act = {
        Decision.Verb.APPROVE: actions.approve_revision,
        Decision.Verb.REQUEST_CHANGES: actions.request_changes,
        Decision.Verb.REJECT: actions.reject_revision,
    }[form.cleaned_data["verb"]]
    if not _is_done(act, revision, form, request):
        return _revision_page(request, _revision(request, pk), form, status=409)
    return redirect("moderation:queue")


@require_safe
@for_moderators
def protests(request: SignedInRequest) -> HttpResponse:
    """Find a public or hidden protest."""
    form = SearchForm(request.GET)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    return render(request, "moderation/protests.html", {"form": form, "events": listing.found(request.user, text)})


@require_safe
@for_moderators
def protest(request: SignedInRequest, public_id: str) -> HttpResponse:
    """One public or hidden protest: its decisions, and hiding and restoring."""
    return _protest_page(request, _protest(request, public_id), EventDecisionForm())


@require_POST
@for_moderators
def decide_on_protest(request: SignedInRequest, public_id: str) -> HttpResponse:
    event = _protest(request, public_id)
    form = EventDecisionForm(request.POST)
    if not form.is_valid():
        return _protest_page(request, event, form)
    act = actions.hide_event if form.cleaned_data["verb"] == Decision.Verb.HIDE else actions.restore_event
    if not _is_done(act, event, form, request):
        return _protest_page(request, _protest(request, public_id), form, status=409)
    return redirect("moderation:protest", public_id)


def said(verb: Decision.Verb) -> str:
    """What the next page says was done."""
    return {
        Decision.Verb.APPROVE: _("Approved: %(title)s"),
        Decision.Verb.REQUEST_CHANGES: _("Asked for changes: %(title)s"),
        Decision.Verb.REJECT: _("Rejected: %(title)s"),
        Decision.Verb.HIDE: _("Hidden: %(title)s"),
        Decision.Verb.RESTORE: _("Restored: %(title)s"),
    }[verb]


def _is_done(act: Callable[..., object], on: Revision | Event, form: DecisionForm, request: SignedInRequest) -> bool:
    """Carry the decision out and say so; False, with the reason in the form, if it does not fit any more."""
    try:
        act(on, by=request.user, reason=form.cleaned_data["reason"])
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, said(form.cleaned_data["verb"]) % {"title": on.title})
    return True


def _revision(request: SignedInRequest, pk: int) -> Revision:
    mine = revisions_of(request.user).select_related("event__campaign", "event__city", "city", "author")
    return get_object_or_404(mine, pk=pk)


def _protest(request: SignedInRequest, public_id: str) -> Event:
    mine = events_of(request.user).exclude(published_at=None).select_related("campaign", "city")
    return get_object_or_404(mine, public_id=public_id)


def _revision_page(
    request: SignedInRequest, revision: Revision, form: RevisionDecisionForm, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    event = revision.event
    context = {
        "revision": revision,
        "event": event,
        "form": form,
        "is_own": is_own(event, request.user),
        "what_happened": "" if revision.is_pending else actions.what_happened(revision),
        "lines": compare(revision, None if revision.is_first else event, now),
        "warnings": warnings_for(revision, now) if revision.is_pending else [],
        "decisions": listing.decisions_on(event),
        "history": listing.history_of(revision.author),
    }
    return render(request, "moderation/revision.html", context, status=status)


def _protest_page(request: SignedInRequest, event: Event, form: EventDecisionForm, status: int = 200) -> HttpResponse:
    context = {
        "event": event,
        "form": form,
        "is_own": is_own(event, request.user),
        "lines": compare(event, None, timezone.now()),
        "decisions": listing.decisions_on(event),
        "pending": event.revisions.pending().first(),
    }
    return render(request, "moderation/protest.html", context, status=status)
