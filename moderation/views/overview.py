"""Where something is missing, how long people wait, and the table of all decisions."""

from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.views import SignedInRequest
from events.models import Campaign
from moderation import export
from moderation.forms import ExportForm
from moderation.overview import lists, waiting
from moderation.overview.lists import Asked
from moderation.permissions import campaigns_of, campaigns_run_by
from moderation.views.room import for_moderators

# Of each list on the page of all; and on a page of its own.
FIRST = 20
PAGE = 50


@require_safe
@for_moderators
def overview(request: SignedInRequest) -> HttpResponse:
    """All lists, waiting times and decisions of one edition."""
    return _page(request, _export_form(request))


@require_safe
@for_moderators
def whole_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """One of the lists to its end."""
    if slug not in lists.NAMES:
        raise Http404
    asked = _asked(request)
    listing = lists.listing(slug, asked, after=request.GET.get("after", ""), most=PAGE)
    context = {"campaign": asked.campaign, "listing": listing}
    return render(request, "moderation/overview_list.html", context)


@require_safe
@for_moderators
def decisions_csv(request: SignedInRequest) -> HttpResponseBase:
    """All decisions of an edition that this person runs, of some days or all."""
    runs = list(campaigns_run_by(request.user))
    present = _present(runs)
    form = ExportForm(request.GET, campaigns=runs)
    if not form.is_valid():
        return _page(request, form, status=400)
    campaign = form.campaigns.get(form.cleaned_data["campaign"], present)
    decisions = export.decisions_of(campaign, since=form.cleaned_data["since"], until=form.cleaned_data["until"])
    return StreamingHttpResponse(
        export.as_csv(decisions),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="decisions-{campaign.slug}.csv"'},
    )


def _present(campaigns: list[Campaign]) -> Campaign:
    """The present one of *campaigns*, else the latest; 404 if there is none."""
    if not campaigns:
        raise Http404
    current = Campaign.objects.current()
    return current if current and current in campaigns else campaigns[0]


def _asked(request: SignedInRequest) -> Asked:
    """The edition that the address names, else the present one."""
    theirs = list(campaigns_of(request.user))
    named = request.GET.get("campaign", "")
    chosen = next((campaign for campaign in theirs if campaign.slug == named), None)
    return Asked(request.user, chosen or _present(theirs), timezone.now())


def _export_form(request: SignedInRequest) -> ExportForm | None:
    """Only for those who run an edition."""
    runs = list(campaigns_run_by(request.user))
    return ExportForm(campaigns=runs, initial={"campaign": _present(runs).slug}) if runs else None


def _page(request: SignedInRequest, form: ExportForm | None, status: int = 200) -> HttpResponse:
    asked = _asked(request)
    context = {
        "campaign": asked.campaign,
        "campaigns": campaigns_of(request.user),
        "lists": [lists.listing(name, asked, most=FIRST) for name in lists.NAMES],
        "waiting": waiting.waiting_times(asked.user, asked.campaign, asked.now),
        "decisions": waiting.decisions(asked.user, asked.campaign, asked.now),
        "export_form": form,
    }
    return render(request, "moderation/overview.html", context, status=status)
