"""Inviting from the page of a protest's or a collective's people, and the page that an invitation leads to."""

from typing import Protocol

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import limits
from accounts.views import SignedInRequest, log_in_as_invited
from events.actions import Refused
from events.models import Event
from events.views.answers import refused
from organising.actions import invitations
from organising.emails.people import public_name, what_is_public
from organising.forms.people import InviteForm, RoleForm
from organising.groups import ROLE_WORDS, Group, ids_of, rows_of
from organising.models import Invitation
from organising.tokens import invitation_of, invitation_url
from outbox.tasks import send_soon
from outbox.tokens import BadToken


class Page(Protocol):
    """The page with what was typed; `refusal`, `wait` or `is_unavailable` say why it is shown again."""

    def __call__(
        self, *, status: int = 200, refusal: str = "", is_unavailable: bool = False, wait: str = ""
    ) -> HttpResponse: ...


class Inviting:
    """The two forms that invite, and the invitations that are open."""

    def __init__(self, request: SignedInRequest, group: Group) -> None:
        self.request, self.group = request, group
        do = request.POST.get("do", "")
        self.by_mail = InviteForm(request.POST if do == "invite" else None, group=group)
        typed = request.POST if do == "link" else None
        self.by_link = RoleForm(typed, group=group, by_link=True, auto_id="link_%s")

    def context(self, *, is_shown: bool) -> dict[str, object]:
        """Nobody but who invites sees links: whoever holds one can come in."""
        return {
            "invite_form": self.by_mail,
            "link_form": self.by_link,
            "invitations": open_invitations(self.group) if is_shown else [],
            "most_uses": Invitation.MOST_USES,
        }

    def answer(self, page: Page) -> HttpResponse | None:
        """What was sent, done; None, or the page that says why not."""
        form = self.by_mail if self.by_mail.is_bound else self.by_link
        if not form.is_bound or not form.is_valid():
            return page()
        if form is self.by_mail:
            address = form.cleaned_data["address"]
            wait = refused(limits.invitation_claims(self.request.user.pk, address), page)
            if wait:
                return wait
        try:
            self._invite()
        except Refused as refusal:
            return page(status=409, refusal=str(refusal))
        return None

    def _invite(self) -> None:
        by = self.request.user
        if self.by_mail.is_bound:
            typed = self.by_mail.cleaned_data
            invitations.invite_by_mail(self.group, typed["address"], typed["role"], by=by)
            messages.success(self.request, _("Invited. A mail is on its way; one mailbox gets one such mail a day."))
            send_soon()
        else:
            invitations.invite_by_link(self.group, self.by_link.cleaned_data["role"], by=by)
            messages.success(self.request, _("The link stands below. Give it only to people whom you know."))


def open_invitations(group: Group) -> list[dict[str, object]]:
    living = Invitation.objects.living(timezone.now()).filter(**ids_of(group)).order_by("-created_at", "-pk")
    return [
        {
            "invitation": invitation,
            "role": ROLE_WORDS[invitation.role],
            "url": invitation_url(invitation) if invitation.is_link else "",
        }
        for invitation in living
    ]


def end_invitation(request: SignedInRequest, group: Group, invitation: Invitation) -> str:
    """Revoke it or, for `do=rotate`, make it anew; why it was refused, or nothing."""
    try:
        if request.POST.get("do") == "rotate":
            invitations.rotate(group, invitation, by=request.user)
        else:
            invitations.revoke(group, invitation, by=request.user)
    except Refused as refusal:
        return str(refusal)
    return ""


@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What somebody is invited to. Whoever is not logged in does that first; one mailed to somebody else is no good."""
    try:
        found = invitation_of(token)
    except BadToken as error:
        return _bad(request, is_old=error.is_old)
    do = request.POST.get("do")
    if request.method == "POST" and do in {"decline", "never_again"} and found.recipient:
        if do == "decline":
            invitations.decline(found)
        else:
            invitations.never_again(found.recipient)
        return render(request, "organising/invitation_declined.html")
    if not request.user.is_authenticated:
        return log_in_as_invited(request, found.recipient) if request.method == "POST" else _shown(request, found)
    if found.recipient_id not in {None, request.user.recipient_id}:
        return _bad(request, is_of_another=True)
    if request.method != "POST":
        return _shown(request, found)
    return _accept(request, found)


def _bad(request: HttpRequest, **context: bool) -> HttpResponse:
    return render(request, "organising/bad_invitation.html", context, status=404)


def _shown(request: HttpRequest, found: Invitation) -> HttpResponse:
    group = found.event or found.collective
    assert group is not None  # noqa: S101 # a constraint sees to it
    is_there = request.user.is_authenticated and rows_of(group).filter(user=request.user, role=found.role).exists()
    context = {
        "invitation": found,
        "is_protest": isinstance(group, Event),
        # Whoever holds the link may be anybody.
        "name": public_name(group),
        "about": what_is_public(group),
        "role": ROLE_WORDS[found.role],
        "is_there": is_there,
    }
    return render(request, "organising/invitation.html", context)


def _accept(request: HttpRequest, found: Invitation) -> HttpResponse:
    try:
        group = invitations.accept(found, by=request.user)  # type: ignore[arg-type] # is logged in
    except Refused:
        return _bad(request, is_old=True)
    send_soon()
    return redirect("organising:protest" if isinstance(group, Event) else "organising:collective", group.public_id)
