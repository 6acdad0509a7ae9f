"""What the form offers: the days, countries, languages and zones of the campaign, in the reader's language."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from events import names, when
from events.folding import in_order
from events.forms.fields import LineField, ProseField
from events.forms.questions import Questions
from events.models import Campaign, CampaignCountry, EventDetails
from events.models.campaign import Disclosure
from events.models.details import PlaceKind

FURTHER_LANGUAGES = 2
MOST_RADIO_DAYS = 7
# Beside those of the site and of the countries that take part.
OFTEN_SPOKEN = {
    *("ar", "fa", "ps", "ur", "tr", "ku", "ru", "es", "pt", "it"),
    *("ro", "rom", "sq", "sr", "so", "ti", "am", "bn"),
}


def _by_name(codes: Iterable[str], name: Callable[[str], str]) -> list[tuple[str, str]]:
    return list(_sorted(frozenset(codes), name, get_language()))


@lru_cache(maxsize=100)
def _sorted(codes: frozenset[str], name: Callable[[str], str], _language: str | None) -> list[tuple[str, str]]:
    """Kept for each language, in which *name* answers: a file of protests asks for the same once a row."""
    return sorted(((code, name(code)) for code in codes), key=lambda choice: in_order(choice[1]))


def country_choices(taking_part: Iterable[str]) -> list[tuple[str, Any]]:
    """All countries by name, those that take part first."""
    first = list(taking_part)
    others = set(names.country_codes()) - set(first)
    return [
        ("", _("Choose …")),
        (str(_("Taking part so far")), [(code, names.country_name(code)) for code in first]),
        (str(_("Other countries")), _by_name(others, names.country_name)),
    ]


class OfferedForm(Questions):
    def __init__(self, *args: Any, campaign: Campaign, current: EventDetails | None = None, **kwargs: Any) -> None:
        """*current* is what is being changed: an hour already past or a city already known is not asked about again."""
        self.campaign = campaign
        self.current = current
        super().__init__(*args, **kwargs)
        self.fields["language"].initial = get_language() or "en"
        for name, choices in (
            ("language", self.language_choices),
            ("spoken_languages", self.language_choices),
            ("country", self._country_choices()),
            ("zone", self._zone_choices()),
        ):
            cast(forms.ChoiceField, self.fields[name]).choices = choices
        place_kind = self["place_kind"].value()
        self.fields["city"].required = place_kind not in {PlaceKind.ONLINE, PlaceKind.COUNTRY}
        self.fields["venue"].required = place_kind == PlaceKind.ADDRESS and not self["address"].value()
        self._set_days()
        self._add_translations()

    @cached_property
    def countries(self) -> list[CampaignCountry]:
        return list(self.campaign.countries.all())

    @cached_property
    def language_choices(self) -> list[tuple[str, str]]:
        codes = {code for code, _name in settings.LANGUAGES} | OFTEN_SPOKEN
        codes |= {code for country in self.countries for code in names.country_languages(country.country)}
        if self.current:
            codes |= {self.current.language, *self.current.translations, *self.current.spoken_languages}
        return _by_name(codes, names.language_name)

    @property
    def strict_countries(self) -> list[tuple[str, str]]:
        """Countries where a place may not be told to everybody: name, and the least that is asked for."""
        return [
            (names.country_name(country.country), str(Disclosure(country.least_disclosure).label))
            for country in self.countries
            if country.least_disclosure != Disclosure.PUBLIC
        ]

    @property
    def is_asked_which_city(self) -> bool:
        return bool(self.fields["city_pick"].widget.choices)

    @property
    def is_asked_about_text(self) -> bool:
        """Whether to show the box that confirms a text which names a hidden place."""
        return "names_place" in self.errors or bool(self["names_place"].value())

    @property
    def translation_groups(self) -> list[list[forms.BoundField]]:
        return [
            [self[f"translation{n}_{name}"] for name in ("language", "title", "description")]
            for n in range(1, FURTHER_LANGUAGES + 1)
        ]

    @property
    def is_translated(self) -> bool:
        return any(field.value() or field.errors for group in self.translation_groups for field in group)

    @property
    def has_more_on_place(self) -> bool:
        """Whether the fields that few people need are to be shown open."""
        return any(self[name].value() or self[name].errors for name in ("position", "zone"))

    @property
    def place_kind_label(self) -> str:
        kind = self.cleaned_data.get("place_kind")
        return str(PlaceKind(kind).label) if kind else ""

    @property
    def disclosure_label(self) -> str:
        return str(Disclosure(self.cleaned_data["disclosure"]).label)

    def _country_choices(self) -> list[tuple[str, Any]]:
        return country_choices(country.country for country in self.countries)

    def _zone_choices(self) -> list[tuple[str, Any]]:
        zones = {self.campaign.timezone, *(country.timezone for country in self.countries)}
        if self.current:
            zones.add(self.current.timezone)
        return [("", _("As in the country")), *((zone, zone.replace("_", " ")) for zone in sorted(zones))]

    def _set_days(self) -> None:
        days = self.campaign.allowed_days
        field = self.fields["day"]
        if len(days) <= MOST_RADIO_DAYS:
            choices = [(day.isoformat(), when.day_text_with_year(day)) for day in days]
            field.widget = forms.RadioSelect(choices=choices)
        else:
            field.widget.attrs |= {"min": days[0].isoformat(), "max": days[-1].isoformat()}

    def _add_translations(self) -> None:
        for n in range(1, FURTHER_LANGUAGES + 1):
            self.fields[f"translation{n}_language"] = forms.ChoiceField(
                label=_("Language"), required=False, choices=[("", _("Choose …")), *self.language_choices]
            )
            self.fields[f"translation{n}_title"] = LineField(label=_("Title"), required=False, max_length=120)
            self.fields[f"translation{n}_description"] = ProseField(
                label=_("Description"), required=False, max_length=6000, widget=forms.Textarea(attrs={"rows": "6"})
            )
