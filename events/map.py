"""Maps: which countries take part and how many protests each has; one country with its cities. Templates draw them as
SVG from plain numbers. Cities lie where the gazetteer puts them; where a protest is, a map never knows."""

import functools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from events.models import City
from events.outlines import SQUARE, Frame, close_up, frames, squares
from events.timetable import PlaceRow

# The size of a letter on the smallest screen, in units of the drawing; wider screens draw smaller ones.
COUNT_SIZE, NAME_SIZE = 44, 27
# The headline face: how wide and how high a letter is, as a share of its size.
LETTER_WIDE, LETTER_TALL = 0.43, 0.72
# The busiest cities of a country; more dots than these say nothing.
MOST_CITIES = 60
LEADERS = [(reach, turn) for reach in range(48, 300, 12) for turn in range(0, 360, 15)]


@dataclass(frozen=True)
class Box:
    """A piece of the drawing that a label takes up, around its middle."""

    x: float
    y: float
    wide: float
    tall: float

    def meets(self, other: "Box") -> bool:
        return abs(self.x - other.x) * 2 < self.wide + other.wide and abs(self.y - other.y) * 2 < self.tall + other.tall

    def fits(self, width: int, height: int) -> bool:
        return self.wide / 2 <= self.x <= width - self.wide / 2 and self.tall / 2 <= self.y <= height - self.tall / 2

    def squares(self) -> set[tuple[int, int]]:
        columns = range(int(self.x - self.wide / 2) // SQUARE, int(self.x + self.wide / 2) // SQUARE + 1)
        rows = range(int(self.y - self.tall / 2) // SQUARE, int(self.y + self.tall / 2) // SQUARE + 1)
        return {(column, row) for column in columns for row in rows}


def _box(x: float, y: float, letters: int, size: int) -> Box:
    return Box(x, y, letters * size * LETTER_WIDE + size * 0.2, size * (LETTER_TALL + 0.12))


@dataclass(frozen=True)
class CountrySpot:
    """A country that takes part, and where its number stands: on it, or beside it at the end of a line."""

    code: str
    name: str
    url: str
    count: int
    path: str
    x: int
    y: int
    radius: int
    label_x: int
    label_y: int
    is_beside: bool


@dataclass(frozen=True)
class Sheet:
    """One map of many countries."""

    name: str
    width: int
    height: int
    land: str
    others_taking_part: str
    spots: list[CountrySpot]


@functools.lru_cache(maxsize=64)
def _places(frame_number: int, digits: tuple[tuple[str, int], ...]) -> dict[str, tuple[int, int, bool]]:
    """Where the numbers of these countries stand. The roomy ones first; the others look for a free place near by."""
    frame = frames()[frame_number]
    red = _red_squares(frame, [code for code, _letters in digits])
    placed: dict[str, tuple[int, int, bool]] = {}
    taken: list[Box] = []
    for code, letters in sorted(digits, key=lambda row: (-frame.countries[row[0]].room, row[0])):
        at = frame.countries[code]
        box, is_beside = _box(at.x, at.y, letters, COUNT_SIZE), False
        if math.hypot(box.wide, box.tall) / 2 > at.room * 1.25 or any(map(box.meets, taken)):
            box, is_beside = _beside(frame, box, [*taken, *_anchors(frame, digits, code)], red), True
        taken.append(box)
        placed[code] = (round(box.x), round(box.y), is_beside)
    return placed


def _red_squares(frame: Frame, codes: Iterable[str]) -> set[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    return found.union(*(squares(frame.countries[code].path) for code in codes))


def _anchors(frame: Frame, digits: Iterable[tuple[str, int]], code: str) -> list[Box]:
    """The middles of the other countries, which no number may hide."""
    others = (frame.countries[other] for other, _letters in digits if other != code)
    return [Box(other.x, other.y, 16, 16) for other in others]


def _beside(frame: Frame, own: Box, taken: list[Box], red: set[tuple[int, int]]) -> Box:
    """The nearest place around a country's middle with nothing else on it; if there is none, the middle itself."""
    for reach, turn in LEADERS:
        x = own.x + reach * math.cos(math.radians(turn))
        y = own.y + reach * math.sin(math.radians(turn))
        box = Box(x, y, own.wide, own.tall)
        if box.fits(frame.width, frame.height) and not any(map(box.meets, taken)) and not box.squares() & red:
            return box
    return own


def sheets(rows: Sequence[PlaceRow]) -> list[Sheet]:
    """These countries on a map: Europe, and the world below it once a country outside of Europe takes part."""
    found = []
    left = list(rows)
    for number, frame in enumerate(frames()):
        here = [row for row in left if row.code in frame.countries]
        left = [row for row in left if row.code not in frame.countries]
        if here or number == 0:
            found.append(_sheet(number, frame, here, [row for row in rows if row not in here]))
    return found


def _sheet(number: int, frame: Frame, rows: list[PlaceRow], elsewhere: list[PlaceRow]) -> Sheet:
    places = _places(number, tuple((row.code, len(str(row.count))) for row in rows if row.count))
    also = {row.code for row in elsewhere if row.count} & set(frame.countries)
    shown = {row.code for row in rows} | also
    return Sheet(
        name=frame.name,
        width=frame.width,
        height=frame.height,
        land="".join(shape.path for code, shape in frame.countries.items() if code not in shown) + frame.beyond,
        others_taking_part="".join(frame.countries[code].path for code in sorted(also)),
        spots=[_spot(frame, row, places) for row in sorted(rows, key=lambda row: -frame.countries[row.code].room)],
    )


def _spot(frame: Frame, row: PlaceRow, places: dict[str, tuple[int, int, bool]]) -> CountrySpot:
    shape = frame.countries[row.code]
    x, y, is_beside = places.get(row.code, (shape.x, shape.y, False))
    return CountrySpot(
        row.code, row.name, row.url, row.count, shape.path, shape.x, shape.y,
        0 if shape.path else shape.room, x, y, is_beside,
    )  # fmt: skip


@dataclass(frozen=True)
class CitySpot:
    """A city with protests, and where its name stands; nowhere if there is no room for it."""

    name: str
    url: str
    count: int
    x: int
    y: int
    radius: int
    label_x: int | None = None
    label_y: int | None = None
    anchor: str = "start"


@dataclass(frozen=True)
class CountryMap:
    """One country with its cities."""

    width: int
    height: int
    path: str
    around: str
    cities: list[CitySpot]


def country_map(code: str, cities: Iterable[tuple[City, int]]) -> CountryMap | None:
    """The country, with its cities that have protests; None for the few that have no outline."""
    ground = close_up(code)
    if ground is None:
        return None
    spots = []
    for city, count in islice(cities, MOST_CITIES):
        at = ground.position(float(city.lat), float(city.lon))
        if at:
            radius = min(20, round(7 + 3 * math.sqrt(max(count - 1, 0))))
            spots.append(CitySpot(city.display_name, city.get_absolute_url(), count, *at, radius))
    return CountryMap(
        ground.width, ground.height, ground.path, ground.around, _named(spots, ground.width, ground.height)
    )


def _named(spots: list[CitySpot], width: int, height: int) -> list[CitySpot]:
    """The cities with places for their names, the busiest first; a name never lies on another name or dot."""
    dots = [Box(spot.x, spot.y, 2 * spot.radius, 2 * spot.radius) for spot in spots]
    taken: list[Box] = []
    named = []
    for number, spot in enumerate(spots):
        busy = [*taken, *dots[:number], *dots[number + 1 :]]
        for box, anchor in _name_boxes(spot):
            if box.fits(width, height) and not any(map(box.meets, busy)):
                taken.append(box)
                named.append(_with_name(spot, box, anchor))
                break
        else:
            named.append(spot)
    return named


def _name_boxes(spot: CitySpot) -> list[tuple[Box, str]]:
    """Where a city's name may stand: behind its dot, before, above, below."""
    own = _box(spot.x, spot.y, len(spot.name), NAME_SIZE)
    across, along = spot.radius + 3 + own.wide / 2, spot.radius + 2 + own.tall / 2
    places = [(across, 0, "start"), (-across, 0, "end"), (0, -along, "middle"), (0, along, "middle")]
    return [(Box(spot.x + dx, spot.y + dy, own.wide, own.tall), anchor) for dx, dy, anchor in places]


def _with_name(spot: CitySpot, box: Box, anchor: str) -> CitySpot:
    shift = {"start": -box.wide / 2, "middle": 0, "end": box.wide / 2}[anchor]
    return CitySpot(
        spot.name, spot.url, spot.count, spot.x, spot.y, spot.radius, round(box.x + shift), round(box.y), anchor
    )


def neighbours(code: str) -> list[str]:
    """The countries that share a border with this one."""
    ground = close_up(code)
    return ground.neighbours if ground else []
