"""Lines and rings on a plane: made simpler, cut off, measured, written as SVG. For make_map.py."""

import math
from collections.abc import Iterable
from itertools import pairwise

Point = tuple[float, float]
Ring = list[Point]


def simplified(points: Ring, tolerance: float) -> Ring:
    """Douglas-Peucker, without recursion."""
    kept = [False] * len(points)
    kept[0] = kept[-1] = True
    spans = [(0, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        far, where = 0.0, 0
        for n in range(first + 1, last):
            off = _off(points[n], points[first], points[last])
            if off > far:
                far, where = off, n
        if far > tolerance:
            kept[where] = True
            spans += [(first, where), (where, last)]
    return [point for point, keep in zip(points, kept, strict=True) if keep]


def _off(point: Point, a: Point, b: Point) -> float:
    """How far *point* is from the line between *a* and *b*."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    square = dx * dx + dy * dy
    share = 0.0 if not square else ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / square
    share = min(1.0, max(0.0, share))
    return math.hypot(point[0] - a[0] - share * dx, point[1] - a[1] - share * dy)


def area(ring: Ring) -> float:
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))) / 2


def clipped(ring: Ring, width: float, height: float) -> Ring:
    """Sutherland-Hodgman against the frame, with some bleed so that no border runs along its edge."""
    bleed = 8
    for axis, bound, sign in ((0, -bleed, 1), (0, width + bleed, -1), (1, -bleed, 1), (1, height + bleed, -1)):
        if not ring:
            return ring
        out: Ring = []
        for a, b in zip([ring[-1], *ring[:-1]], ring, strict=True):
            inside_a, inside_b = sign * (a[axis] - bound) >= 0, sign * (b[axis] - bound) >= 0
            if inside_a != inside_b:
                share = (bound - a[axis]) / (b[axis] - a[axis])
                out.append((a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])))
            if inside_b:
                out.append(b)
        ring = out
    return ring


def path(rings: Iterable[Ring]) -> str:
    """The rings as one SVG path of whole numbers, relative after each first point."""
    return "".join(filter(None, map(_ring_path, rings)))


def _ring_path(ring: Ring) -> str:
    points = [(round(x), round(y)) for x, y in ring]
    points = [point for n, point in enumerate(points) if point != points[n - 1]]
    if len(points) < 3:
        return ""
    steps = [f"{b[0] - a[0]} {b[1] - a[1]}" for a, b in pairwise(points)]
    return f"M{points[0][0]} {points[0][1]}l{' '.join(steps)}z".replace(" -", "-")


def is_inside(x: float, y: float, rings: list[Ring]) -> bool:
    inside = False
    for ring in rings:
        for (ax, ay), (bx, by) in zip([ring[-1], *ring[:-1]], ring, strict=True):
            if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
                inside = not inside
    return inside


def label_point(rings: list[Ring]) -> tuple[int, int, int]:
    """The place of the largest circle that fits in, and its radius: a grid, made finer three times."""
    largest = max(rings, key=area)
    xs, ys = [p[0] for p in largest], [p[1] for p in largest]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    best, reach_x, reach_y = -1.0, (max(xs) - min(xs)) / 2, (max(ys) - min(ys)) / 2
    middle = ((max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2)
    for _finer in range(3):
        for column in range(-12, 13):
            for row in range(-12, 13):
                at = (middle[0] + reach_x * column / 12, middle[1] + reach_y * row / 12)
                if is_inside(*at, rings):
                    room = min(_off(at, a, b) for r in rings for a, b in zip([r[-1], *r[:-1]], r, strict=True))
                    if room > best:
                        best, (x, y) = room, at
        middle, reach_x, reach_y = (x, y), reach_x / 6, reach_y / 6
    return round(x), round(y), max(0, round(best))
