"""Rights cards, for coordinators of their country."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.views import SignedInRequest
from events.actions import ChangedMeanwhile
from events.names import country_codes, country_name, language_codes, language_name
from moderation import rights_cards
from moderation.card_forms import CardForm
from moderation.permissions import card_countries_of
from moderation.views.room import for_moderators


def _check_country(user: User, country: str) -> None:
    mine = card_countries_of(user)
    if country not in country_codes() or (mine is not None and country not in mine):
        raise Http404


@require_safe
@for_moderators
def index(request: SignedInRequest) -> HttpResponse:
    rows = rights_cards.country_rows(request.user, timezone.now().date())
    return render(request, "moderation/cards.html", {"rows": rows})


@require_safe
@for_moderators
def of_country(request: SignedInRequest, country: str) -> HttpResponse:
    _check_country(request.user, country)
    rows, others = rights_cards.language_rows(country, timezone.now().date())
    context = {"country": country, "name": country_name(country), "rows": rows, "others": others}
    return render(request, "moderation/country_cards.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_moderators
def card(request: SignedInRequest, country: str, language: str) -> HttpResponse:
    _check_country(request.user, country)
    if language not in language_codes():
        raise Http404
    if request.POST.get("do") == "take_back":
        rights_cards.take_back(country, language, by=request.user)
        messages.success(request, _("Taken back: the card is empty now."))
        return redirect("moderation:country_cards", country)
    current = rights_cards.card_of(country, language)
    form = CardForm(request.POST or None, card=current)
    others: list[tuple[str, object]] = []
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            rights_cards.save_card(country, language, form.words(), seen=form.cleaned_data["number"], by=request.user)
        except ChangedMeanwhile as refusal:
            form.add_error(None, str(refusal))
            others, status = form.show_both(rights_cards.card_of(country, language)), 409
        else:
            messages.success(request, _("Saved. It is public now."))
            return redirect("moderation:country_cards", country)
    context = {
        "country": country,
        "name": country_name(country),
        "language": language,
        "language_name": language_name(language),
        "card": current,
        "is_old": current is not None and current.is_old(timezone.now().date()),
        "form": form,
        "others": others,
    }
    return render(request, "moderation/card.html", context, status=status)
