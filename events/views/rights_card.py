"""The rights card of a country: only what its coordinators wrote and checked, or that there is nothing yet."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language

from events import rights_cards
from events.names import country_codes, country_languages, country_name, language_codes, language_name
from events.views.pages import cacheable


def _clean_language(code: str) -> str:
    return code if code in language_codes() else ""


@cacheable(text=_clean_language)
def card(request: HttpRequest, country: str) -> HttpResponse:
    if country not in country_codes():
        raise Http404
    wanted = request.GET.get("text") or get_language() or "en"
    cards = rights_cards.cards_of(country, timezone.now().date())
    context = {
        "country": country,
        "name": country_name(country),
        "own_languages": country_languages(country),
        "card": cards.get(wanted),
        "language_name": language_name(wanted),
        "others": [card for code, card in cards.items() if code != wanted],
    }
    return render(request, "events/rights_card.html", context)
