"""How the constants of the modes are found: those that reproduce the shares aimed at.

Each constant is raised by the logarithm of the share wanted over the share lived, again and again
(Train 2009, *Discrete choice methods with simulation*, section 2.8). The stored constants are what
this gives for the new town of :data:`RESIDENTS`, with the draws of :data:`SEED`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gis.figures import table
from gis.population.day import lived
from gis.population.draws import Draws
from gis.population.modes import CLASSES, Mode
from gis.population.people import People

__all__ = ["RESIDENTS", "SEED", "aims", "calibrated"]

RESIDENTS, SEED = 100_000, 1
ROUNDS = 30
NEVER = -99.0

Floats = npt.NDArray[np.float64]


def aims() -> Floats:
    """Return the shares of tours aimed at, an array by class of tour and mode."""
    rows = table("mode_aims")
    shares = np.array([rows[name] for name in CLASSES])
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def calibrated(people: People, luck: Draws, start: Floats, rounds: int = ROUNDS) -> Floats:
    """Return the constants with which people live the shares aimed at; the bus has 0.

    A share of 0 stands for a mode that is not there: its constant is :data:`NEVER`.
    """
    wanted, constant = aims(), start.copy()
    for _ in range(rounds):
        tours = lived(people, luck, 0, constant=constant).tours.to_numpy(float) + 0.5
        shares = tours / tours.sum(axis=1, keepdims=True)
        constant += np.log(np.where(wanted > 0.0, wanted / shares, 1.0))
        constant -= constant[:, [Mode.BUS]]
        constant[wanted == 0.0] = NEVER
    return constant
