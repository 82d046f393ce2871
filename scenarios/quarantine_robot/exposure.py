"""Masks and infection in the open: compliance by encounters, Wells-Riley with masks on both sides.

Wells 1955 and Riley et al. 1978 (doi:10.1093/oxfordjournals.aje.a112560): who breathes p m3/h for
t hours where I people give off q quanta/h into Q m3/h of fresh air is infected with probability
1 - exp(-I q p t / Q). A mask lets through 1 - eta of what its wearer breathes out, or in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.elementary import exps

__all__ = ["Air", "Masks", "infected", "quanta", "wearing"]

Floats = NDArray[np.float64]
S_PER_H = 3_600.0


@dataclass(frozen=True)
class Air:
    """What an infected person gives off (quanta/h), and what another breathes of it (m3/h).

    In the open the fresh air is what the wind carries through a cross-section around the two
    (m2), at a least speed (m/s): people stir the air that they stand in.
    """

    quanta_h: float
    breath_m3_h: float
    section_m2: float
    least_mps: float

    def fresh_m3_h(self, wind_mps: Floats) -> Floats:
        """Return the fresh air between two people at these winds."""
        return self.section_m2 * np.maximum(wind_mps, self.least_mps) * S_PER_H


@dataclass(frozen=True)
class Masks:
    """What a mask keeps back of what is breathed out, and in: shares."""

    out: float
    into: float


def infected(dose: Floats | float) -> Floats:
    """Return the probability of infection by a dose of quanta: 1 - exp(-dose)."""
    return np.asarray(1.0 - exps(-np.atleast_1d(np.asarray(dose, float))), np.float64)


def quanta(
    air: Air, hours: Floats, fresh_m3_h: Floats, *, masks: Masks, others: Floats, wears: Floats
) -> Floats:
    """Return the quanta breathed in beside one infected person: q p t / Q, less what masks keep.

    ``others`` is the share of masks among who may be infected, ``wears`` that of who breathes in.
    """
    let_out, let_in = 1.0 - masks.out * others, 1.0 - masks.into * wears
    return air.quanta_h * air.breath_m3_h * hours / fresh_m3_h * let_out * let_in


def wearing(base: float, dose: Floats, *, most: float, half: float) -> Floats:
    """Return the share who wear a mask after so many encounters: m0 + (1 - m0) b d / (d + k).

    ``most`` (b) of those without one put it on at the most, half of these after ``half`` (k)
    encounters.
    """
    gain = most * dose / (dose + half) if half else np.where(dose > 0.0, most, 0.0)
    return np.asarray(base + (1.0 - base) * gain, np.float64)
