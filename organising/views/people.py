"""Who organises a protest: the list, roles, invitations, the collective that hosts; and leaving."""

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.views import SignedInRequest
from events.actions import Refused
from events.models import Collective, Organiser
from organising.actions import hosting, people
from organising.forms.people import HostForm, LabelForm, RoleForm
from organising.groups import Person, people_of
from organising.models import Invitation
from organising.views.inviting import Inviting, end_invitation
from organising.views.room import Room, room_of, room_owned_by, room_run_by
from outbox.tasks import send_soon


def _page(
    request: SignedInRequest, room: Room, inviting: Inviting, status: int = 200, **context: object
) -> HttpResponse:
    mine = Collective.objects.run_by(request.user).exclude(state=Collective.State.HIDDEN).order_by("name")
    shown = {
        "room": room,
        "people": people_of(room.event, reader=request.user),
        "host_form": HostForm(mine=mine) if mine else None,
        **inviting.context(is_shown=room.is_owned),
        **context,
    }
    return render(request, "organising/people.html", shown, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def people_page(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Everybody in the list; what is sent says in `do` which form it was. Only owners send."""
    room = room_run_by(request.user, public_id)
    if request.method == "POST" and not room.is_owned:
        raise PermissionDenied
    inviting = Inviting(request, room.event)
    page = partial(_page, request, room, inviting)
    if request.method != "POST":
        return page()
    if request.POST.get("do") in {"host", "end_hosting"}:
        return _change_host(request, room, inviting)
    return inviting.answer(page) or redirect("organising:people", public_id)


def _change_host(request: SignedInRequest, room: Room, inviting: Inviting) -> HttpResponse:
    mine = Collective.objects.run_by(request.user).exclude(state=Collective.State.HIDDEN)
    form = HostForm(request.POST, mine=mine)
    is_ending = request.POST["do"] == "end_hosting"
    if not is_ending and not form.is_valid():
        return _page(request, room, inviting, host_form=form)
    try:
        if is_ending:
            hosting.end_hosting(room.event, by=request.user)
        else:
            hosting.set_host(room.event, form.cleaned_data["host"], by=request.user)
    except Refused as refusal:
        return _page(request, room, inviting, status=409, refusal=str(refusal))
    send_soon()
    return redirect("organising:people", room.event.public_id)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: SignedInRequest, public_id: str, pk: int) -> HttpResponse:
    """One person: what they are called, their role, handing over, removing."""
    room = room_owned_by(request.user, public_id)
    organiser = get_object_or_404(room.event.organisers.select_related("user", "collective"), pk=pk)
    if request.method == "POST":
        refused = _do(request, room, organiser)
        return refused or redirect("organising:people", public_id)
    return _person_page(request, room, organiser)


def _person_page(
    request: SignedInRequest, room: Room, organiser: Organiser, status: int = 200, **context: object
) -> HttpResponse:
    shown = {
        "room": room,
        "person": Person(organiser, organiser.user_id == request.user.pk),
        "role_form": RoleForm(group=room.event, initial={"role": organiser.role}),
        "label_form": LabelForm(initial={"label": organiser.label}),
        **context,
    }
    return render(request, "organising/person.html", shown, status=status)


def _do(request: SignedInRequest, room: Room, organiser: Organiser) -> HttpResponse | None:
    """What was asked for, or why not."""
    do, event, by = request.POST.get("do", ""), room.event, request.user
    role = RoleForm(request.POST if do == "role" else None, group=event)
    label = LabelForm(request.POST if do == "label" else None)
    if (do == "role" and not role.is_valid()) or (do == "label" and not label.is_valid()):
        forms = {"role_form": role} if do == "role" else {"label_form": label}
        return _person_page(request, room, organiser, **forms)
    try:
        if do == "role":
            people.change_role(event, organiser, role.cleaned_data["role"], by=by)
        elif do == "label":
            people.set_label(event, organiser, label.cleaned_data["label"], by=by)
        elif do == "hand_over":
            people.hand_over(event, organiser, by=by)
        elif do == "remove":
            people.remove(event, organiser, by=by)
    except Refused as refusal:
        return _person_page(request, room, organiser, status=409, refusal=str(refusal))
    send_soon()
    return None


@login_required
@require_POST
def change_invitation(request: SignedInRequest, public_id: str, pk: int) -> HttpResponse:
    """Revoke an invitation, or make a link anew."""
    room = room_owned_by(request.user, public_id)
    invitation = get_object_or_404(Invitation, event=room.event, pk=pk)
    refusal = end_invitation(request, room.event, invitation)
    if refusal:
        return _page(request, room, Inviting(request, room.event), status=409, refusal=refusal)
    return redirect("organising:people", public_id)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Everybody may go; the last owner is told what to do first."""
    room = room_of(request.user, public_id)
    if request.method != "POST":
        return render(request, "organising/leave.html", {"room": room})
    try:
        people.leave(room.event, by=request.user)
    except Refused as refusal:
        return render(request, "organising/leave.html", {"room": room, "refusal": str(refusal)}, status=409)
    messages.success(request, _("You have left. Nothing of it is open to you any more."))
    return redirect("organising:dashboard")
