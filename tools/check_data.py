"""Read all data files and fonts back and say what is wrong with them. See tools/README.md.

python tools/check_data.py
"""

import csv
import gzip
import json
import sys
from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from events.folding import fold  # noqa: E402
from tools.cut_fonts import CYRILLIC, LATIN  # noqa: E402
from tools.make_countries import READERS  # noqa: E402

DATA = ROOT / "data"
SITE_LANGUAGES = {"en", "uk", "pl", "fi", "de", "fr", "nl"}
# Spellings that must find their city.
SPELLINGS = {
    "UA/kyiv": "Київ Kyiv Kiew Киев Kijów Kiova",
    "UA/lviv": "Львів Lviv Lwów Lemberg Львов",
    "PL/warszawa": "Warszawa Warsaw Warschau Варшава Varsovie",
    "PL/lodz": "Łódź Lodz",
    "PL/wroclaw": "Wrocław Breslau",
    "AT/wien": "Wien Vienna Відень Vienne",
    "FI/turku": "Turku Åbo",
    "FI/helsinki": "Helsinki Helsingfors Гельсінкі",
    "BE/bruxelles": "Bruxelles Brussel Brüssel Brussels",
    "DE/muenchen": "München Muenchen Munich Monachium",
    "DE/koeln": "Köln Koeln Cologne Keulen",
    "IT/bolzano-bozen": "Bolzano Bozen",
    "RS/beograd": "Beograd Belgrade Белград",
    "RU/moskva": "Москва Moscow Moskau",
    "GR/athina": "Αθήνα Athens Athen",
    "EG/al-qahira": "القاهرة Cairo",
}
MOST_BYTES = {"data/cities.tsv.gz": 2_000_000, "static/fonts/sofia-latin.woff2": 13_000}

Row = dict[str, Any]


def load(name: str) -> Any:
    return json.loads((DATA / name).read_text())


def all_cities() -> list[Row]:
    """The rows of both gazetteer files."""
    with gzip.open(DATA / "cities.tsv.gz", "rt", encoding="utf-8", newline="") as file:
        rows: list[Row] = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    for row in rows:
        row["alternates"] = row["alternates"].split("|")
        row["display_names"] = json.loads(row["display_names"] or "{}")
    extra: list[Row] = load("extra_cities.json")
    return rows + extra


def by_spelling(cities: list[Row]) -> dict[tuple[str, str], Row]:
    """The largest city of each country for each folded spelling."""
    found: dict[tuple[str, str], Row] = {}
    for city in sorted(cities, key=lambda row: int(row["population"])):
        for name in [city["name"], *city["display_names"].values(), *city["alternates"]]:
            found[city["country"], fold(name)] = city
    return found


def faults_in_cities(cities: list[Row], countries: Row) -> Iterator[str]:
    known = by_spelling(cities)
    zones = available_timezones()
    seen: set[tuple[str, str]] = set()
    for city in cities:
        where = f"city {city['geonameid']} ({city['name']})"
        if city["country"] not in countries:
            yield f"{where}: unknown country {city['country']}"
        if city["timezone"] not in zones:
            yield f"{where}: unknown time zone {city['timezone']}"
        if not (abs(float(city["lat"])) <= 90 and abs(float(city["lon"])) <= 180):
            yield f"{where}: not on earth"
        if not (fold(city["name"]) and city["slug"].isascii() and len(city["name"]) <= 120):
            yield f"{where}: bad name or slug"
        if (city["country"], city["slug"]) in seen:
            yield f"{where}: slug {city['slug']} is taken"
        seen.add((city["country"], city["slug"]))
    for place, names in SPELLINGS.items():
        country, slug = place.split("/")
        for name in names.split():
            if known.get((country, fold(name)), {}).get("slug") != slug:
                yield f"{name} does not find {place}"


def faults_in_archive(cities: list[Row]) -> Iterator[str]:
    """Each protest's city is known, with the same zone."""
    known = by_spelling(cities)
    for event in load("days_of_action.json")["events"]:
        if event["city"] in {None, "Online"}:
            continue
        city = known.get((event["country"], fold(event["city"]))) or known.get(
            (event["country"], fold(event["city_en"]))
        )
        if not city:
            yield f"archive: {event['city']} ({event['country']}) is unknown"
        elif city["timezone"] != event["timezone"]:
            yield f"archive: {event['city']} has {event['timezone']}, the gazetteer {city['timezone']}"


def faults_in_countries(countries: Row, languages: Row, cities: list[Row]) -> Iterator[str]:
    numbers = {int(city["geonameid"]) for city in cities}
    zones = available_timezones()
    for code, country in countries.items():
        own = [entry["name"] for entry in country["own_names"]]
        if set(country["names"]) != set(READERS) or not all(country["names"].values()):
            yield f"{code}: a name is missing"
        if not own or len(own) != len(set(own)):
            yield f"{code}: own names {own}"
        if country["timezone"] not in zones:
            yield f"{code}: unknown time zone {country['timezone']}"
        if unknown := set(country["languages"]) - set(languages):
            yield f"{code}: languages without names {unknown}"
        number = country["capital_geonameid"]
        if number and number not in numbers:
            yield f"{code}: its capital {country['capital']} is not in the gazetteer"
    for tag, language in languages.items():
        if set(language["names"]) != set(READERS) or not all(language["names"].values()) or not language["own_name"]:
            yield f"language {tag}: a name is missing"


def faults_in_demo(cities: list[Row], languages: Row) -> Iterator[str]:
    demo = load("demo_2027.json")
    places = {(city["country"], city["slug"]): city for city in cities}
    if set(demo["campaign"]["texts"]) != SITE_LANGUAGES:
        yield "demo: texts are not in the site's languages"
    if not all(texts["call"] and texts["appeal"] for texts in demo["campaign"]["texts"].values()):
        yield "demo: a call or an appeal is missing"
    if unknown := {sign_on["country"] for sign_on in demo["sign_ons"]} - set(demo["countries"]):
        yield f"demo: organisations in no country of the edition {unknown}"
    keys = [event["key"] for event in demo["events"]]
    if len(keys) != len(set(keys)):
        yield "demo: a key is there twice"
    for event in demo["events"]:
        yield from (f"demo {event['key']}: {fault}" for fault in faults_in_example(event, demo, places, languages))


def faults_in_example(event: Row, demo: Row, places: dict[tuple[str, str], Row], languages: Row) -> Iterator[str]:
    """What is wrong with one example protest."""
    if not event["example"] or event["country"] not in demo["countries"]:
        yield "not marked as example, or in no country of the edition"
    if not demo["campaign"]["actions_from"] <= event["day"] <= demo["campaign"]["actions_to"]:
        yield "outside the days of the edition"
    if not time.fromisoformat(event["start_time"]) < time.fromisoformat(event["end_time"]):
        yield "ends before it starts"
    if not event["contact_email"].endswith("@example.org"):
        yield "a contact that may be real"
    if {event["language"], *event["languages"], *event["translations"]} - set(languages):
        yield "a language without a name"
    if event["language"] != "en" and "en" not in event["translations"]:
        yield "no English translation"
    if len(event["title"]) > 120 or not event["description"]:
        yield "title too long or no description"
    in_city = event["place_kind"] in {"address", "city"}
    if in_city != bool(event["city_slug"]) or (event["place_kind"] == "address") != bool(event["lat"]):
        yield "place does not fit its kind"
    if in_city:
        yield from faults_in_place(event, places.get((event["country"], event["city_slug"])))
    yield from faults_in_disclosure(event)


def faults_in_place(event: Row, city: Row | None) -> Iterator[str]:
    if not city or city["name"] != event["city"] or city["timezone"] != event["timezone"]:
        yield "city is unknown or has another name or zone"
    elif event["lat"]:
        for position in [event, *([event["before"]] if "lat" in event.get("before", {}) else [])]:
            off = sum(abs(float(position[axis]) - float(city[axis])) for axis in ("lat", "lon"))
            if off > 0.15:
                yield f"{off:.2f} degrees away from its city"


def faults_in_disclosure(event: Row) -> Iterator[str]:
    if event["country"] == "UA" and event["disclosure"] != "followers":
        yield "places in Ukraine are told to followers only"
    if (event["disclosure"] == "timed") > bool(event["disclose_at"]):
        yield "timed disclosure without a time"
    if event["disclose_at"]:
        zone = ZoneInfo(event["timezone"])
        start = datetime.fromisoformat(f"{event['day']}T{event['start_time']}").replace(tzinfo=zone)
        if datetime.fromisoformat(event["disclose_at"]).replace(tzinfo=zone) >= start:
            yield "place is told after the start"


def faults_in_dossier() -> Iterator[str]:
    """Each claim has a key of its own, and a translation in each language."""
    keys = [fact["key"] for fact in load("iom_facts.json")]
    if len(keys) != len(set(keys)):
        yield "dossier: a key is there twice"
    for language in sorted(SITE_LANGUAGES - {"en"}):
        claims = load(f"iom_facts.{language}.json")
        if list(claims) != keys or not all(claims.values()):
            yield f"dossier: claims in {language} are missing, too many or in another order"


def faults_in_files() -> Iterator[str]:
    for name, most in MOST_BYTES.items():
        if (size := (ROOT / name).stat().st_size) > most:
            yield f"{name}: {size:,} bytes"
    for script, letters in {"latin": LATIN, "cyrillic": CYRILLIC}.items():
        font = TTFont(ROOT / "static" / "fonts" / f"sofia-{script}.woff2")
        if missing := letters - set(font.getBestCmap()):
            yield f"sofia-{script} lacks {''.join(map(chr, sorted(missing)))}"
        if "GPOS" not in font:
            yield f"sofia-{script} has no kerning"


def main() -> None:
    cities, countries, languages = all_cities(), load("countries.json"), load("languages.json")
    faults = [
        *faults_in_cities(cities, countries),
        *faults_in_archive(cities),
        *faults_in_countries(countries, languages, cities),
        *faults_in_demo(cities, languages),
        *faults_in_dossier(),
        *faults_in_files(),
    ]
    print(
        "\n".join(faults) or f"All well: {len(cities)} cities, {len(countries)} countries, {len(languages)} languages."
    )
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
