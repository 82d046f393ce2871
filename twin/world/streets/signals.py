"""Signals: when a turn has green next, by the plan of that time of the day."""

from __future__ import annotations

from twin.kernel import inner
from twin.world.streets.columns import Traffic

__all__ = ["next_green"]

DAY_MS = 86_400_000


@inner
def next_green(traffic: Traffic, t: int, turn: int) -> tuple[int, int]:
    """Return the first time from ``t`` on at which to look for green, and 1 if it is permissive.

    It is ``t`` itself where the turn has green at ``t``; at the end of a plan one looks again.
    """
    turns, slots, greens = traffic.turns, traffic.slots, traffic.greens
    signal = turns.signal[turn]
    day = t % DAY_MS
    slot = traffic.signals.first[signal]
    while slot < traffic.signals.beyond[signal] - 1 and slots.to_ms[slot] <= day:
        slot += 1
    end = t - day + slots.to_ms[slot]
    cycle = slots.cycle_ms[slot]
    if cycle == 0:
        return t, 1
    phase = (day - slots.offset_ms[slot]) % cycle
    wait = end - t
    for row in range(turns.green_first[turn], turns.green_beyond[turn]):
        green = greens[row]
        if green.slot != slot:
            continue
        if green.from_ms <= phase < green.to_ms:
            return t, int(green.permissive)
        wait = min(wait, (green.from_ms - phase) % cycle)
    return t + wait, 0
