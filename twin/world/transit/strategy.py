"""Which bus to take: the optimal strategies of frequency-based assignment.

A rider boards whatever comes first of the attractive lines of a stop, and knows for each where to
get off. Source: Spiess & Florian 1989, Transportation Research B 23(2):83-102,
doi:10.1016/0191-2615(89)90034-9; here the equations are iterated until nothing changes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.kernel import kernel
from twin.world.transit.columns import ALIGHTS, BOARDS

__all__ = ["Lines", "Strategies", "strategies"]

ROUNDS = 200
B, A = BOARDS, ALIGHTS


class Lines(NamedTuple):
    """What riders know of the service.

    ``first``, ``beyond`` [line]: calls; ``frequency`` [line]: buses a second; ``stop`` [call];
    ``ride_s`` [call]: to the next call; ``near_first`` [stop + 1], ``near``, ``near_s``: stops
    within a walk of each stop, and the weighted seconds there.
    """

    first: NDArray[np.int64]
    beyond: NDArray[np.int64]
    frequency: NDArray[np.float64]
    stop: NDArray[np.int64]
    ride_s: NDArray[np.float64]
    near_first: NDArray[np.int64]
    near: NDArray[np.int64]
    near_s: NDArray[np.float64]


class Strategies(NamedTuple):
    """What to do on the way to each target; see :class:`twin.world.transit.columns.Transit`."""

    policy: NDArray[np.uint8]
    transfer: NDArray[np.int32]
    cost_s: NDArray[np.float32]


def strategies(lines: Lines, stops: int, wait_s: float, transfer_s: float) -> Strategies:
    """Return the optimal strategies from every stop to every stop.

    ``wait_s`` is what a second of combined headway costs, ``transfer_s`` a transfer.
    """
    order = np.argsort(lines.stop, kind="stable")
    bounds = np.searchsorted(lines.stop[order], np.arange(stops + 1))
    found = Strategies(
        np.zeros((stops, len(lines.stop)), np.uint8),
        np.full((stops, stops), -1, np.int32),
        np.full((stops, stops), np.inf, np.float32),
    )
    line_of = np.repeat(np.arange(len(lines.first)), lines.beyond - lines.first)
    frequency = lines.frequency[line_of] if len(line_of) else np.zeros(0)
    for target in range(stops):
        rows = found.policy[target], found.transfer[target], found.cost_s[target]
        _towards(target, lines, (order, bounds, frequency), (wait_s, transfer_s), rows)
    return found


@kernel
def _towards(target: int, lines: Lines, calls_at: Any, prices: Any, rows: Any) -> None:
    """Find the strategy to one target: ride backwards along lines, then choose at each stop."""
    policy, transfer, cost_s = rows
    cost = np.full(cost_s.size, np.inf)
    cost[target] = 0.0
    on = np.full(policy.size, np.inf)
    for _ in range(ROUNDS):
        _ride_back(target, lines, prices[1], cost, on, policy)
        if not _choose(target, lines, calls_at, prices[0], (cost, on, policy, transfer)):
            break
    cost_s[:] = cost


@kernel
def _ride_back(
    target: int, lines: Lines, transfer_s: float, cost: Any, on: Any, policy: Any
) -> None:
    """Set what it costs to stay on behind each call (``on``), and whether to get off at it."""
    for line in range(lines.first.size):
        ahead = np.inf
        for call in range(lines.beyond[line] - 1, lines.first[line] - 1, -1):
            stop = lines.stop[call]
            on[call] = lines.ride_s[call] + ahead
            off = 0.0 if stop == target else cost[stop] + transfer_s
            policy[call] = A if off <= on[call] else 0
            ahead = min(off, on[call])


@kernel
def _choose(target: int, lines: Lines, calls_at: Any, wait_s: float, state: Any) -> bool:
    """Take the lines of each stop that shorten the wait, or a walk; tell whether a cost fell."""
    order, bounds, frequency = calls_at
    cost, on, policy, transfer = state
    fell = False
    for stop in range(cost.size):
        if stop == target:
            continue
        calls = order[bounds[stop] : bounds[stop + 1]]
        ranked = calls[np.argsort(on[calls], kind="mergesort")]
        often, sooner, best = 0.0, 0.0, np.inf
        for call in ranked:
            if on[call] >= best or frequency[call] <= 0.0:
                continue
            often += frequency[call]
            sooner += frequency[call] * on[call]
            best = (wait_s + sooner) / often
            policy[call] |= B
        transfer[stop] = -1
        for i in range(lines.near_first[stop], lines.near_first[stop + 1]):
            walk = lines.near_s[i] + cost[lines.near[i]]
            if walk < best:
                best, transfer[stop] = walk, lines.near[i]
        if best < cost[stop] - 1e-6:
            cost[stop] = best
            fell = True
    return fell
