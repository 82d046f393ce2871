"""How a drone flies: climb, cruise against the wind, descend, and what that takes of its battery.

Ground speed along a track is that of the wind triangle: the drone turns into the wind until it
makes good the track. Wind over a town grows with height by a power law (Hellmann).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["CALM", "Craft", "Wind", "wind_at"]

Floats = NDArray[np.float64]
Seconds = TypeVar("Seconds", float, Floats)

MEASURED_M = 10.0
"""Height above ground at which wind is measured (WMO-No. 8)."""


class Wind(NamedTuple):
    """Wind at the height of flight, m/s towards east and north."""

    east: float
    north: float

    @property
    def speed(self) -> float:
        """Its speed (m/s)."""
        return math.hypot(self.east, self.north)


CALM = Wind(0.0, 0.0)


def wind_at(height_m: float, speed: float, from_deg: float, shear: float) -> Wind:
    """Return the wind at a height from the measured speed (m/s) and where it comes from (deg)."""
    there = speed * max(height_m / MEASURED_M, 1.0) ** shear
    turned = math.radians(from_deg)
    return Wind(-there * math.sin(turned), -there * math.cos(turned))


@dataclass(frozen=True)
class Craft:
    """A drone in its dock.

    Speeds in m/s, heights in m above ground: it climbs to ``height_m``, flies there, comes down to
    ``look_m`` to look. ``launch_s`` is from the call until it leaves the dock, ``search_s`` from
    above the place until there is a usable picture. It draws the same power however it flies:
    a full battery lasts ``endurance_s``, and of that it keeps a share ``reserve``.
    """

    speed: float
    climb: float
    height_m: float
    look_m: float
    launch_s: float
    search_s: float
    endurance_s: float
    reserve: float
    charge_s: float
    link_m: float

    @property
    def rise_s(self) -> float:
        """From leaving the dock until it is at its height, and from there to landing."""
        return self.height_m / self.climb

    @property
    def stoop_s(self) -> float:
        """From its height down to where it looks, and up again."""
        return max(self.height_m - self.look_m, 0.0) / self.climb

    @property
    def usable_s(self) -> float:
        """How long a full battery flies, less the reserve."""
        return self.endurance_s * (1.0 - self.reserve)

    def cruise_s(self, east: Floats, north: Floats, wind: Wind = CALM) -> Floats:
        """Return how long tracks (m to the east and the north) take; infinite against the wind."""
        metres = np.hypot(east, north)
        safe = np.where(metres > 0, metres, 1.0)
        along = (wind.east * east + wind.north * north) / safe
        across2 = wind.east**2 + wind.north**2 - along**2
        made_good = np.sqrt(np.maximum(self.speed**2 - across2, 0.0)) + along
        possible = (across2 < self.speed**2) & (made_good > 0)
        seconds = np.where(possible, metres / np.where(possible, made_good, 1.0), np.inf)
        return np.where(metres > 0, seconds, 0.0)

    def eye_s(self, cruise_s: Seconds) -> Seconds:
        """Return the time from call to usable picture, by the time of the cruise there."""
        return self.launch_s + self.rise_s + cruise_s + self.stoop_s + self.search_s

    def needs_s(self, out_s: Seconds, back_s: Seconds) -> Seconds:
        """Return the flying time of a mission that looks and comes back at once."""
        return 2 * self.rise_s + out_s + 2 * self.stoop_s + self.search_s + back_s

    def range_m(self) -> float:
        """Return how far it may fly to look and come back, without wind; 0 or less: nowhere."""
        left = self.usable_s - self.needs_s(0.0, 0.0)
        return min(self.link_m, left * self.speed / 2.0)
