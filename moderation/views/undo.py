"""Taking a decision back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.views import SignedInRequest
from events.actions import Refused
from moderation import actions
from moderation.permissions import decisions_of
from moderation.views.room import for_moderators


@require_POST
@for_moderators
def undo(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a decision back, one's own or another moderator's, and show what it was about."""
    decision = get_object_or_404(decisions_of(request.user).select_related("event", "revision"), pk=pk)
    about = decision.revision or decision.event
    try:
        actions.undo_decision(decision, by=request.user)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Taken back: %(title)s") % {"title": about.title})
    if decision.revision_id:
        return redirect("moderation:revision", decision.revision_id)
    return redirect("moderation:protest", decision.event.public_id)
