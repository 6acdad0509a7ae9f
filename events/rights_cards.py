"""Rights cards as they are shown: never without source and day of checking."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from django.utils.safestring import SafeString

from events import markdown, when
from events.models import RightsCard
from events.names import own_language_name


@dataclass(frozen=True)
class ShownCard:
    """A card with something on it. `is_old`: it was checked more than a year ago."""

    language: str
    own_name: str
    html: SafeString
    text: str
    legal_number: str
    legal_number_note: str
    dial: str
    source: str
    checked_on: str
    is_old: bool

    @property
    def is_source_a_link(self) -> bool:
        return is_link(self.source)


def is_link(source: str) -> bool:
    """Whether it is the address of a page, and nothing else."""
    try:
        parts = urlsplit(source)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and "@" not in parts.netloc and " " not in source


def cards_of(country: str, today: date) -> dict[str, ShownCard]:
    """The cards of a country by language."""
    return {card.language: _shown(card, today) for card in RightsCard.objects.of_country(country).with_words()}


def _shown(card: RightsCard, today: date) -> ShownCard:
    return ShownCard(
        language=card.language,
        own_name=own_language_name(card.language),
        html=markdown.as_html(card.text),
        text=markdown.as_plain_text(card.text),
        legal_number=card.legal_number,
        legal_number_note=card.legal_number_note,
        dial=card.dial,
        source=card.source,
        checked_on=when.date_text_with_year(card.checked_on) if card.checked_on else "",
        is_old=card.is_old(today),
    )
