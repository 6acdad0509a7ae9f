"""What would become of each row of a file: the form of the registration says whether it is a protest."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import prefetch_related_objects
from django.utils import translation
from django.utils.datastructures import MultiValueDict
from django.utils.functional import Promise
from django.utils.translation import get_language

from accounts.models import User
from events.folding import fold
from events.models import AccessFeature, Campaign, Kind
from events.models.campaign import Disclosure
from events.models.details import PlaceKind
from events.names import countries_called, country_codes
from organising.forms.drafts import DraftForm
from organising.importing.calendars import is_calendar, read_calendar
from organising.importing.reading import RawRow
from organising.importing.tables import read_table
from organising.models import ImportedRow
from outbox.sealing import keyed_hash

SEVERAL = ("spoken_languages", "access_features")
LISTS = {"kind": Kind, "place_kind": PlaceKind, "disclosure": Disclosure, "access_features": AccessFeature}


class Verdict(StrEnum):
    NEW = "new"
    # Nothing is wrong, but something is missing, which is filled in later: a draft and no more.
    INCOMPLETE = "incomplete"
    REFUSED = "refused"
    BEFORE = "before"


@dataclass(frozen=True)
class Row:
    """A row as it is shown and kept: `answers` is what the form gets, `reasons` are its words field by field."""

    number: int
    verdict: Verdict
    title: str
    day: str
    city: str
    answers: dict[str, list[str]]
    fingerprint: str
    reasons: list[tuple[str, str]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def look_through(content: bytes, campaign: Campaign, *, country: str, by: User) -> list[Row]:
    """Say of each row of a file what would happen, without keeping anything. Raises Unreadable for a whole file."""
    raw = read_calendar(content, campaign, country) if is_calendar(content) else read_table(content)
    answers = [answers_of(row, country) for row in raw]
    prints = [_fingerprint(row, typed) for row, typed in zip(raw, answers, strict=True)]
    known = _taken_before(campaign, by)
    know_countries(campaign)
    rows = []
    for row, typed, fingerprint in zip(raw, answers, prints, strict=True):
        rows.append(_looked_at(row, typed, fingerprint, campaign, is_known=fingerprint in known))
        known.add(fingerprint)
    return rows


def _taken_before(campaign: Campaign, by: User) -> set[str]:
    taken = ImportedRow.objects.filter(user=by, campaign=campaign).values_list("fingerprint", flat=True)
    return {bytes(fingerprint).hex() for fingerprint in taken}


def _fingerprint(row: RawRow, typed: dict[str, list[str]]) -> str:
    """By what a row is known again: its own name, or else all that it says."""
    name = f"uid {row.uid}" if row.uid else json.dumps(sorted(typed.items()))
    return keyed_hash(name, purpose="imported row").hex()


def _looked_at(
    row: RawRow, typed: dict[str, list[str]], fingerprint: str, campaign: Campaign, *, is_known: bool
) -> Row:
    form = form_of(typed, campaign)
    reasons = [("", text) for text in row.trouble]
    if is_known:
        verdict = Verdict.BEFORE
    else:
        reasons += reasons_of(form)
        verdict = Verdict.REFUSED if row.trouble else verdict_on(form)
    title, day, city = (next(iter(typed.get(name, [])), "")[:120] for name in ("title", "day", "city"))
    return Row(row.number, verdict, title, day, city, typed, fingerprint, reasons)


def know_countries(campaign: Campaign) -> None:
    """Fetch once what the form of each row asks for."""
    prefetch_related_objects([campaign], "countries")


def form_of(typed: dict[str, list[str]], campaign: Campaign) -> DraftForm:
    return DraftForm(MultiValueDict(typed), campaign=campaign)


def verdict_on(form: DraftForm) -> Verdict:
    """What can be done with these answers."""
    if form.is_valid():
        return Verdict.NEW
    is_only_lacking = all(name in form.fields and not form.data.get(name) for name in form.errors)
    return Verdict.INCOMPLETE if is_only_lacking else Verdict.REFUSED


def reasons_of(form: DraftForm) -> list[tuple[str, str]]:
    """Why the form refuses these answers: the field in words, and what is wrong."""
    return [
        (str(form.fields[name].label) if name in form.fields else "", str(message))
        for name, messages in form.errors.items()
        for message in messages
    ]


def answers_of(row: RawRow, country: str) -> dict[str, list[str]]:
    """What would have been typed into the form, with words for choices in any language of the site."""
    cells = dict(row.cells)
    cells["country"] = _country(cells.get("country", "")) or country
    cells.setdefault("language", get_language() or "en")
    cells.setdefault("disclosure", Disclosure.PUBLIC)
    if "place_kind" not in cells:
        cells["place_kind"] = PlaceKind.ADDRESS if cells.get("venue") or cells.get("address") else PlaceKind.CITY
    answers = {}
    for name, text in cells.items():
        values = [part.strip() for part in text.replace(";", ",").split(",")] if name in SEVERAL else [text]
        answers[name] = [_choice(name, value) for value in values if value]
    return {name: values for name, values in answers.items() if values}


def _country(text: str) -> str:
    if text.strip().upper() in country_codes():
        return text.strip().upper()
    return next(iter(countries_called(text)), text)


def _choice(name: str, text: str) -> str:
    """The value that is called *text* in the list of this field; *text* itself if there is none."""
    return _labels(name).get(fold(text), text) if name in LISTS else text


@cache
def _labels(name: str) -> dict[str, str]:
    """Values by what they are called, in every language of the site."""
    called: dict[str, str] = {}
    choices: Iterable[tuple[str, str | Promise]] = LISTS[name].choices
    for value, label in choices:
        for code, _name in settings.LANGUAGES:
            with translation.override(code):
                called.setdefault(fold(str(label)), value)
        called[fold(value)] = value
        called[fold(value.replace("_", " "))] = value
    return called
