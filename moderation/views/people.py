"""Who moderates an edition, for its admins; and a moderator's own page."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.views import SignedInRequest
from events.actions import Refused
from events.models import Campaign
from moderation import people
from moderation.models import MailChoice
from moderation.people_forms import AppointForm, HolidayForm, MailChoiceForm, RightsForm
from moderation.permissions import campaigns_run_by
from moderation.views.room import for_moderators
from outbox.tasks import send_soon


def _run_by(user: User, slug: str) -> Campaign:
    return get_object_or_404(campaigns_run_by(user), slug=slug)


@require_safe
@for_moderators
def index(request: SignedInRequest) -> HttpResponse:
    campaigns = campaigns_run_by(request.user).exclude(state=Campaign.State.ARCHIVED)
    if not campaigns:
        raise Http404
    editions = [(campaign, people.people_of(campaign)) for campaign in campaigns]
    return render(request, "moderation/people.html", {"editions": editions, "today": timezone.now().date()})


@require_http_methods(["GET", "HEAD", "POST"])
@for_moderators
def appoint(request: SignedInRequest, slug: str) -> HttpResponse:
    campaign = _run_by(request.user, slug)
    form = AppointForm(request.POST or None, campaign=campaign)
    if request.method == "POST" and form.is_valid():
        try:
            people.appoint(campaign, form.cleaned_data["address"], form.rights, by=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            send_soon()
            messages.success(request, _("Appointed. A mail is on its way."))
            return redirect("moderation:people")
    return render(request, "moderation/appoint.html", {"campaign": campaign, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@for_moderators
def person(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Change what somebody looks after, send them on holiday, or remove them: `do` says which form was sent."""
    campaign = _run_by(request.user, slug)
    found = next((one for one in people.people_of(campaign) if one.user.pk == pk), None)
    if found is None:
        raise Http404
    do, by = request.POST.get("do", ""), request.user
    chosen = {"role": found.rights.role, "countries": found.rights.countries, "languages": found.rights.languages}
    rights = RightsForm(request.POST if do == "change" else None, campaign=campaign, initial=chosen)
    holiday = HolidayForm(request.POST if do == "holiday" else None)
    refusal = ""
    if rights.is_bound and rights.is_valid():
        refusal = _refusal(lambda: people.change_rights(campaign, found.user, rights.rights, by=by))
    elif holiday.is_bound and holiday.is_valid():
        refusal = _refusal(lambda: people.go_on_holiday(campaign, found.user, holiday.holiday, by=by))
    elif do == "back":
        people.come_back(campaign, found.user, by=by)
    elif do == "remove":
        refusal = _refusal(lambda: people.remove(campaign, found.user, by=by))
    is_done = do and not (refusal or rights.errors or holiday.errors)
    if is_done:
        return redirect("moderation:people" if by.is_superuser or campaigns_run_by(by).exists() else "moderation:me")
    context = {"campaign": campaign, "person": found, "form": rights, "holiday_form": holiday, "refusal": refusal}
    return render(request, "moderation/person.html", context, status=409 if refusal else 200)


def _refusal(act: Callable[[], None]) -> str:
    """Do it; why it was refused, or nothing."""
    try:
        act()
    except Refused as refusal:
        return str(refusal)
    return ""


@require_http_methods(["GET", "HEAD", "POST"])
@for_moderators
def me(request: SignedInRequest) -> HttpResponse:
    """A moderator's own mails and holidays."""
    user, do = request.user, request.POST.get("do", "")
    choice = MailChoice.objects.filter(user=user).first() or MailChoice(user=user)
    mails = MailChoiceForm(request.POST if do == "mails" else None, instance=choice)
    places = people.places_of(user)
    named = next((campaign for campaign, _rows in places if campaign.slug == request.POST.get("campaign")), None)
    away = HolidayForm(request.POST if do == "holiday" and named else None)
    refusal = ""
    if mails.is_bound and mails.is_valid():
        mails.save()
        messages.success(request, _("Kept."))
    elif named and away.is_bound and away.is_valid():
        refusal = _refusal(lambda: people.go_on_holiday(named, user, away.holiday, by=user))
    elif named and do == "back":
        people.come_back(named, user, by=user)
    if do and not (refusal or mails.errors or away.errors):
        return redirect("moderation:me")
    context = {
        "mail_form": mails,
        "places": [(campaign, rows, people.holiday_in(rows)) for campaign, rows in places],
        "asked": named,
        "holiday_form": away,
        "empty_form": HolidayForm(),
        "refusal": refusal,
        "runs_an_edition": campaigns_run_by(user).exclude(state=Campaign.State.ARCHIVED).exists(),
    }
    return render(request, "moderation/me.html", context, status=409 if refusal else 200)
