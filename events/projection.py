"""Lambert's azimuthal equal-area projection: what map.json was drawn with, and where a city lies on it."""

import math
from dataclasses import dataclass

EARTH = 6_371_007


@dataclass(frozen=True)
class LambertEqualArea:
    """Around a middle, given in degrees."""

    lat: float
    lon: float

    def project(self, lat: float, lon: float) -> tuple[float, float]:
        """Metres east and north of the middle."""
        here, there, turn = math.radians(self.lat), math.radians(lat), math.radians(lon - self.lon)
        closeness = 1 + math.sin(here) * math.sin(there) + math.cos(here) * math.cos(there) * math.cos(turn)
        k = EARTH * math.sqrt(2 / max(closeness, 1e-9))
        east = math.cos(there) * math.sin(turn)
        north = math.cos(here) * math.sin(there) - math.sin(here) * math.cos(there) * math.cos(turn)
        return k * east, k * north
