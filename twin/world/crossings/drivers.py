"""A driver before a crossing: whether the car can stop, whether the driver gives way, and brakes.

The share that gives way is a logit (Schroeder & Rouphail 2011, doi:10.1061/(ASCE)TE.1943-5436
.0000229); the way to stop v t + v**2 / (2 b). A sign helps only who notices it, and only from when
it is lit: with less way left than it takes to stop it changes nothing.
"""

from __future__ import annotations

import math

from twin.calendar import log
from twin.elementary import exp
from twin.kernel import inner, kernel
from twin.world.choice import draw
from twin.world.columns import AT, World
from twin.world.crossings.columns import Outcome
from twin.world.rows import Rows
from twin.world.streets.gaps import next_arrival
from twin.world.streets.queues import hold

__all__ = [
    "MS_PER_H", "braking", "can_stop", "coming", "driver_does", "impact_mps", "is_dark", "mark",
    "share_of", "speed_cm_s", "stop", "stopping_m", "switch_on", "take_notice", "tell_braking",
    "yielding_logit",
]  # fmt: skip

MS_PER_H = 3_600_000
AT_BRAKE = AT.BRAKE
YIELDED, CANNOT_STOP, WOULD_NOT = Outcome.YIELDED, Outcome.CANNOT_STOP, Outcome.WOULD_NOT


@kernel
def stopping_m(mps: float, react_s: float, brake: float) -> float:
    """Return the stopping distance (m): v t + v**2 / (2 b)."""
    return mps * react_s + mps * mps / (2.0 * brake)


@kernel
def impact_mps(mps: float, metres: float, react_s: float, brake: float) -> float:
    """Return the speed (m/s) that a car still has after some metres in which it brakes."""
    braked = max(0.0, metres - mps * react_s)
    return math.sqrt(max(0.0, mps * mps - 2.0 * brake * braked))


@kernel
def share_of(logit: float) -> float:
    """Return the share that a logit stands for."""
    return 1.0 / (1.0 + exp(-logit))


@inner
def is_dark(world: World, t: int) -> bool:
    """Whether it is dark in this hour."""
    dark = world.crossings.dark
    return bool(dark[min(t // MS_PER_H, dark.size - 1)])


@inner
def coming(world: World, watch: int) -> tuple[int, int]:
    """Return when the next car of a watched link is at the crossing, and the car (-1: none)."""
    watches = world.crossings.watches
    return next_arrival(world, watches.link[watch], watches.into[watch])


@inner
def speed_cm_s(world: World, watch: int) -> int:
    """Return how fast cars of a watched link come, in whole cm/s."""
    cm_s: int = math.floor(100.0 * world.crossings.watches.mps[watch] + 0.5)
    return cm_s


@inner
def stop(world: World, watch: int, until_ms: int) -> None:
    """Hold who gives way until a time: a whole link, or the lanes that the turn is made from.

    Where cars do not queue nobody passes them.
    """
    watches, links, traffic = world.crossings.watches, world.links, world.traffic
    link, into = watches.link[watch], watches.into[watch]
    if into < 0 or links.storage[link] == 0:
        hold(world, link, until_ms)
        return
    for row in range(links.turn_first[link], links.turn_beyond[link]):
        if traffic.turns.to[row] == into:
            for lane in range(traffic.turns.lane_first[row], traffic.turns.lane_beyond[row]):
                traffic.lanes.free_ms[lane] = max(traffic.lanes.free_ms[lane], until_ms)


@inner
def switch_on(places: Rows, t: int, crossing: int, from_ms: int) -> None:
    """Light a sign from a time on, or keep it lit where it is."""
    if t >= places.lit_until_ms[crossing]:
        places.lit_from_ms[crossing] = from_ms
    places.lit_from_ms[crossing] = min(places.lit_from_ms[crossing], from_ms)
    until = from_ms + places.on_ms[crossing]
    places.lit_until_ms[crossing] = max(places.lit_until_ms[crossing], until)


@inner
def mark(world: World, car: int, crossing: int) -> float:
    """Return the number that decides whether a driver gives way here, drawn for car and trip.

    It is the same with and without a sign: a sign only adds to those who yield.
    """
    purpose = world.crossings.rules.purpose[0]
    return draw(world, car, purpose, world.crossings.places.key[crossing])


@inner
def take_notice(world: World, car: int, crossing: int) -> bool:
    """Whether the driver of a car notices the sign of a crossing while it is lit."""
    places = world.crossings.places
    seen = draw(world, car, world.crossings.rules.see[0], places.key[crossing])
    return bool(seen < places.notice[crossing])


@inner
def yielding_logit(world: World, t: int, crossing: int, watch: int) -> float:
    """Return the logit of giving way without a sign."""
    logit = world.crossings.places.yield_logit[crossing] + world.crossings.watches.logit[watch]
    if is_dark(world, t):
        logit += world.crossings.rules.night_logit[0]
    return float(logit)


@inner
def braking(world: World, t: int, watch: int, car: int) -> bool:
    """Whether a car brakes for somebody already, or stands in a queue."""
    link = world.crossings.watches.link[watch]
    return bool(world.links.held_ms[link] > t or world.cars.lane[car] >= 0)


@inner
def can_stop(world: World, watch: int, left_ms: int, warned: bool) -> bool:
    """Whether a car of a watched link can stop before the crossing, so long before it is there."""
    mps, rules = world.crossings.watches.mps[watch], world.crossings.rules[0]
    if warned:
        need_m = stopping_m(mps, rules.alert_react_s, rules.alert_brake)
    else:
        need_m = stopping_m(mps, rules.react_s, rules.brake)
    return bool(mps * left_ms >= 1000.0 * need_m)


@inner
def driver_does(world: World, t: int, person: int, crossing: int, watch: int) -> tuple[int, int]:
    """Return whether the driver who comes next gives way to a walker, and what time warned them.

    That is now, or when the sign lights up where it is the sign that makes them yield.
    """
    due, car = coming(world, watch)
    brakes = braking(world, t, watch, car)
    u, logit = mark(world, car, crossing), yielding_logit(world, t, crossing, watch)
    can = brakes or can_stop(world, watch, due - t, False)
    if can and u < share_of(logit):
        return YIELDED, t
    lit = world.walking.persons.lit_ms[person]
    if lit >= 0 and take_notice(world, car, crossing):
        cue = max(t, lit)
        warned = brakes or can_stop(world, watch, due - cue, True)
        if warned and u < share_of(logit + world.crossings.places.sign_logit[crossing]):
            return YIELDED, cue
        can = can or warned
    return (WOULD_NOT if can else CANNOT_STOP), t


@inner
def tell_braking(world: World, t: int, crossing: int, watch: int, cue: int, alarm: int) -> None:
    """Log that the next car of a watched link brakes from ``cue`` on, and how close one follows."""
    due, car = coming(world, watch)
    behind, headway = world.cars.behind[car], -1
    if behind >= 0 and world.cars.lane[behind] < 0:
        headway = world.cars.reach_ms[behind] - due
    log(world.calendar, t, AT_BRAKE, crossing, car, due - cue, speed_cm_s(world, watch),
        headway, alarm)  # fmt: skip
