"""The appeal, who has signed it, and signing it. A GET changes nothing: mail scanners open every link."""

from functools import partial
from itertools import groupby

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_safe

from accounts import limits
from events import markdown, sign_ons, tokens
from events.folding import in_order
from events.forms.appeal import SignOnForm
from events.models import Campaign, SignOn
from events.names import country_name
from events.views.answers import number_in, refused, with_token
from events.views.pages import cacheable
from outbox.models import Recipient
from outbox.tasks import send_soon


def _by_country(signed: list[SignOn]) -> list[tuple[str, list[SignOn]]]:
    """Under the names of their countries, both in order."""
    signed.sort(key=lambda sign_on: (in_order(country_name(sign_on.country)), sign_on.name_key))
    return [(country_name(code), list(rows)) for code, rows in groupby(signed, key=lambda sign_on: sign_on.country)]


@cacheable()
def appeal(request: HttpRequest) -> HttpResponse:
    campaign = Campaign.objects.current()
    text = campaign.appeal_text if campaign else None
    signed = list(SignOn.objects.published().filter(campaign=campaign)) if campaign else []
    context = {
        "campaign": campaign,
        "text": text,
        "html": markdown.as_html(text.appeal, heading="h2") if text else "",
        "total": len(signed),
        "countries": _by_country(signed),
    }
    return render(request, "events/appeal.html", context)


# As of the form for a protest: many countries compress well, and the token is masked.
@gzip_page
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: HttpRequest) -> HttpResponse:
    campaign = Campaign.objects.current()
    if campaign is None or not campaign.is_open or not campaign.appeal_text.appeal:
        return redirect("events:appeal")
    form = SignOnForm(request.POST or None, campaign=campaign)
    if request.method == "POST" and form.is_valid():
        return _receive(request, campaign, form)
    return _sign_page(request, campaign, form)


def _sign_page(request: HttpRequest, campaign: Campaign, form: SignOnForm, **context: object) -> HttpResponse:
    return render(request, "events/sign.html", {"form": form, "campaign": campaign, **context})


def _receive(request: HttpRequest, campaign: Campaign, form: SignOnForm) -> HttpResponse:
    claims = [(limits.SIGN_ONS_FROM_NETWORK, limits.network_of(request.META))]
    refusal = refused(claims, partial(_sign_page, request, campaign, form))
    if refusal:
        return refusal
    sign_ons.sign(campaign, form.signature, form.cleaned_data["email"], language=get_language() or "en")
    send_soon()
    return redirect("events:signed")


@require_safe
def signed(request: HttpRequest) -> HttpResponse:
    return render(request, "events/signed.html")


@require_http_methods(["GET", "HEAD", "POST"])
@with_token
def sign_on(request: HttpRequest, token: str) -> HttpResponse:
    """What a contact person has signed: confirm it with one button, take a name back with another."""
    recipient = tokens.recipient_of_sign_ons(token)
    if request.method == "POST":
        return _change(request, recipient)
    own = list(SignOn.objects.of(recipient, timezone.now()).select_related("campaign").order_by("pk"))
    waiting = [row for row in own if row.state == SignOn.State.UNCONFIRMED]
    context = {
        "waiting": waiting,
        "taken": _names_taken(waiting),
        "known": [row for row in own if row.state != SignOn.State.UNCONFIRMED],
    }
    return render(request, "events/sign_on.html", context)


def _names_taken(waiting: list[SignOn]) -> set[int]:
    """Those whose name stands below the appeal already, or is being looked at."""
    keys = {row.name_key for row in waiting}
    held = set(SignOn.objects.holding_name().filter(name_key__in=keys).values_list("campaign", "name_key"))
    return {row.pk for row in waiting if (row.campaign_id, row.name_key) in held}


def _change(request: HttpRequest, recipient: Recipient) -> HttpResponse:
    wanted, chosen = request.POST.get("do", ""), request.POST.get("sign_on", "")
    if wanted == "never_again":
        sign_ons.never_again(recipient)
        return redirect("reminders:left")
    if wanted == "confirm":
        sign_ons.confirm(recipient)
    elif wanted == "withdraw":
        own = SignOn.objects.of(recipient, timezone.now()).filter(pk=number_in(chosen)).first()
        if own:
            sign_ons.withdraw(own)
    return HttpResponseRedirect(request.path)
