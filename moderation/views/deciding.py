"""What pages that decide on a protest share: doing it, and saying what was done."""

from collections.abc import Callable, Sequence

from django.contrib import messages
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.views import SignedInRequest
from events.actions import Refused
from events.models import Decision, Event, Revision
from moderation import reasons
from moderation.forms import DecisionForm


def said(verb: Decision.Verb) -> str:
    """What the next page says was done."""
    return {
        Decision.Verb.APPROVE: _("Approved: %(title)s"),
        Decision.Verb.APPROVE_AND_TRUST: _("Approved, and trusted from now on: %(title)s"),
        Decision.Verb.REQUEST_CHANGES: _("Asked for changes: %(title)s"),
        Decision.Verb.REJECT: _("Rejected: %(title)s"),
        Decision.Verb.HIDE: _("Hidden: %(title)s"),
        Decision.Verb.RESTORE: _("Restored: %(title)s"),
        Decision.Verb.MERGE: _("Merged: %(title)s"),
        Decision.Verb.HAND_OVER: _("Handed over: %(title)s"),
    }[verb]


def is_done(act: Callable[..., Decision], on: Revision | Event, form: DecisionForm, request: SignedInRequest) -> bool:
    """Carry the decision out and say so; False, with the reason in the form, if it does not fit any more."""
    try:
        decision = act(on, by=request.user, reason=form.cleaned_data["reason"])
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    # The page that says so offers to take it back.
    kind = "undo-told" if decision.verb == Decision.Verb.HIDE else "undo"
    sentence = said(form.cleaned_data["verb"]) % {"title": on.title}
    messages.success(request, sentence, extra_tags=f"{kind} {decision.pk}")
    return True


def ready_words(verbs: Sequence[Decision.Verb], organisers: str) -> list[reasons.Group]:
    """What the decision bar offers to write, in the language of the *organisers*."""
    return reasons.ready_for(verbs, organisers=organisers, reader=get_language() or reasons.FALLBACK)


def words_with_ready(request: SignedInRequest) -> str:
    """What was typed, behind the ready-made words that were chosen."""
    return reasons.filled(request.POST.get("ready", ""), request.POST.get("reason", ""))
