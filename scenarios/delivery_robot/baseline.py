"""Who delivers without robots: riders on motorbikes bring meals, vans bring parcels.

A rider comes to the shop after a while, rides to the door and, empty, to the next shop. A van
leaves a depot beyond the city full, and visits its stops in a short tour: its kilometres are those
of tours over the day's parcels, which Daganzo's 2 r n/q + 0.57 sqrt(n A) approximates (1984,
Transportation Science 18:331-350).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gis.figures import figure
from scenarios.delivery_robot.orders import Orders
from twin.luck import Luck
from twin.tours import tours
from twin.world.ground import Ground

__all__ = ["Riders", "Vans", "rider_km", "rider_s", "van_km"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Riders:
    """Riders: until one is at the shop (min, mean), km/h, km empty over loaded, s at the door."""

    wait_min: float
    kmh: float
    empty: float
    hand_s: float


@dataclass(frozen=True)
class Vans:
    """Vans: parcels in each, km from the middle of the city to the depot."""

    parcels: float
    depot_km: float


def loaded_km(ground: Ground, meals: Orders) -> Floats:
    """Return the km on streets from the shop to the door of each meal, about."""
    apart = np.hypot(
        ground.place_x[meals.shop] - ground.place_x[meals.home],
        ground.place_y[meals.shop] - ground.place_y[meals.home],
    )
    return np.asarray(apart * figure("detour") / 1_000.0)


def rider_km(ground: Ground, meals: Orders, riders: Riders) -> Floats:
    """Return the km that a rider rides for each meal, the empty ones too."""
    return loaded_km(ground, meals) * (1.0 + riders.empty)


def rider_s(
    ground: Ground, meals: Orders, called_s: Floats, riders: Riders, *, luck: Luck
) -> Floats:
    """Return the seconds from asking to the handover of meals whose rider is called at a time."""
    wait_s = np.asarray(
        luck.of("rider").exponential(
            meals.person, 60.0 * riders.wait_min, day=meals.day, trip=meals.number
        )
    )
    leaves_s = np.maximum(meals.ready_s, called_s + wait_s)
    ride_s = loaded_km(ground, meals) / riders.kmh * 3_600.0
    return np.asarray(leaves_s + ride_s + riders.hand_s - meals.time_s)


def van_km(ground: Ground, stops: Ints, load: Floats, vans: Vans) -> float:
    """Return the km of vans that bring so many parcels (load) to buildings (rows), in a day."""
    rows, place = np.unique(stops, return_inverse=True)
    loads = np.bincount(place, load, minlength=len(rows)).astype(float)
    found = tours(ground.place_x[rows], ground.place_y[rows], loads, vans.parcels)
    streets_km = float(found.metres.sum()) * figure("detour") / 1_000.0
    return streets_km + 2.0 * vans.depot_km * len(found.metres)
