"""One submission: all that is needed to decide on it, on one page."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.views import SignedInRequest
from events.comparison import Line, compare
from events.models import Decision, Revision, Trust
from events.views.protest import context_of
from moderation import actions, reasons
from moderation.claims import claim_on
from moderation.duplicates import suspects
from moderation.forms import RevisionDecisionForm
from moderation.permissions import is_own, readable_revisions_of, revisions_of
from moderation.queue import Filters
from moderation.readings import as_if_public, readings_of
from moderation.senders import sender_of
from moderation.timeline import timeline_of
from moderation.views.deciding import is_done, ready_words, words_with_ready
from moderation.views.going_on import after_decision
from moderation.views.room import for_moderators
from moderation.warnings import warnings_for
from moderation.whereabouts import whereabouts_of


@require_safe
@for_moderators
def revision(request: SignedInRequest, pk: int) -> HttpResponse:
    """One submission, with all that is needed to decide on it."""
    return _revision_page(request, revision_or_404(request, pk), RevisionDecisionForm())


@require_POST
@for_moderators
def decide(request: SignedInRequest, pk: int) -> HttpResponse:
    """The address names the revision that the moderator saw, so that no newer one is approved unseen."""
    revision = revision_or_404(request, pk)
    if "insert" in request.POST:
        return _revision_page(request, revision, RevisionDecisionForm(initial={"reason": words_with_ready(request)}))
    form = RevisionDecisionForm(request.POST)
    if not form.is_valid():
        return _revision_page(request, revision, form)
    act = {
        Decision.Verb.APPROVE: actions.approve_revision,
        Decision.Verb.APPROVE_AND_TRUST: actions.approve_and_trust,
        Decision.Verb.REQUEST_CHANGES: actions.request_changes,
        Decision.Verb.REJECT: actions.reject_revision,
    }[form.cleaned_data["verb"]]
    if not is_done(act, revision, form, request):
        return _revision_page(request, revision_or_404(request, pk), form, status=409)
    return after_decision(request)


@require_POST
@for_moderators
def untrust(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take back the trust in whoever sent this, in its country."""
    revision = revision_or_404(request, pk)
    trust = Trust.objects.filter(user=revision.author, campaign=revision.event.campaign, country=revision.country)
    for given in trust:
        actions.take_trust_back(given, by=request.user)
    messages.success(request, _("Their changes wait for a moderator again."))
    return redirect("moderation:revision", pk)


@require_safe
@for_moderators
def preview(request: SignedInRequest, pk: int, language: str) -> HttpResponse:
    """The page of the protest in *language* as everybody would see it after an approval, without what acts."""
    revision = revision_or_404(request, pk)
    if language not in dict(settings.LANGUAGES):
        raise Http404
    with translation.override(language):
        context = {
            **context_of(as_if_public(revision), timezone.now()),
            "is_over": False,
            "can_follow": False,
            "is_change_reported": False,
            "revision": revision,
        }
        return render(request, "moderation/preview.html", context)


def revision_or_404(request: SignedInRequest, pk: int) -> Revision:
    """The version, if it is this person's to decide on."""
    together = ("event__campaign", "event__city", "event__picture", "city", "author", "picture")
    return get_object_or_404(readable_revisions_of(request.user).select_related(*together), pk=pk)


def _revision_page(
    request: SignedInRequest, revision: Revision, form: RevisionDecisionForm, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    event, user = revision.event, request.user
    context = {
        "revision": revision,
        "event": event,
        "form": form,
        "ready": ready_words(RevisionDecisionForm.verbs, reasons.language_of_author(revision)),
        "claim": claim_on(event, now),
        "filters": Filters.asked_for(request.GET),
        "is_own": is_own(event, user),
        "can_be_stopped": event.is_scheduled and revision.state == Revision.State.APPROVED,
        "what_happened": "" if revision.is_pending else actions.what_happened(revision),
        "warnings": warnings_for(revision, now) if revision.is_pending else [],
        "suspects": suspects(revision, user=user, now=now) if revision.is_pending else [],
        **_lines(request, revision),
        "readings": readings_of(revision),
        "page_languages": _page_languages(revision),
        "whereabouts": whereabouts_of(revision, now),
        "sender": sender_of(revision, user),
        "timeline": timeline_of(event, user),
    }
    return render(request, "moderation/revision.html", context, status=status)


def _lines(request: SignedInRequest, revision: Revision) -> dict[str, Any]:
    """The fields: of an edit, what differs from the public version, and the rest apart; of a first version all, and
    what differs from the version before if there was one."""
    now = timezone.now()
    if not revision.is_first:
        lines = compare(revision, revision.event, now)
        return {"changed": _changed(lines), "lines": [line for line in lines if not line.is_changed]}
    before = revisions_of(request.user).filter(event=revision.event, number__lt=revision.number)
    latest = before.select_related("city", "picture").order_by("-number").first() if revision.number > 1 else None
    return {
        "changed": _changed(compare(revision, latest, now)) if latest else [],
        "before": latest,
        "lines": compare(revision, None, now),
    }


def _changed(lines: list[Line]) -> list[Line]:
    return [line for line in lines if line.is_changed]


def _page_languages(revision: Revision) -> list[str]:
    """The languages in which a look at the page says something: those of its texts, and the reader's."""
    texts = [revision.language, *sorted(revision.translations), translation.get_language() or "en"]
    return [code for code in dict.fromkeys(texts) if code in dict(settings.LANGUAGES)]
