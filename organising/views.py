"""The organiser's rooms: all protests of mine, one of them, and what I can do with it."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms import LanguageForm
from accounts.views import SignedInRequest
from events.actions import Refused
from events.forms import initial_from
from events.models import Event, Revision
from events.views.pictures import keep_chosen_picture, picture_file
from organising import actions
from organising.forms import CancelForm, EditForm
from organising.listing import Overview, overviews
from organising.permissions import protests_of


def _mine(request: SignedInRequest, public_id: str) -> Overview:
    """A protest of mine; anybody else's does not exist."""
    event = get_object_or_404(protests_of(request.user), public_id=public_id)
    return overviews(Event.objects.filter(pk=event.pk))[0]


def _page(request: HttpRequest, overview: Overview, status: int = 200, **context: object) -> HttpResponse:
    return render(request, "organising/protest.html", {"mine": overview, **context}, status=status)


@login_required
@require_safe
def dashboard(request: SignedInRequest) -> HttpResponse:
    language = LanguageForm(initial={"language": request.user.language})
    protests = overviews(protests_of(request.user))
    return render(request, "organising/dashboard.html", {"protests": protests, "language_form": language})


@login_required
@require_safe
def protest(request: SignedInRequest, public_id: str) -> HttpResponse:
    return _page(request, _mine(request, public_id))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, public_id: str) -> HttpResponse:
    mine = _mine(request, public_id)
    if not mine.may_edit and request.method != "POST":
        return _page(request, mine, status=409, is_refused=True)
    current = mine.to_edit
    is_sent = request.method == "POST"
    form = EditForm(
        request.POST if is_sent else None,
        request.FILES if is_sent else None,
        campaign=mine.event.campaign,
        current=current,
        initial=initial_from(current),
    )
    if is_sent:
        form.full_clean()
        keep_chosen_picture(request, form)
    if is_sent and form.is_valid():
        try:
            details = form.details(contact_email=current.contact_email)
            actions.submit_edit(mine.event, details, by=request.user, note=form.cleaned_data["note"])
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("organising:protest", public_id)
    # What has become impossible meanwhile still shows what was typed.
    status = 200 if mine.may_edit else 409
    return render(request, "organising/edit.html", {"form": form, "mine": mine}, status=status)


@login_required
@require_safe
def picture(request: SignedInRequest, key: UUID, width: int) -> HttpResponse:
    """A picture of one of my protests, public or not yet."""
    mine = protests_of(request.user)
    return picture_file(key, width, mine, Revision.objects.filter(event__in=mine))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: SignedInRequest, public_id: str) -> HttpResponse:
    mine = _mine(request, public_id)
    if request.method != "POST":
        return render(request, "organising/withdraw.html", {"mine": mine})
    try:
        actions.withdraw(mine.event, by=request.user)
    except Refused as refusal:
        return _page(request, mine, status=409, refusal=str(refusal))
    return redirect("organising:protest", public_id)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: SignedInRequest, public_id: str) -> HttpResponse:
    mine = _mine(request, public_id)
    form = CancelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.cancel_event(mine.event, by=request.user, reason=form.cleaned_data["cancel_reason"])
        except Refused as refusal:
            return _page(request, mine, status=409, refusal=str(refusal))
        return redirect("organising:protest", public_id)
    return render(request, "organising/cancel.html", {"form": form, "mine": mine})
