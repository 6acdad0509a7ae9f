"""Many protests from a file: look through it, then take what can be taken."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import limits
from accounts.views import SignedInRequest
from events.actions import Refused
from events.blocklist import MOST_A_DAY
from events.views.answers import refused
from organising.actions import drafting
from organising.forms import ImportForm
from organising.importing import MOST_ROWS, Unreadable, look_through
from organising.importing.dry_run import Verdict, form_of, know_countries, verdict_on
from organising.importing.tables import COLUMNS
from organising.models import Import

# What becomes a draft.
TAKEN = {Verdict.NEW, Verdict.INCOMPLETE}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: SignedInRequest) -> HttpResponse:
    campaign = drafting.open_campaign()
    if campaign is None:
        return render(request, "organising/import.html", {"form": None})
    if request.method != "POST":
        return _upload_page(request, ImportForm(campaign=campaign))
    form = ImportForm(request.POST, request.FILES, campaign=campaign)
    if not form.is_valid():
        return _upload_page(request, form)

    def again(*, is_unavailable: bool = False, wait: str = "") -> HttpResponse:
        return _upload_page(request, form, is_unavailable=is_unavailable, wait=wait)

    answer = refused([(limits.IMPORTS_OF_ACCOUNT, str(request.user.pk))], again)
    if answer:
        return answer
    data = form.cleaned_data
    try:
        rows = look_through(data["file"], campaign, country=data["country"], by=request.user)
    except Unreadable as trouble:
        form.add_error("file", str(trouble))
        return _upload_page(request, form)
    found = drafting.keep_import([row.as_json() for row in rows], campaign, by=request.user)
    return redirect("organising:imported", found.key)


def _upload_page(request: SignedInRequest, form: ImportForm, **context: object) -> HttpResponse:
    shown = {"form": form, "most": MOST_ROWS, "columns": COLUMNS, **context}
    return render(request, "organising/import.html", shown)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def imported(request: SignedInRequest, key: UUID) -> HttpResponse:
    """What was found in a file, and the button that takes it."""
    found = get_object_or_404(Import.objects.select_related("campaign"), key=key, user=request.user)
    if request.method != "POST":
        return _found_page(request, found)
    try:
        _take(found, request)
    except Refused as refusal:
        return _found_page(request, found, refusal=str(refusal), status=409)
    return redirect("organising:dashboard")


def _take(found: Import, request: SignedInRequest) -> None:
    """Look at each row once more: an hour may have passed since."""
    if found.taken_at is None:
        campaign = drafting.open_campaign()
        if campaign is None or campaign.pk != found.campaign_id:
            raise Refused(_("This Day of Action is closed: protests can no longer be registered or changed."))
        know_countries(campaign)
        forms = [
            (row["fingerprint"], row["number"], form_of(row["answers"], campaign))
            for row in found.listed
            if row["verdict"] in TAKEN
        ]
        is_sent = "send" in request.POST
        wanted = {Verdict.NEW} if is_sent else TAKEN
        gone = [number for _name, number, form in forms if verdict_on(form) not in wanted]
        if gone:
            message = _("Row %(number)d cannot be taken any more, so nothing was taken. Choose the file again.")
            raise Refused(message % {"number": gone[0]})
        taken = [(name, form) for name, _number, form in forms]
        drafting.take_import(found, taken, is_sent=is_sent, by=request.user)


def _found_page(request: SignedInRequest, found: Import, *, refusal: str = "", status: int = 200) -> HttpResponse:
    rows = found.listed
    new = sum(row["verdict"] in TAKEN for row in rows)
    is_complete = all(row["verdict"] != Verdict.INCOMPLETE for row in rows)
    context = {
        "found": found,
        "rows": rows,
        "new": new,
        "others": len(rows) - new,
        "may_send": is_complete and new <= drafting.MOST_SENT,
        "is_over": found.expires_at <= timezone.now(),
        "most_sent": drafting.MOST_SENT,
        "most_a_day": MOST_A_DAY,
        "refusal": refusal,
    }
    return render(request, "organising/imported.html", context, status=status)
