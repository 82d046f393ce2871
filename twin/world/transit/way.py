"""How far a bus has to go on its link: to the next call on it, else to its end."""

from __future__ import annotations

from twin.kernel import inner
from twin.world.columns import World

__all__ = ["to_go"]


@inner
def to_go(world: World, car: int) -> tuple[int, bool]:
    """Return the free-flow time (ms) to the end of a car's link, or to a call, and whether to that.

    A car starts at the start of its link, a bus there or at its last call.
    """
    transit, cars = world.transit, world.cars
    ms = world.links.ms[cars.arc[car]]
    bus = car - transit.rules.cars[0]
    if bus < 0:
        return ms + int(cars.slower[car] * ms), False
    calls, call, here = transit.calls, transit.buses.call[bus], cars.step[car] - 1
    done = 0
    if call > transit.lines.first[transit.buses.line[bus]] and calls.step[call - 1] == here:
        done = int(ms * calls.at[call - 1])
    if calls.step[call] == here:
        return int(ms * calls.at[call]) - done, True
    return ms - done, False
