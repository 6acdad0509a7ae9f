"""How far places are from each other, and on which side of a border they lie."""

import pytest

from events.distance import kilometres
from events.outlines import close_up


@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [
        ((52.2298, 21.0118), (52.2298, 21.0118), 0),
        ((52.2298, 21.0118), (50.0614, 19.9366), 253),
        ((50.4547, 30.5238), (48.2085, 16.3721), 1054),
        ((0.0, 179.9), (0.0, -179.9), 22),
        ((90.0, 0.0), (-90.0, 0.0), 20015),
    ],
)
def test_kilometres_between_two_places(here, there, expected):
    assert round(kilometres(here, there)) == expected


@pytest.mark.parametrize(
    ("country", "lat", "lon", "is_abroad"),
    [
        ("PL", 52.23, 21.01, False),
        # By the sea, on both banks of the river that is the border, and very near to one.
        ("PL", 54.35, 18.65, False),
        ("PL", 51.15, 15.0, False),
        ("DE", 51.15, 15.0, False),
        ("FI", 60.17, 24.95, False),
        ("UA", 44.95, 34.1, False),
        ("UA", 46.48, 30.73, False),
        ("BE", 50.63, 3.06, True),
        ("AT", 48.14, 17.06, False),
        ("AT", 48.15, 17.25, True),
        ("PL", 50.08, 14.43, True),
        # Beside the drawing.
        ("PL", -33.4, -70.6, False),
    ],
)
def test_places_beyond_the_border(country, lat, lon, is_abroad):
    assert close_up(country).is_abroad(lat, lon) == is_abroad
