"""What can be printed. Each sheet has one address; its name is the key of its row (models/prints.py)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from events.models import Campaign, Event


class Kind(StrEnum):
    """Named like their templates."""

    POSTER_A4 = "poster-a4"
    POSTER_A3 = "poster-a3"
    LEAFLET = "leaflet"
    CARD = "card"
    COUNTRY_A4 = "country-a4"
    COUNTRY_A3 = "country-a3"
    COUNTRY_CARD = "country-card"

    @property
    def is_picture(self) -> bool:
        return self in {Kind.CARD, Kind.COUNTRY_CARD}

    @property
    def is_of_protest(self) -> bool:
        return self in {Kind.POSTER_A4, Kind.POSTER_A3, Kind.LEAFLET, Kind.CARD}


@dataclass(frozen=True)
class Sheet:
    """`subject` is a protest's public id, a country's code, or nothing for the whole edition."""

    kind: Kind
    language: str
    subject: str = ""

    @property
    def name(self) -> str:
        return f"{self.kind.value}/{self.language}/{self.subject}"

    @classmethod
    def named(cls, name: str) -> Self:
        kind, language, subject = name.split("/")
        return cls(Kind(kind), language, subject)

    @property
    def file_name(self) -> str:
        ending = "png" if self.kind.is_picture else "pdf"
        return "-".join(filter(None, ["noborder", self.subject.lower(), self.kind, self.language])) + f".{ending}"


def card_path(event: Event) -> str:
    """The picture of a protest for the page that the reader sees: in the language of its text, since that one is made
    ahead (making.py), and whoever fetches a preview does not wait."""
    language = event.text_language if event.text_language in settings.COMPLETE_LANGUAGES else "en"
    with translation.override(language):
        return reverse("events:card", args=[event.public_id, event.slug])


def has_sheets(campaign: Campaign, country: str) -> bool:
    """Whether the country takes part or has a protest: for the others there is nothing to print."""
    takes_part = campaign.countries.filter(country=country).exists()
    return takes_part or Event.objects.visible().in_campaign(campaign).in_country(country).exists()
