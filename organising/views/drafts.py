"""Protests that are not sent yet: a list on the dashboard, each on a page with the form."""

import uuid
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.views import SignedInRequest
from events.actions import Refused
from events.forms import initial_from, initial_from_answers
from events.models import Campaign, EventDetails, Registration
from organising.actions import drafting
from organising.forms import DraftForm
from organising.listing import overview_of
from organising.models import Draft
from organising.views.protest import protest_page
from organising.views.room import room_run_by

# They hang on the day, which is another one in another edition; and nobody means to hide the new one as long.
_OF_THE_DAY = ("disclose_day", "disclose_time")
_NEVER = ("publish_day", "publish_time", "note", "names_place")


def _key(request: SignedInRequest) -> UUID:
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        return uuid.uuid4()


@login_required
@require_POST
def new(request: SignedInRequest) -> HttpResponse:
    """Keep what was typed into the form of the registration."""
    campaign = drafting.open_campaign()
    if campaign is None:
        return redirect("events:register")
    form = DraftForm(request.POST, campaign=campaign)
    try:
        draft = drafting.keep_draft(_key(request), form.answers, campaign, by=request.user)
    except Refused as refusal:
        return _page(
            request, Draft(campaign=campaign, user=request.user, answers="{}"), form, refusal=str(refusal), status=409
        )
    return redirect("organising:draft", draft.key)


@login_required
@require_POST
def duplicate(request: SignedInRequest, public_id: str) -> HttpResponse:
    """A draft that says what a protest says, of this edition or an earlier one."""
    room = room_run_by(request.user, public_id)
    campaign = drafting.open_campaign()
    try:
        if campaign is None:
            raise Refused(_("No edition takes new protests at the moment."))
        answers = _answers_from(overview_of(room.event).shown, campaign)
        draft = drafting.keep_draft(_key(request), answers, campaign, by=request.user)
    except Refused as refusal:
        return protest_page(request, room, status=409, refusal=str(refusal))
    return redirect("organising:draft", draft.key)


def _answers_from(details: EventDetails, campaign: Campaign) -> dict[str, list[str]]:
    """What somebody would type to say the same; without the day if it does not lie in the edition."""
    form = DraftForm(campaign=campaign, current=details, initial=initial_from(details))
    dropped = {*_NEVER, *([] if campaign.allows_day(details.day) else ["day", *_OF_THE_DAY])}
    values = {name: form[name].value() for name in form.fields if name not in dropped}
    return {
        name: [str(one) for one in value] if isinstance(value, list) else [str(value)]
        for name, value in values.items()
        if value not in (None, "", [])
    }


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: SignedInRequest, key: UUID) -> HttpResponse:
    found = Draft.objects.select_related("campaign").filter(key=key, user=request.user).first()
    if found is None:
        sent = get_object_or_404(Registration, key=key, recipient=request.user.recipient)
        return redirect("events:register_done", sent.key)
    if request.method != "POST":
        return _page(request, found, DraftForm(campaign=found.campaign, initial=initial_from_answers(found.typed)))
    form = DraftForm(request.POST, campaign=found.campaign)
    return _save(request, found, form) if "save" in request.POST else _send(request, found, form)


def _save(request: SignedInRequest, found: Draft, form: DraftForm) -> HttpResponse:
    try:
        drafting.keep_draft(found.key, form.answers, found.campaign, by=request.user)
    except Refused as refusal:
        return _page(request, found, form, refusal=str(refusal), status=409)
    return redirect("organising:dashboard")


def _send(request: SignedInRequest, found: Draft, form: DraftForm) -> HttpResponse:
    if not form.is_valid():
        return _page(request, found, form)
    try:
        drafting.send_draft(
            found,
            form.details(contact_email=request.user.email),
            note=form.cleaned_data["note"],
            publish_at=form.publish_at,
            language=get_language() or "en",
            by=request.user,
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, found, form)
    return redirect("events:register_done", found.key)


def _page(
    request: SignedInRequest, found: Draft, form: DraftForm, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    context = {"draft": found, "form": form, "refusal": refusal}
    return render(request, "organising/draft.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: SignedInRequest, key: UUID) -> HttpResponse:
    found = get_object_or_404(Draft, key=key, user=request.user)
    if request.method != "POST":
        return render(request, "organising/draft_delete.html", {"draft": found})
    drafting.delete_draft(found, by=request.user)
    return redirect("organising:dashboard")
