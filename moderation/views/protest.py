"""One protest that is public or was: hide and restore it, make it one with another, give it into other hands."""

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.views import SignedInRequest
from events.comparison import compare
from events.models import Decision, Event
from moderation import actions, reasons
from moderation.forms import EventDecisionForm, HandOverForm, MergeIntoForm
from moderation.permissions import events_of, is_own, revisions_of
from moderation.timeline import timeline_of
from moderation.views.deciding import is_done, ready_words, words_with_ready
from moderation.views.room import for_moderators
from moderation.whereabouts import whereabouts_of


@require_safe
@for_moderators
def protest(request: SignedInRequest, public_id: str) -> HttpResponse:
    """What is public of it, what happened to it so far, and the buttons."""
    return _page(request, _protest(request, public_id))


@require_POST
@for_moderators
def decide(request: SignedInRequest, public_id: str) -> HttpResponse:
    event = _protest(request, public_id)
    if "insert" in request.POST:
        return _page(request, event, form=EventDecisionForm(initial={"reason": words_with_ready(request)}))
    form = EventDecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, event, form=form)
    act = actions.hide_event if form.cleaned_data["verb"] == Decision.Verb.HIDE else actions.restore_event
    if not is_done(act, event, form, request):
        return _page(request, _protest(request, public_id), 409, form=form)
    return redirect("moderation:protest", public_id)


@require_POST
@for_moderators
def merge(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Make it one with another public protest of the same edition, which stays."""
    event = _protest(request, public_id)
    form = MergeIntoForm(request.POST, auto_id="merge_%s")
    if not form.is_valid():
        return _page(request, event, merge_form=form)
    into = Event.objects.visible().filter(campaign=event.campaign_id, public_id=form.cleaned_data["into"]).first()
    if into is None or into == event:
        form.add_error("into", _("There is no other public protest with this number in this edition."))
        return _page(request, event, merge_form=form)
    if not is_done(partial(actions.merge_event, into=into), event, form, request):
        return _page(request, _protest(request, public_id), 409, merge_form=form)
    return redirect("moderation:protest", public_id)


@require_POST
@for_moderators
def hand_over(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Give it to somebody else: the one who registered it is not who they said."""
    event = _protest(request, public_id)
    form = HandOverForm(request.POST, auto_id="hand_over_%s")
    if not form.is_valid():
        return _page(request, event, hand_over_form=form)
    act = partial(actions.hand_over_event, address=form.cleaned_data["address"])
    if not is_done(act, event, form, request):
        return _page(request, _protest(request, public_id), 409, hand_over_form=form)
    return redirect("moderation:protest", public_id)


def _protest(request: SignedInRequest, public_id: str) -> Event:
    mine = (
        events_of(request.user).exclude(published_at=None).select_related("campaign", "city", "picture", "merged_into")
    )
    return get_object_or_404(mine, public_id=public_id)


def _page(request: SignedInRequest, event: Event, status: int = 200, **forms: Any) -> HttpResponse:
    """*forms* are those that were sent and could not be done."""
    now = timezone.now()
    context = {
        "event": event,
        "form": EventDecisionForm(),
        "ready": ready_words(
            [Decision.Verb.HIDE if event.is_visible else Decision.Verb.RESTORE], reasons.language_of_organisers(event)
        ),
        "merge_form": MergeIntoForm(auto_id="merge_%s"),
        "hand_over_form": HandOverForm(auto_id="hand_over_%s"),
        "is_own": is_own(event, request.user),
        "lines": compare(event, None, now),
        "whereabouts": whereabouts_of(event, now),
        "timeline": timeline_of(event, request.user),
        "pending": revisions_of(request.user).pending().filter(event=event).first(),
        **forms,
    }
    return render(request, "moderation/protest.html", context, status=status)
