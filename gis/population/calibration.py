"""How the constants of the modes are found: those that reproduce the shares aimed at.

Each constant is raised by the logarithm of the share wanted over the share lived, again and again
(Train 2009, *Discrete choice methods with simulation*, section 2.8). The stored constants are what
this gives for the new town of :data:`RESIDENTS`, with the draws of :data:`SEED`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gis.population.day import lived
from gis.population.draws import Draws
from gis.population.modes import Mode, aims
from gis.population.people import People

__all__ = ["RESIDENTS", "SEED", "calibrated"]

RESIDENTS, SEED = 100_000, 1
ROUNDS = 30
NEVER = -99.0

Floats = npt.NDArray[np.float64]


def calibrated(
    people: People,
    luck: Draws,
    start: Floats,
    *,
    rounds: int = ROUNDS,
    wanted: Floats | None = None,
) -> Floats:
    """Return the constants with which people live the shares aimed at; the bus has 0.

    ``wanted`` are the aims of another city than theirs. A share of 0 stands for a mode that is not
    there: its constant is :data:`NEVER`.
    """
    wanted, constant = aims(people.like) if wanted is None else wanted, start.copy()
    for _ in range(rounds):
        tours = lived(people, luck, 0, constant=constant).tours.to_numpy(float) + 0.5
        shares = tours / tours.sum(axis=1, keepdims=True)
        constant += np.log(np.where(wanted > 0.0, wanted / shares, 1.0))
        constant -= constant[:, [Mode.BUS]]
        constant[wanted == 0.0] = NEVER
    return constant
