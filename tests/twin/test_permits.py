"""Permits for residents' spaces: the nearest eight, ties to the first, as the plain way finds."""

from __future__ import annotations

import numpy as np

from twin.luck import Luck
from twin.world.day import CHOICES, _nearest


def plainly(homes: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the nearest places by the whole matrix of distances."""
    dx = homes[:, 0][:, None] - places[:, 0]
    dy = homes[:, 1][:, None] - places[:, 1]
    return np.argsort(dx * dx + dy * dy, axis=1, kind="stable")[:, :CHOICES]


def test_the_nearest_places_are_those_of_the_whole_matrix() -> None:
    luck = Luck(3, "permits")
    homes = 1_000.0 * luck.of("homes").uniform(np.arange(600)).reshape(300, 2)
    places = 1_000.0 * luck.of("places").uniform(np.arange(240)).reshape(120, 2)
    assert (_nearest(homes, places) == plainly(homes, places)).all()


def test_ties_go_to_the_first_row_and_few_places_are_all_taken() -> None:
    x, y = (each.ravel().astype(float) for each in np.meshgrid(np.arange(6), np.arange(6)))
    lattice = np.column_stack([x, y])
    assert (_nearest(lattice + 0.5, lattice) == plainly(lattice + 0.5, lattice)).all()
    assert (_nearest(lattice, lattice[:3]) == plainly(lattice, lattice[:3])).all()
