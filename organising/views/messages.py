"""What moderators said of a protest, and writing back."""

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.views import SignedInRequest
from events.actions import Refused
from events.forms.message import MessageForm
from organising import actions
from organising.permissions import can_write
from organising.talk import talk_of
from organising.views.room import room_run_by


@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def messages(request: SignedInRequest, public_id: str) -> HttpResponse:
    room = room_run_by(request.user, public_id)
    form, status = MessageForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            actions.write_to_moderators(room.event, typed["message"], key=typed["key"], by=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = 409
        else:
            notes.success(request, _("The moderators have your message. They answer by mail and here."))
            return redirect("organising:messages", public_id)
    context = {
        "room": room,
        "form": form,
        "talk": talk_of(room.event, request.user),
        "may_write": can_write(room.event),
    }
    return render(request, "organising/messages.html", context, status=status)
