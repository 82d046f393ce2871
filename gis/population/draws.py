"""What the population asks of its luck, and the purposes of its trips."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Protocol

__all__ = ["PURPOSES", "Draws", "Purpose"]

PURPOSES = ("home", "work", "business", "shop", "leisure", "school", "other")


class Purpose(IntEnum):
    """Why a trip is made: the code of each purpose is its position in :data:`PURPOSES`."""

    HOME = 0
    WORK = 1
    BUSINESS = 2
    SHOP = 3
    LEISURE = 4
    SCHOOL = 5
    OTHER = 6


class Draws(Protocol):
    """Random numbers by situation: the same thing, day, trip and look always draw the same."""

    def of(self, purpose: str) -> Draws:
        """Return the draws of a purpose within this one."""

    def uniform(self, thing: Any, *, day: Any = 0, trip: Any = 0, look: Any = 0) -> Any:
        """Return numbers between 0 and 1, both excluded."""

    def gumbel(self, thing: Any, *, day: Any = 0, trip: Any = 0, look: Any = 0) -> Any:
        """Return standard Gumbel numbers."""

    def normal(self, thing: Any, *, day: Any = 0, trip: Any = 0, look: Any = 0) -> Any:
        """Return standard normal numbers."""
