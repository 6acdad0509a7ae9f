"""Loads the gazetteer (data/README.md) into City and CityName: by COPY, and only what differs is written."""

import csv
import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from events.folding import fold

COLUMNS = ("geoname_id", "country", "name", "slug", "display_names", "lat", "lon", "timezone", "population")
LONGEST_NAME = 120


class BadGazetteer(Exception):
    """A file of the gazetteer cannot be read; the message names file, line and reason."""


@dataclass(frozen=True)
class CityRow:
    geoname_id: int
    country: str
    name: str
    slug: str
    display_names: dict[str, str]
    lat: str
    lon: str
    timezone: str
    population: int
    alternates: tuple[str, ...]

    def spellings(self) -> set[str]:
        """All folded forms by which the city is found."""
        names = (self.name, self.slug.replace("-", " "), *self.display_names.values(), *self.alternates)
        return {folded for name in names if 0 < len(folded := fold(name)) <= LONGEST_NAME}

    def columns(self) -> tuple[Any, ...]:
        return (
            self.geoname_id,
            self.country,
            self.name,
            self.slug,
            json.dumps(self.display_names, ensure_ascii=False),
            self.lat,
            self.lon,
            self.timezone,
            self.population,
        )


@dataclass(frozen=True)
class Loaded:
    """How many rows a load has written; all 0 if everything was there already."""

    cities: int
    spellings: int
    spellings_gone: int

    @property
    def is_nothing(self) -> bool:
        return not (self.cities or self.spellings or self.spellings_gone)


def city_row(fields: dict[str, Any]) -> CityRow:
    """One city as both files tell of it. Raises ValueError or KeyError if something is missing or no number."""
    display_names, alternates = fields["display_names"] or "{}", fields["alternates"] or ""
    return CityRow(
        geoname_id=int(fields["geonameid"]),
        country=fields["country"],
        name=fields["name"],
        slug=fields["slug"],
        display_names=json.loads(display_names) if isinstance(display_names, str) else display_names,
        lat=str(float(fields["lat"])),
        lon=str(float(fields["lon"])),
        timezone=fields["timezone"],
        population=int(fields["population"]),
        alternates=tuple(alternates.split("|") if isinstance(alternates, str) else alternates),
    )


def read_table(path: Path) -> Iterator[CityRow]:
    """The cities of a gzipped table with a heading."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        for number, fields in enumerate(rows, start=2):
            try:
                yield city_row(fields)
            except (ValueError, KeyError, TypeError) as error:
                raise BadGazetteer(f"{path.name}, line {number}: {error!r}") from error


def read_list(path: Path) -> Iterator[CityRow]:
    """The cities of a JSON list."""
    for number, fields in enumerate(json.loads(path.read_text("utf-8")), start=1):
        try:
            yield city_row(fields)
        except (ValueError, KeyError, TypeError) as error:
            raise BadGazetteer(f"{path.name}, city {number}: {error!r}") from error


def read_all(folder: Path) -> Iterator[CityRow]:
    """Every city of the gazetteer in *folder*."""
    try:
        yield from chain(read_table(folder / "cities.tsv.gz"), read_list(folder / "extra_cities.json"))
    except (OSError, EOFError, json.JSONDecodeError) as error:
        raise BadGazetteer(f"The gazetteer cannot be read: {error}") from error


_DRAFT_TABLES = """
CREATE TEMPORARY TABLE draft_city (LIKE events_city);
CREATE TEMPORARY TABLE draft_name (city_id integer, folded varchar(120));
"""
# A slug that another city takes over is set free first: uniqueness is checked row by row.
_FREE_SLUGS = """
UPDATE events_city AS old SET slug = old.slug || '-' || abs(old.geoname_id) FROM draft_city AS new
WHERE old.country = new.country AND old.slug = new.slug AND old.geoname_id <> new.geoname_id
"""
# Cities that have left the files stay: protests and followers may point to them.
_WRITE_CITIES = """
INSERT INTO events_city SELECT * FROM draft_city
ON CONFLICT (geoname_id) DO UPDATE SET
    country = excluded.country, name = excluded.name, slug = excluded.slug, display_names = excluded.display_names,
    lat = excluded.lat, lon = excluded.lon, timezone = excluded.timezone, population = excluded.population
WHERE events_city IS DISTINCT FROM excluded
"""
_DELETE_NAMES = """
DELETE FROM events_cityname AS old WHERE city_id IN (SELECT geoname_id FROM draft_city)
AND NOT EXISTS (SELECT FROM draft_name AS new WHERE new.city_id = old.city_id AND new.folded = old.folded)
"""
_WRITE_NAMES = """
INSERT INTO events_cityname (city_id, folded)
SELECT city_id, folded FROM draft_name AS new
WHERE NOT EXISTS (SELECT FROM events_cityname AS old WHERE old.city_id = new.city_id AND old.folded = new.folded)
"""
# Of a table that autovacuum has found empty, or of names that are hardly ever gone, PostgreSQL expects no rows, and
# reads a whole table again for each one that comes all the same: minutes instead of seconds.
_READ_ONCE = "SET LOCAL enable_nestloop = off"
_READ_AS_USUAL = "SET LOCAL enable_nestloop TO DEFAULT"


def _check_unique(rows: list[CityRow]) -> None:
    ids: set[int] = set()
    slugs: set[tuple[str, str]] = set()
    for row in rows:
        if row.geoname_id in ids:
            raise BadGazetteer(f"The city {row.geoname_id} ({row.name}) is there twice.")
        if (row.country, row.slug) in slugs:
            raise BadGazetteer(f"Two cities in {row.country} have the slug {row.slug}; one is {row.geoname_id}.")
        ids.add(row.geoname_id)
        slugs.add((row.country, row.slug))


@transaction.atomic
def load(rows: Iterable[CityRow]) -> Loaded:
    """Make City and CityName say what *rows* say. Running it again writes nothing."""
    rows = list(rows)
    _check_unique(rows)
    with connection.cursor() as cursor:
        cursor.execute(_DRAFT_TABLES)
        with cursor.copy(f"COPY draft_city ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row.columns())
        with cursor.copy("COPY draft_name (city_id, folded) FROM STDIN") as copy:
            for row in rows:
                for folded in row.spellings():
                    copy.write_row((row.geoname_id, folded))
        cursor.execute("ANALYZE draft_city, draft_name")
        cursor.execute(_READ_ONCE)
        cursor.execute(_FREE_SLUGS)
        loaded = Loaded(
            cities=cursor.execute(_WRITE_CITIES).rowcount,
            spellings_gone=cursor.execute(_DELETE_NAMES).rowcount,
            spellings=cursor.execute(_WRITE_NAMES).rowcount,
        )
        cursor.execute(_READ_AS_USUAL)
        cursor.execute("DROP TABLE draft_city, draft_name")
        cursor.execute("ANALYZE events_city, events_cityname")
        return loaded
