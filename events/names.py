"""Names of countries and languages in the reader's language, from CLDR data (data/README.md)."""

import functools
import json
from typing import Any

from django.conf import settings
from django.utils.translation import get_language

from events.folding import fold


@functools.cache
def _countries() -> dict[str, Any]:
    return dict(json.loads((settings.DATA_DIR / "countries.json").read_text()))


@functools.cache
def _languages() -> dict[str, Any]:
    return dict(json.loads((settings.DATA_DIR / "languages.json").read_text()))


def _in_reader_s_language(names: dict[str, str]) -> str:
    return names.get(get_language() or "en") or names["en"]


def country_codes() -> list[str]:
    return list(_countries())


def country_name(code: str) -> str:
    """The country's name as the reader says it; the code itself for one that is not known."""
    country = _countries().get(code)
    return _in_reader_s_language(country["names"]) if country else code


def own_country_name(code: str) -> str:
    """The country's name in its own languages: “België / Belgique”."""
    country = _countries().get(code, {})
    return " / ".join(dict.fromkeys(own["name"] for own in country.get("own_names", [])))


@functools.cache
def _countries_by_name() -> dict[str, list[str]]:
    codes: dict[str, list[str]] = {}
    for code, country in _countries().items():
        names = {*country["names"].values(), *(own["name"] for own in country.get("own_names", []))}
        for name in {fold(name) for name in names}:
            codes.setdefault(name, []).append(code)
    return codes


def countries_called(text: str) -> list[str]:
    """The countries with this name in one of the site's languages or one of their own."""
    return _countries_by_name().get(fold(text), [])


def country_languages(code: str) -> list[str]:
    """The languages widely used in the country, the first ones first."""
    return list(_countries().get(code, {}).get("languages", []))


def language_name(code: str) -> str:
    language = _languages().get(code)
    return _in_reader_s_language(language["names"]) if language else code


def own_language_name(code: str) -> str:
    language = _languages().get(code)
    return str(language["own_name"]) if language else code


def language_codes() -> list[str]:
    return list(_languages())
