"""Collectives of mine: their texts, people, protests and what they support."""

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.views import SignedInRequest
from events.actions import Refused
from events.models import Campaign, Collective, Event, EventSupport, Membership
from organising.actions import collectives, hosting, people, support
from organising.forms.collectives import CollectiveForm, FoundForm
from organising.forms.people import RoleForm
from organising.groups import Person, people_of
from organising.models import Invitation
from organising.views.inviting import Inviting, end_invitation
from outbox.tasks import send_soon


def collective_of(user: User, public_id: str) -> Membership:
    """*user*'s membership in it. Raises Http404 for whoever is no member."""
    return get_object_or_404(
        Membership.objects.select_related("collective"), user=user, collective__public_id=public_id
    )


def collective_run_by(user: User, public_id: str) -> Collective:
    """One that *user* speaks for. Raises Http404 for a stranger, PermissionDenied for a member."""
    membership = collective_of(user, public_id)
    if membership.role != Membership.Role.ADMIN:
        raise PermissionDenied
    return membership.collective


@login_required
@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    mine = Membership.objects.filter(user=request.user).select_related("collective")
    counted = mine.annotate(protests=Count("collective__hosted")).order_by("collective__name", "pk")
    return render(request, "organising/collectives.html", {"memberships": counted})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def found(request: SignedInRequest) -> HttpResponse:
    campaign = Campaign.objects.current()
    taking_part = list(campaign.countries.values_list("country", flat=True)) if campaign else []
    form = FoundForm(request.POST or None, taking_part=taking_part)
    if request.method == "POST" and form.is_valid():
        try:
            made = collectives.found_collective(form.texts, form.cleaned_data["country"], by=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("organising:collective", made.public_id)
    return render(request, "organising/collective_form.html", {"form": form})


def _page(
    request: SignedInRequest, membership: Membership, inviting: Inviting, status: int = 200, **context: object
) -> HttpResponse:
    one = membership.collective
    is_admin = membership.role == Membership.Role.ADMIN
    shown = {
        "collective": one,
        "is_admin": is_admin,
        "people": people_of(one, reader=request.user),
        "hosted": one.hosted.select_related("city").in_order(),
        "supports": one.supports.select_related("event__city").order_by("state", "-pk"),
        **inviting.context(is_shown=is_admin),
        **context,
    }
    return render(request, "organising/collective.html", shown, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def collective(request: SignedInRequest, public_id: str) -> HttpResponse:
    """All of one collective; what is sent says in `do` which form it was. Only admins send."""
    membership = collective_of(request.user, public_id)
    if request.method == "POST" and membership.role != Membership.Role.ADMIN:
        raise PermissionDenied
    inviting = Inviting(request, membership.collective)
    page = partial(_page, request, membership, inviting)
    if request.method != "POST":
        return page()
    if request.POST.get("do") in {"offer", "confirm", "end", "end_hosting"}:
        try:
            _act(request, membership.collective)
        except Refused as refusal:
            return page(status=409, refusal=str(refusal))
        send_soon()
    else:
        answer = inviting.answer(page)
        if answer:
            return answer
    return redirect("organising:collective", public_id)


def _act(request: SignedInRequest, one: Collective) -> None:
    """Offer, confirm or end support; end hosting. Raises Refused, also for a protest that is not public."""
    do, public_id, by = (
        request.POST["do"],
        request.POST.get("protest", "").replace("\0", "").strip()[-200:],
        request.user,
    )
    if do == "offer":
        event = _event_named(public_id)
        support.offer(event, one, by=by)
        messages.success(request, _("Offered. The organisers are asked by mail."))
    elif do == "end_hosting":
        hosting.end_hosting(get_object_or_404(one.hosted, public_id=public_id), by=by)
    else:
        known = EventSupport.objects.select_related("event", "collective").filter(collective=one)
        asked = get_object_or_404(known, event__public_id=public_id)
        (support.confirm if do == "confirm" else support.end)(asked, by=by)


def _event_named(typed: str) -> Event:
    """The protest behind an address of its page, or behind its id."""
    last = typed.rstrip("/").rpartition("/")[2]
    event = Event.objects.visible().filter(public_id=last[:8]).first()
    if event is None:
        raise Refused(_("There is no public protest with this address."))
    return event


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, public_id: str) -> HttpResponse:
    one = collective_run_by(request.user, public_id)
    form = CollectiveForm(request.POST or None, initial=one.newest_texts)
    if request.method == "POST" and form.is_valid():
        try:
            collectives.propose_texts(one, form.texts, by=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("organising:collective", public_id)
    return render(request, "organising/collective_form.html", {"form": form, "collective": one})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def member(request: SignedInRequest, public_id: str, pk: int) -> HttpResponse:
    one = collective_run_by(request.user, public_id)
    row = get_object_or_404(one.memberships.select_related("user"), pk=pk)
    form = RoleForm(request.POST if request.POST.get("do") == "role" else None, group=one, initial={"role": row.role})
    refusal = ""
    if request.method == "POST" and (not form.is_bound or form.is_valid()):
        try:
            _change(request, one, row, form)
        except Refused as refused:
            refusal = str(refused)
        else:
            send_soon()
            is_still_in = one.memberships.filter(user=request.user).exists()
            return redirect("organising:collective", public_id) if is_still_in else redirect("organising:collectives")
    context = {"collective": one, "person": Person(row, row.user_id == request.user.pk), "role_form": form}
    status = 409 if refusal else 200
    return render(request, "organising/member.html", {**context, "refusal": refusal}, status=status)


def _change(request: SignedInRequest, one: Collective, row: Membership, form: RoleForm) -> None:
    do = request.POST.get("do")
    if do == "role":
        people.change_role(one, row, form.cleaned_data["role"], by=request.user)
    elif do == "hand_over":
        people.hand_over(one, row, by=request.user)
    elif do == "remove":
        people.remove(one, row, by=request.user)


@login_required
@require_POST
def change_invitation(request: SignedInRequest, public_id: str, pk: int) -> HttpResponse:
    one = collective_run_by(request.user, public_id)
    refusal = end_invitation(request, one, get_object_or_404(Invitation, collective=one, pk=pk))
    if refusal:
        membership = collective_of(request.user, public_id)
        return _page(request, membership, Inviting(request, one), status=409, refusal=refusal)
    return redirect("organising:collective", public_id)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: SignedInRequest, public_id: str) -> HttpResponse:
    one = collective_of(request.user, public_id).collective
    if request.method != "POST":
        return render(request, "organising/leave_collective.html", {"collective": one})
    try:
        people.leave(one, by=request.user)
    except Refused as refusal:
        context = {"collective": one, "refusal": str(refusal)}
        return render(request, "organising/leave_collective.html", context, status=409)
    messages.success(request, _("You have left. Nothing of it is open to you any more."))
    return redirect("organising:collectives")
