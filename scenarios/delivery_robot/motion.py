"""How a robot moves: the energy of its way, and how it stops for who comes into its way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["GRAVITY", "TTC_S", "Motion", "stopping_m"]

Amount = TypeVar("Amount", float, NDArray[np.float64])

GRAVITY = 9.81
J_PER_WH = 3_600.0
TTC_S = 1.5
"""A time to collision below this is a conflict (s)."""


def stopping_m(mps: float, reaction_s: float, brake: float) -> float:
    """Return the way (m) to a stop: v t + v^2 / 2 b, with b in m/s2."""
    return mps * reaction_s + mps * mps / (2.0 * brake)


@dataclass(frozen=True)
class Motion:
    """What moves and stops a robot.

    ``kg`` with its load, ``rolling`` the coefficient of rolling resistance, ``efficiency`` of the
    drive, ``electronics_w`` of sensors and computer; ``reaction_s``, ``brake`` (m/s2) and
    ``sight_m``, how far it sees who comes into its way.
    """

    mps: float
    kg: float
    rolling: float
    efficiency: float
    electronics_w: float
    reaction_s: float
    brake: float
    sight_m: float

    def wh(self, metres: Amount, seconds: Amount) -> Amount:
        """Return the energy of a way that takes so long, with its waits.

        Rolling resistance over the efficiency of the drive, and the electronics all the time:
        the kind of model of Figliozzi & Jennings 2020, Transp. Res. Procedia 46:21-28.
        """
        rolled_j = self.rolling * self.kg * GRAVITY / self.efficiency * metres
        return (rolled_j + self.electronics_w * seconds) / J_PER_WH

    def close_share(self, walker_mps: float) -> float:
        """Return the share of those who come into its way that come too close.

        They appear at a distance that is even between 0 and ``sight_m`` and walk on towards it; it
        brakes until it stands. It is a conflict where the time to collision falls below 1.5 s
        meanwhile. The distance that is just enough keeps it at 1.5 s at its least, which is at the
        speed at which braking wins as much as the two lose.
        """
        least = min(max(TTC_S * self.brake - walker_mps, 0.0), self.mps)
        braked_s = (self.mps - least) / self.brake
        gone_m = self.mps * self.reaction_s + (self.mps**2 - least**2) / (2.0 * self.brake)
        met_m = gone_m + walker_mps * (self.reaction_s + braked_s)
        return min(1.0, (met_m + TTC_S * (least + walker_mps)) / self.sight_m)
