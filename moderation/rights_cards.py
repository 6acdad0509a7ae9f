"""Writing rights cards, taking them back, and which ones there are."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.actions import record
from accounts.models import User
from events.actions import ChangedMeanwhile
from events.models import Campaign, CampaignCountry, RightsCard, RightsCardVersion, SiteStamp
from events.names import country_languages, country_name, language_codes, language_name
from moderation.permissions import card_countries_of


@dataclass(frozen=True)
class CountryRow:
    """A country of the list: how many cards there are, and how many of them were checked too long ago."""

    country: str
    name: str
    count: int
    old: int


@dataclass(frozen=True)
class LanguageRow:
    language: str
    name: str
    card: RightsCard | None
    is_old: bool


@transaction.atomic
def save_card(country: str, language: str, words: dict[str, object], *, seen: int, by: User) -> RightsCard:
    """Make *words* the card; *seen* is the version that was read. The same words again change nothing."""
    card = _locked(country, language, by)
    if card.number and card.words() == words:
        return card
    if card.number != seen:
        raise ChangedMeanwhile(_("Somebody else saved this card meanwhile. Look at both, and save again."))
    return _write(card, words, by)


@transaction.atomic
def take_back(country: str, language: str, *, by: User) -> RightsCard:
    """Show nothing any more, at once: no card is better than a wrong one."""
    card = _locked(country, language, by)
    if not card.has_words:
        return card
    return _write(card, {"text": "", "legal_number": "", "legal_number_note": "", "source": "", "checked_on": None}, by)


def _locked(country: str, language: str, by: User) -> RightsCard:
    """The row of this card, held until the end of the transaction; an empty one where there was none."""
    empty = RightsCard(country=country, language=language, edited_at=timezone.now(), editor_id=by.actor_id)
    RightsCard.objects.bulk_create([empty], ignore_conflicts=True)
    return RightsCard.objects.select_for_update().get(country=country, language=language)


def _write(card: RightsCard, words: dict[str, object], by: User) -> RightsCard:
    card.number += 1
    card.edited_at, card.editor_id = timezone.now(), by.actor_id
    for name, value in words.items():
        setattr(card, name, value)
    card.save()
    RightsCardVersion.objects.create(
        country=card.country,
        language=card.language,
        number=card.number,
        edited_at=card.edited_at,
        editor_id=card.editor_id,
        **card.words(),
    )
    record("rights card changed", by=by, on=card, country=card.country, language=card.language, number=card.number)
    SiteStamp.objects.bump()
    return card


def card_of(country: str, language: str) -> RightsCard | None:
    return RightsCard.objects.filter(country=country, language=language).first()


def country_rows(user: User, today: date) -> list[CountryRow]:
    """The countries whose cards *user* writes: their own, or all that take part or have a card."""
    cards = RightsCard.objects.with_words()
    mine = card_countries_of(user)
    if mine is None:
        living = Campaign.objects.exclude(state=Campaign.State.ARCHIVED)
        taking_part = CampaignCountry.objects.filter(campaign__in=living).values_list("country", flat=True)
        mine = {*taking_part, *cards.values_list("country", flat=True)}
    found = list(cards.filter(country__in=mine))
    count = Counter(card.country for card in found)
    old = Counter(card.country for card in found if card.is_old(today))
    rows = [CountryRow(code, country_name(code), count[code], old[code]) for code in mine]
    return sorted(rows, key=lambda row: row.name)


def language_rows(country: str, today: date) -> tuple[list[LanguageRow], list[LanguageRow]]:
    """The cards of a country: those that there are or should be, and all other languages."""
    cards = {card.language: card for card in RightsCard.objects.of_country(country)}
    written = [code for code, card in cards.items() if card.has_words]
    wanted = [*country_languages(country), get_language() or "en", *written, *settings.COMPLETE_LANGUAGES]
    first = list(dict.fromkeys(wanted))
    others = sorted((code for code in language_codes() if code not in first), key=language_name)
    return (
        [_language_row(code, cards.get(code), today) for code in first],
        [_language_row(code, cards.get(code), today) for code in others],
    )


def _language_row(code: str, card: RightsCard | None, today: date) -> LanguageRow:
    shown = card if card and card.has_words else None
    return LanguageRow(code, language_name(code), shown, bool(shown and shown.is_old(today)))
