"""Where people usually go: places that each resident has for each purpose, far and near."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.figures import figure
from gis.population.cars import OUTSIDE, VISITING, Gates, gate_of
from gis.population.draws import Draws
from gis.population.places import LENGTHS, Places, decay, inside_share, pick

__all__ = ["NEAR", "USUAL", "Habits", "habits_of", "usual"]

USUAL, NEAR = 4, 2  # places for each purpose: the usual ones, and those around the home

Ints = npt.NDArray[np.int64]


class Habits(NamedTuple):
    """The usual places of residents: arrays by person, purpose (:data:`VISITING`) and habit.

    ``place`` is a building row, -1 outside; ``gate`` the junction row by which a place outside is
    reached, -1 for one inside. The first :data:`USUAL` habits lie anywhere, the last :data:`NEAR`
    around the home.
    """

    place: npt.NDArray[np.int32]
    gate: npt.NDArray[np.int32]


def habits_of(persons: pd.DataFrame, where: Places, gates: Gates, luck: Draws) -> Habits:
    """Return the places that each person usually goes to, and the gates to those outside."""
    key = persons["person"].to_numpy()[:, None]
    cell = where.cell[np.maximum(persons["home"].to_numpy(), 0)][:, None]
    place = np.empty((len(persons), len(VISITING), USUAL + NEAR), dtype=np.int32)
    gate = np.empty_like(place)
    look = np.arange(USUAL + NEAR)
    for k, purpose in enumerate(VISITING):
        chance = luck.of("habit").uniform(key, trip=purpose, look=look)
        for looks, mean_km in _reaches(purpose):
            weights = decay(where, mean_km) * where.attraction[purpose]
            place[:, k, looks] = pick(weights, cell, chance[:, looks])
        inside = inside_share(where.radius_km, purpose)
        leaves = luck.of("stays in").uniform(key, trip=purpose, look=look[:USUAL]) >= inside
        place[:, k, :USUAL][leaves] = OUTSIDE
        chance = luck.of("way out").uniform(key, trip=purpose, look=look)
        way_out = gate_of(gates, cell, chance)
        gate[:, k] = np.where(place[:, k] == OUTSIDE, way_out, -1)
    return Habits(place, gate)


def _reaches(purpose: int) -> list[tuple[slice, float]]:
    """Return which habits have which mean length of trips, km."""
    usual, near = slice(0, USUAL), slice(USUAL, USUAL + NEAR)
    return [(usual, figure(LENGTHS[purpose])), (near, figure("length_near_km"))]


def usual(
    habits: Habits, person: Ints, purpose: Ints, near: npt.NDArray[np.bool_], chance: Ints
) -> tuple[Ints, Ints]:
    """Return the place and gate of a trip: one of the usual places, or of those near home."""
    which = np.where(near, USUAL + chance * NEAR, chance * USUAL).astype(np.int64)
    row = purpose - VISITING[0]
    return tuple(column[person, row, which].astype(np.int64) for column in habits)  # type: ignore[return-value]
