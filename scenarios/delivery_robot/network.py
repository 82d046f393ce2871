"""The network that robots report by: where it is down they stand still, and no job is given."""

from __future__ import annotations

from itertools import count

from twin.luck import Luck

__all__ = ["Connection"]

S_PER_H = 3_600.0


class Connection:
    """When the network is down: spells of both states are exponential.

    ``spells`` are the start and the end (s) of each outage between two times.
    """

    def __init__(
        self, luck: Luck, works_h: float, down_min: float, *, from_s: float, until_s: float
    ) -> None:
        self.spells: list[tuple[float, float]] = []
        now_s = from_s
        for number in count():
            now_s += S_PER_H * float(luck.of("works").exponential(number, works_h))
            down_s = 60.0 * float(luck.of("down").exponential(number, down_min))
            if now_s >= until_s or down_min <= 0.0:
                break
            self.spells.append((now_s, now_s + down_s))
            now_s += down_s

    def works(self, now_s: float) -> bool:
        """Whether it works."""
        return not any(begin <= now_s < end for begin, end in self.spells)

    def down_s(self, from_s: float, until_s: float) -> float:
        """Return how long it is down between two times, until the end of what began by then."""
        return sum(
            end - max(begin, from_s)
            for begin, end in self.spells
            if begin < until_s and end > from_s
        )
