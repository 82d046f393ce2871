"""What the population asks of its luck, and the purposes of its trips."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["PURPOSES", "Draws", "Purpose"]

PURPOSES = ("home", "work", "business", "shop", "leisure", "school", "other")


class Purpose:
    """Codes of the purposes: positions in :data:`PURPOSES`."""

    HOME, WORK, BUSINESS, SHOP, LEISURE, SCHOOL, OTHER = range(7)


class Draws(Protocol):
    """Random numbers by situation: the same thing, day, trip and look always draw the same."""

    def of(self, purpose: str) -> Draws:
        """Return the draws of a purpose within this one."""

    def uniform(self, thing: Any, *, day: Any = 0, trip: Any = 0, look: Any = 0) -> Any:
        """Return numbers between 0 and 1, both excluded."""

    def normal(self, thing: Any, *, day: Any = 0, trip: Any = 0, look: Any = 0) -> Any:
        """Return standard normal numbers."""


Floats = npt.NDArray[np.float64]
