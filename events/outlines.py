"""The outlines of countries as tools/make_map.py left them in data/ (docs/decisions/0014-map.md)."""

import functools
import json
import math
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.conf import settings

from events.projection import LambertEqualArea

# A border is drawn with fewer corners than it has: a place so near to it, in metres, is taken to lie on both sides.
BORDER = 5_000
# Squares of a frame on which is noted what lies where, in units of the drawing.
SQUARE = 10

Ring = list[tuple[int, int]]
Edge = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Outline:
    """A country in a frame of many. `path` is empty where it is too small for more than a circle; `room` is the radius
    of the largest circle that fits in around x, y."""

    path: str
    x: int
    y: int
    room: int


@dataclass(frozen=True)
class Frame:
    """A map of many countries. `beyond` is land at its edges that belongs to none of them."""

    name: str
    width: int
    height: int
    beyond: str
    countries: dict[str, Outline]


@dataclass(frozen=True)
class CloseUp:
    """One country, and the land around it."""

    width: int
    height: int
    path: str
    around: str
    neighbours: list[str]
    projection: LambertEqualArea
    left: int
    top: int
    scale: float

    def position(self, lat: float, lon: float) -> tuple[int, int] | None:
        """Where a place lies on the drawing; None for one outside of it."""
        east, north = self.projection.project(lat, lon)
        x, y = round((east - self.left) * self.scale), round((self.top - north) * self.scale)
        return (x, y) if 0 <= x <= self.width and 0 <= y <= self.height else None

    def is_abroad(self, lat: float, lon: float) -> bool:
        """Whether a place on the drawing lies clearly beyond the border. Of one beside the drawing nothing is said."""
        at = self.position(lat, lon)
        if at is None:
            return False
        edges = [edge for ring in rings(self.path) for edge in pairwise([*ring, ring[0]])]
        is_inside = sum(_is_crossed(edge, at) for edge in edges) % 2 == 1
        return not is_inside and all(_distance(edge, at) > BORDER * self.scale for edge in edges)


def _read(name: str) -> dict[str, Any]:
    return dict(json.loads((settings.DATA_DIR / name).read_text()))


def _outline(found: dict[str, Any]) -> Outline:
    x, y = found["at"]
    return Outline(found.get("d", ""), x, y, found["room"])


@functools.cache
def frames() -> list[Frame]:
    """Europe, then the world."""
    return [
        Frame(
            name,
            frame["width"],
            frame["height"],
            frame["beyond"],
            {code: _outline(c) for code, c in frame["countries"].items()},
        )
        for name, frame in _read("map.json").items()
    ]


@functools.cache
def _close_ups() -> dict[str, Any]:
    return _read("map_countries.json")


def close_up(code: str) -> CloseUp | None:
    """The country filling a frame of its own; None for the few that have no outline."""
    found = _close_ups().get(code)
    if found is None:
        return None
    return CloseUp(
        found["width"], found["height"], found["d"], found["around"], found["neighbours"],
        LambertEqualArea(found["lat"], found["lon"]), found["x"], found["y"], found["scale"],
    )  # fmt: skip


def rings(path: str) -> list[Ring]:
    """The corners of a path as the tool writes it: each ring begins at a point and goes on in steps."""
    found = []
    for part in path.split("M")[1:]:
        numbers = [int(number) for number in re.findall(r"-?\d+", part)]
        x = y = 0
        ring = []
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            ring.append((x, y))
        found.append(ring)
    return found


def _is_crossed(edge: Edge, at: tuple[int, int]) -> bool:
    """Whether a line from this point to the right meets the edge."""
    (ax, ay), (bx, by) = edge
    x, y = at
    return (ay > y) != (by > y) and x < ax + (bx - ax) * (y - ay) / (by - ay)


def _distance(edge: Edge, at: tuple[int, int]) -> float:
    (ax, ay), (bx, by) = edge
    dx, dy = bx - ax, by - ay
    along = ((at[0] - ax) * dx + (at[1] - ay) * dy) / max(dx * dx + dy * dy, 1)
    along = max(0.0, min(1.0, along))
    return math.hypot(at[0] - ax - along * dx, at[1] - ay - along * dy)


def squares(path: str) -> set[tuple[int, int]]:
    """The squares of the frame that a path covers: those whose middle is inside, and those with a corner of it."""
    closed = [[*ring, ring[0]] for ring in rings(path)]
    covered = {(x // SQUARE, y // SQUARE) for ring in closed for x, y in ring}
    crossings: dict[int, list[float]] = {}
    for ring in closed:
        for (ax, ay), (bx, by) in pairwise(ring):
            low, high = sorted((ay, by))
            for row in range(-((SQUARE // 2 - low) // SQUARE), (high + SQUARE // 2 - 1) // SQUARE):
                middle = row * SQUARE + SQUARE / 2
                if low <= middle < high:
                    crossings.setdefault(row, []).append(ax + (bx - ax) * (middle - ay) / (by - ay))
    for row, xs in crossings.items():
        xs.sort()
        for start, end in zip(xs[::2], xs[1::2], strict=True):
            covered |= {(column, row) for column in range(round(start / SQUARE), round(end / SQUARE))}
    return covered
