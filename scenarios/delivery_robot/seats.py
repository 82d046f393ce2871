"""Seats of those who help robots from afar: a queue with several servers, first come first served.

A robot that asks at an instant is told at once when a seat is free: with every duration known, the
wait follows from when each seat is free next (Kiefer & Wolfowitz 1955,
doi:10.1090/S0002-9947-1955-0070091-6). Robots that ask at one instant are taken in the order they
ask, which is that of their keys.
"""

from __future__ import annotations

import heapq

__all__ = ["Seats"]


class Seats:
    """So many seats; times are seconds."""

    def __init__(self, number: int) -> None:
        if number < 1:
            raise ValueError(f"seats must be at least 1, got {number}")
        self.free_s = [0.0] * number

    def take(self, now_s: float, help_s: float) -> float:
        """Return how long one waits for a seat that then helps for so long."""
        starts_s = max(now_s, self.free_s[0])
        heapq.heapreplace(self.free_s, starts_s + help_s)
        return starts_s - now_s
