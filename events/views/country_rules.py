"""Duties to notify a protest in a country, as far as somebody has checked them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from events.models import CountryRule
from events.names import country_codes, country_languages, country_name
from events.rule_words import rule_in_words
from events.views.pages import cacheable


@cacheable()
def rules(request: HttpRequest, country: str) -> HttpResponse:
    if country not in country_codes():
        raise Http404
    rule = CountryRule.objects.filter(country=country).first()
    context = {
        "country": country,
        "name": country_name(country),
        "own_languages": country_languages(country),
        "words": rule_in_words(rule) if rule else None,
    }
    return render(request, "events/country_rules.html", context)
