"""All that one account did, and taking it back."""

from datetime import timedelta
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.views import SignedInRequest
from events.actions import Refused
from moderation import mass_undo
from moderation.forms import MassUndoForm
from moderation.mass_undo import Outcome
from moderation.views.room import for_moderators
from outbox.masking import masked

LATEST = 20
# How far back a moderator's decisions are taken back.
HOURS = (1, 6, 24, 72, 168)
USUAL_HOURS = 24


@require_http_methods(["GET", "HEAD", "POST"])
@for_moderators
def account(request: SignedInRequest, actor_id: UUID) -> HttpResponse:
    """What would happen, and after the button what did: `do` says which half of it was asked for."""
    by = request.user
    found = mass_undo.account_known_to(by, actor_id)
    if found is None:
        raise Http404
    hours = _hours_in(request.GET.get("hours", ""))
    do = request.POST.get("do")
    sent_form, decided_form = _sent_form(request, do, by), _decided_form(request, do)
    outcome, refusal = None, ""
    try:
        if sent_form.is_bound and sent_form.is_valid():
            outcome = mass_undo.undo_sent(found, by=by, **sent_form.cleaned_data)
        elif decided_form.is_bound and decided_form.is_valid():
            since = timezone.now() - timedelta(hours=hours)
            outcome = mass_undo.undo_decided(found, by=by, since=since, **decided_form.cleaned_data)
    except Refused as no:
        refusal = str(no)
    if outcome:
        sent_form, decided_form = _sent_form(request, None, by), _decided_form(request, None)
    context = {
        **_shown(found, by, hours),
        "sent_form": sent_form,
        "decided_form": decided_form,
        "refusal": refusal,
        "said": _said(outcome) if outcome else [],
        "refused": outcome.refused if outcome else [],
    }
    return render(request, "moderation/account.html", context, status=409 if refusal else 200)


def _hours_in(typed: str) -> int:
    return next((hours for hours in HOURS if str(hours) == typed), USUAL_HOURS)


def _sent_form(request: SignedInRequest, do: str | None, by: User) -> MassUndoForm:
    return MassUndoForm(
        request.POST if do == "sent" else None,
        auto_id="sent_%s",
        help_text=_("They get them by mail."),
        may_block=by.is_superuser,
    )


def _decided_form(request: SignedInRequest, do: str | None) -> MassUndoForm:
    return MassUndoForm(
        request.POST if do == "decided" else None,
        auto_id="decided_%s",
        help_text=_("Organisers whose protest is taken off the list, or put back, get them by mail."),
        may_block=False,
    )


def _shown(found: User, by: User, hours: int) -> dict[str, object]:
    """The account, as far as *by* may know it, and what the buttons would do."""
    now = timezone.now()
    is_moderator = mass_undo.is_moderator_under(by, found)
    latest = mass_undo.sent_to(by, found).select_related("event", "city").order_by("-submitted_at", "-pk")
    return {
        "account": found,
        # Who runs an edition knows its moderators; addresses of organisers are shown to nobody.
        "address": masked(found.email) if is_moderator else "",
        "is_self": found == by,
        "is_moderator": is_moderator,
        "latest": latest[:LATEST],
        "sent": mass_undo.sent_by(found, by),
        "hours": hours,
        "windows": [(choice, _window(choice)) for choice in HOURS],
        "decided": mass_undo.decided_by(found, by, since=now - timedelta(hours=hours)) if is_moderator else None,
    }


def _window(hours: int) -> str:
    if hours <= USUAL_HOURS:
        return ngettext("%(number)d hour", "%(number)d hours", hours) % {"number": hours}
    return ngettext("%(number)d day", "%(number)d days", hours // 24) % {"number": hours // 24}


def _said(outcome: Outcome) -> list[str]:
    """What was done, in sentences."""
    number = outcome.done
    sentences = {
        "closed": _("The account is closed."),
        "removed": ngettext(
            "They moderate %(number)d edition no more.", "They moderate %(number)d editions no more.", number["removed"]
        ),
        "rejected": ngettext(
            "%(number)d submission was rejected.", "%(number)d submissions were rejected.", number["rejected"]
        ),
        "hidden": ngettext(
            "%(number)d protest was taken off the list.",
            "%(number)d protests were taken off the list.",
            number["hidden"],
        ),
        "restored": ngettext(
            "%(number)d protest was put back on the list.",
            "%(number)d protests were put back on the list.",
            number["restored"],
        ),
        "undone": ngettext(
            "%(number)d decision was taken back.", "%(number)d decisions were taken back.", number["undone"]
        ),
        "appointed": ngettext(
            "%(number)d moderator whom they appointed was removed.",
            "%(number)d moderators whom they appointed were removed.",
            number["appointed"],
        ),
        "reopened": _("Reports that they had dismissed are open again."),
        "quarantined": _("What they had let out of quarantine is there again."),
        "signatures": _("Signatures that they had decided on wait again."),
        "reports": _("Reports on protests that they had published were taken down."),
        "trust": _("Their changes wait for a moderator again."),
        "trust_of_others": _("Whom they trusted is not trusted any more."),
    }
    said = [sentence % {"number": number[name]} for name, sentence in sentences.items() if number[name]]
    return said or [_("There was nothing to take back.")]
