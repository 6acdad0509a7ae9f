"""One form for a protest: to register it, and to change it. It reads what people write and says what is wrong."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from events import names, when
from events.folding import fold
from events.forms.fields import exists_on_the_clock
from events.forms.offered import FURTHER_LANGUAGES, OfferedForm
from events.forms.picture import PictureQuestions
from events.forms.places import distance_km, find_city
from events.forms.schedule import ScheduleQuestions, event_of
from events.models import City
from events.models.campaign import Disclosure
from events.models.details import PlaceKind

FARTHEST_KM = 100
# A name shorter than this stands in too many texts by chance.
SHORTEST_TELLTALE = 4
# What a valid form hands on as it is.
AS_CLEANED = (
    *("title", "description", "language", "translations", "kind", "organiser_name", "day", "start_time", "end_time"),
    *("timezone", "place_kind", "country", "venue", "address", "disclosure", "disclose_at", "spoken_languages"),
    *("access_features", "access_notes", "contact_link", "picture", "picture_alt"),
)


def named_in(texts: Iterable[str | None], places: Iterable[str | None]) -> str:
    """The first of *places* that one of *texts* names; "" if none does."""
    public = fold(" ".join(filter(None, texts)))
    telltale = (place for place in places if place and len(fold(place)) >= SHORTEST_TELLTALE)
    return next((place for place in telltale if fold(place) in public), "")


class ProtestForm(PictureQuestions, ScheduleQuestions, OfferedForm):
    def clean(self) -> dict[str, Any]:
        super().clean()
        self._clean_translations()
        self._clean_place()
        self._clean_time()
        self._clean_disclosure()
        self._clean_publication()
        self.clean_picture()
        self._clean_free_text()
        return self.cleaned_data

    def _clean_translations(self) -> None:
        data = self.cleaned_data
        data["translations"] = {}
        for n in range(1, FURTHER_LANGUAGES + 1):
            language, title, description = (
                data.get(f"translation{n}_{name}", "") for name in ("language", "title", "description")
            )
            if not (language or title or description):
                continue
            if not language:
                self.add_error(f"translation{n}_language", _("Say which language this translation is in."))
            elif language == data.get("language") or language in data["translations"]:
                self.add_error(f"translation{n}_language", _("There is a text in this language already."))
            elif not title:
                self.add_error(f"translation{n}_title", _("Translate the title too."))
            else:
                data["translations"][language] = {"title": title, "description": description}

    def _clean_place(self) -> None:
        data = self.cleaned_data
        kind, country = data.get("place_kind"), data.get("country")
        data["found_city"] = None
        if kind in {PlaceKind.ADDRESS, PlaceKind.CITY} and country and "city" in data:
            data["found_city"] = self._found_city(data["city"], country)
        if kind in {PlaceKind.CITY, PlaceKind.ONLINE, PlaceKind.COUNTRY}:
            self._refuse_exact_place(kind)
        data["timezone"] = self._timezone(data["found_city"], country)
        position, city = data.get("position"), data["found_city"]
        if not (position and city):
            return
        km = distance_km(position[0], position[1], city)
        if km > FARTHEST_KM:
            message = _("This position is %(km)d km from %(city)s. Check the two numbers and their order.")
            self.add_error("position", forms.ValidationError(message, params={"km": km, "city": city.display_name}))

    def _refuse_exact_place(self, kind: str) -> None:
        if kind == PlaceKind.CITY:
            message = _("You chose “A city, no exact place”. Empty this field, or choose “A place in a city”.")
        else:
            message = _("A protest online or in a whole country has no exact place. Empty this field, or choose again.")
        for name in ("venue", "address", "position"):
            if self.cleaned_data.get(name):
                self.add_error(name, message)

    def _found_city(self, text: str, country: str) -> City | None:
        known = self.current.city if self.current else None
        search = find_city(text, country, picked=self.cleaned_data.get("city_pick", ""), known=known)
        self.fields["city_pick"].required = bool(search.choices)
        self.fields["city_pick"].widget.choices = [
            (str(city.pk), f"{city.display_name} ({city.population:,})".replace(",", "\u202f"))
            for city in search.choices
        ]
        if search.city:
            return search.city
        values = {"city": text, "country": names.country_name(country)}
        if search.namesakes:
            self.add_error(
                "city_pick", _("There are several places of this name. Choose one; the number is its people.")
            )
        elif search.elsewhere:
            values["elsewhere"] = names.country_name(search.elsewhere.country)
            message = _("We know %(city)s in another country: %(elsewhere)s. Check the country or the name.")
            self.add_error("city", forms.ValidationError(message, params=values))
        else:
            message = _(
                "We do not know %(city)s in %(country)s. Choose below if it is one of those, or enter the next larger "
                "town and name the village under “Place”."
            )
            if not search.near:
                message = _(
                    "We do not know %(city)s in %(country)s. Enter the next larger town and name the village under "
                    "“Place”."
                )
            self.add_error("city", forms.ValidationError(message, params=values))
        return None

    def _timezone(self, city: City | None, country: str | None) -> str:
        if city:
            return city.timezone
        if self.cleaned_data.get("zone"):
            return str(self.cleaned_data["zone"])
        for taking_part in self.countries:
            if taking_part.country == country:
                return taking_part.timezone
        largest = City.objects.in_country(country or "").order_by("-population").first()
        return largest.timezone if largest else self.campaign.timezone

    def _clean_time(self) -> None:
        data = self.cleaned_data
        day, start, end, zone = (
            data.get("day"),
            data.get("start_time"),
            data.get("end_time"),
            ZoneInfo(data["timezone"]),
        )
        if start and end and end <= start:
            self.add_error(
                "end_time",
                _(
                    "The end lies before the start. If it goes past midnight, leave the end empty and say so in the "
                    "text."
                ),
            )
        if not day:
            return
        if not self.campaign.allows_day(day):
            message = _("The Day of Action takes protests from %(first)s to %(last)s.")
            values = {
                "first": when.date_text_with_year(self.campaign.actions_from),
                "last": when.date_text_with_year(self.campaign.actions_to),
            }
            self.add_error("day", forms.ValidationError(message, params=values))
            return
        for name, time in (("start_time", start), ("end_time", end)):
            if time and not exists_on_the_clock(day, time, zone):
                self.add_error(name, _("On this day the clocks go forward there: this hour does not exist."))
        if start and dt.datetime.combine(day, start, zone) < timezone.now() and not self._is_unmoved(day, start):
            self.add_error("start_time", _("This is already over."))

    def _is_unmoved(self, day: dt.date, start: dt.time) -> bool:
        return self.current is not None and (self.current.day, self.current.start_time) == (day, start)

    def _clean_publication(self) -> None:
        data, zone = self.cleaned_data, ZoneInfo(self.cleaned_data["timezone"])
        day, start = data.get("day"), data.get("start_time")
        event = event_of(self.current) if self.current else None
        self.clean_schedule(
            zone,
            start=dt.datetime.combine(day, start, zone) if day and start else None,
            unmoved=event.publish_at if event else None,
        )

    def _clean_disclosure(self) -> None:
        data = self.cleaned_data
        data["disclose_at"] = None
        if data.get("place_kind") != PlaceKind.ADDRESS:
            data["disclosure"] = Disclosure.PUBLIC
        disclosure = data.get("disclosure")
        if disclosure is None:
            return
        self._hold_to_the_country(disclosure, data.get("country"))
        if disclosure != Disclosure.PUBLIC:
            data["disclose_at"] = self._disclose_at(is_needed=disclosure == Disclosure.TIMED)

    def _hold_to_the_country(self, disclosure: str, country: str | None) -> None:
        strictness = list(Disclosure)
        if self.cleaned_data.get("place_kind") != PlaceKind.ADDRESS:
            return
        for taking_part in self.countries:
            least = Disclosure(taking_part.least_disclosure)
            if taking_part.country == country and strictness.index(Disclosure(disclosure)) < strictness.index(least):
                message = _("For the safety of those who come, this is needed in %(country)s: “%(least)s”.")
                values = {"country": names.country_name(country), "least": least.label}
                self.add_error("disclosure", forms.ValidationError(message, params=values))

    def _disclose_at(self, *, is_needed: bool) -> dt.datetime | None:
        data = self.cleaned_data
        day, time, zone = data.get("disclose_day"), data.get("disclose_time"), ZoneInfo(data["timezone"])
        if {"disclose_day", "disclose_time"} & set(self.errors):
            return None
        if day is None and time is None and not is_needed:
            return None
        if day is None or time is None:
            self.add_error("disclose_day" if day is None else "disclose_time", _("Say from which day and time."))
            return None
        if not exists_on_the_clock(day, time, zone):
            self.add_error("disclose_time", _("On this day the clocks go forward there: this hour does not exist."))
            return None
        moment = dt.datetime.combine(day, time, zone)
        if data.get("day") and data.get("start_time"):
            start = dt.datetime.combine(data["day"], data["start_time"], zone)
            if moment >= start:
                self.add_error("disclose_day", _("Make the place known before the protest starts."))
        return moment

    def _clean_free_text(self) -> None:
        data = self.cleaned_data
        if data.get("disclosure") in {None, Disclosure.PUBLIC} or data.get("names_place"):
            return
        texts = [data.get("title"), data.get("description"), data.get("access_notes"), data.get("organiser_name")]
        texts.append(data.get("picture_alt"))
        texts += [text for translation in data["translations"].values() for text in translation.values()]
        if secret := named_in(texts, [data.get("venue"), data.get("address")]):
            message = _("Your text names “%(place)s”, which is not to be public yet. Change the text, or tick the box.")
            self.add_error("names_place", forms.ValidationError(message, params={"place": secret}))

    @property
    def answers(self) -> dict[str, list[str]]:
        """What was typed, as it was typed, field by field."""
        typed = cast("MultiValueDict[str, Any]", self.data)
        return {name: typed.getlist(name) for name in self.fields if name in typed}

    @property
    def kept_answers(self) -> list[tuple[str, str]]:
        """The same for the hidden fields of a page between the form and its end."""
        return [(name, value) for name, values in self.answers.items() for value in values]

    def details(self, *, contact_email: str) -> dict[str, Any]:
        """All that an Event or a Revision keeps, by field. Call it on a valid form."""
        data = self.cleaned_data
        lat, lon = data["position"] or (None, None)
        return {
            **{name: data[name] for name in AS_CLEANED},
            "city": data["found_city"],
            "lat": lat,
            "lon": lon,
            "contact_email": contact_email,
        }
