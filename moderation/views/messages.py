"""What was said about a protest, and writing to its organisers without a decision."""

from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.views import SignedInRequest
from events.actions import Refused
from events.forms.message import MessageForm
from moderation.messages import write_to_organisers
from moderation.permissions import conversations_of, is_own
from moderation.timeline import timeline_of
from moderation.views.room import for_moderators
from outbox.tasks import send_soon


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@for_moderators
def messages(request: SignedInRequest, public_id: str) -> HttpResponse:
    event = get_object_or_404(conversations_of(request.user), public_id=public_id)
    form, status = MessageForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            write_to_organisers(event, typed["message"], key=typed["key"], by=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = 409
        else:
            send_soon()
            notes.success(request, _("Your message is on its way."))
            return redirect("moderation:messages", public_id)
    context = {
        "event": event,
        "form": form,
        "is_own": is_own(event, request.user),
        "timeline": timeline_of(event, request.user),
        "open": event.revisions.open().first(),
    }
    return render(request, "moderation/messages.html", context, status=status)
