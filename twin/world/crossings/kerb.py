"""A walker at a kerb: waits for the walk phase, or for a gap that is long enough, or a driver.

Without a signal a walker goes when every car that comes first on a link cut by the crossing is at
least the critical gap away, or has given way and stands. The critical gap is that of the Highway
Capacity Manual 2010, width / speed + margin; drivers give way by a logit, where they can stop.
"""

from __future__ import annotations

import math

from twin.calendar import log, push
from twin.elementary import exp
from twin.kernel import inner, kernel
from twin.luck import u01
from twin.world.choice import draw
from twin.world.columns import AT, Rank, World
from twin.world.crossings.columns import MINUTES, Outcome
from twin.world.streets.gaps import next_arrival
from twin.world.streets.queues import hold
from twin.world.walking.columns import MET

__all__ = ["come_to", "look", "stopping_m", "take_ms", "walk_phase"]

MS_PER_DAY = 86_400_000
MINUTE_MS = 60_000
FAR_MS = 1 << 40
SHOWN_PET_MS = 60_000
R_WALK, R_CROSS = Rank.WALK, Rank.CROSS
AT_ENCOUNTER, AT_CROSS = AT.ENCOUNTER, AT.CROSS
WALKER_FIRST, YIELDED = Outcome.WALKER_FIRST, Outcome.YIELDED
CANNOT_STOP, WOULD_NOT = Outcome.CANNOT_STOP, Outcome.WOULD_NOT


@kernel
def stopping_m(mps: float, react_s: float, brake: float) -> float:
    """Return the stopping distance (m): v t + v**2 / (2 b)."""
    return mps * react_s + mps * mps / (2.0 * brake)


@kernel
def take_ms(metres: float, mps: float) -> int:
    """Return how long it takes to walk a way, to the millisecond."""
    return math.floor(1000.0 * metres / mps + 0.5)


@inner
def walk_phase(world: World, t: int, crossing: int) -> int:
    """Return ``t`` where a walker may step off at a signal, else when to look again.

    A signal that has no walk phase at this time of day is off, and one may go.
    """
    places, windows = world.crossings.places, world.crossings.windows
    clock, soonest = t % MS_PER_DAY, FAR_MS
    for i in range(places.first_window[crossing], places.beyond_window[crossing]):
        if not windows.day_from_ms[i] <= clock < windows.day_to_ms[i]:
            continue
        phase = (clock - windows.offset_ms[i]) % windows.cycle_ms[i]
        if windows.from_ms[i] <= phase < windows.to_ms[i]:
            return t
        soonest = min(soonest, (windows.from_ms[i] - phase) % windows.cycle_ms[i])
        soonest = min(soonest, windows.day_to_ms[i] - clock)
    return t if soonest == FAR_MS else t + soonest


@inner
def come_to(world: World, t: int, person: int) -> None:
    """Let a walker come to the kerb of the crossing that is next on the way."""
    persons, walking = world.walking.persons, world.walking
    crossing = walking.ways.crossing[persons.arc[person]]
    persons.kerb_ms[person] = t
    persons.stage[person] = 0
    persons.cars_met[person] = 0
    persons.lit_ms[person] = -1
    places = world.crossings.places
    if places.sign[crossing] and noticed(world, t, person, crossing):
        persons.lit_ms[person] = t + places.latency_ms[crossing]
    look(world, t, person)


@inner
def noticed(world: World, t: int, person: int, crossing: int) -> bool:
    """Whether the detector of a crossing notices a walker."""
    walking, places = world.walking, world.crossings.places
    rules, leg = walking.rules[0], walking.persons.leg[person]
    night = is_night(world, t)
    recall = places.night_recall[crossing] if night else places.recall[crossing]
    when, key = walking.legs.moment[leg], walking.persons.key[person]
    return bool(
        u01(rules.seed, rules.epoch, rules.notice, key, when, places.key[crossing]) < recall
    )


@inner
def is_night(world: World, t: int) -> bool:
    """Whether it is dark."""
    rules, clock = world.crossings.rules[0], t % MS_PER_DAY
    return bool(clock >= rules.night_from_ms or clock < rules.night_to_ms)


@inner
def look(world: World, t: int, person: int) -> None:
    """Go, or look again when the next car has passed or stands, or the walk phase begins."""
    walking, places = world.walking, world.crossings.places
    crossing = walking.ways.crossing[walking.persons.arc[person]]
    if places.signal[crossing]:
        opens = walk_phase(world, t, crossing)
        if opens > t:
            push(world.calendar, opens, R_CROSS, person)
            return
    wake = FAR_MS
    for watch in range(places.first[crossing], places.beyond[crossing]):
        if concerns(world, person, crossing, watch):
            clear = when_clear(world, t, person, crossing, watch)
            if clear > t:
                wake = min(wake, clear)
    if wake < FAR_MS:
        push(world.calendar, wake, R_CROSS, person)
    else:
        go(world, t, person, crossing)


@inner
def half_met(world: World, person: int, watch: int) -> int:
    """Return 0 where the cars of a watched link pass in the half walked first, else 1."""
    walking = world.walking
    against = walking.ways.against[walking.persons.arc[person]]
    return int(world.crossings.watches.half[watch] ^ against)


@inner
def concerns(world: World, person: int, crossing: int, watch: int) -> bool:
    """Whether a watched link matters now: with a refuge each half is crossed by itself."""
    if not world.crossings.places.refuge[crossing]:
        return True
    return bool(half_met(world, person, watch) == world.walking.persons.stage[person])


@inner
def off_after(world: World, person: int, crossing: int, watch: int) -> int:
    """Return how long after stepping off (ms) a walker has left the half of a watched link."""
    mps = world.walking.persons.mps[person]
    half = take_ms(0.5 * world.crossings.places.width_m[crossing], mps)
    if world.crossings.places.refuge[crossing]:
        return half
    return int((half_met(world, person, watch) + 1) * half)


@inner
def critical_gap(world: World, person: int, crossing: int) -> int:
    """Return the shortest gap (ms) that a walker takes: width / speed + margin."""
    persons, places = world.walking.persons, world.crossings.places
    width = places.width_m[crossing]
    if places.refuge[crossing]:
        width *= 0.5
    margin_ms = math.floor(1000.0 * persons.margin_s[person] + 0.5)
    return int(take_ms(width, persons.mps[person]) + margin_ms)


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
def coming(world: World, watch: int) -> tuple[int, int]:
    """Return when the next car of a watched link is at the crossing, and the car (-1: none)."""
    watches = world.crossings.watches
    return next_arrival(world, watches.link[watch], watches.into[watch])


@inner
def when_clear(world: World, t: int, person: int, crossing: int, watch: int) -> int:
    """Return ``t`` where the next car of a link leaves a gap or stands; else when to look again."""
    link = world.crossings.watches.link[watch]
    due, car = coming(world, watch)
    if car < 0:
        return t
    passes = int(max(due, world.links.held_ms[link], t))
    critical = critical_gap(world, person, crossing)
    if passes - t >= critical:
        if passes - t < critical + world.crossings.rules[0].near_ms:
            note(world, t, person, crossing, watch, WALKER_FIRST)
        return t
    outcome = driver_does(world, t, person, crossing, watch)
    note(world, t, person, crossing, watch, outcome)
    if outcome != YIELDED:
        return passes
    stop(world, watch, passes + off_after(world, person, crossing, watch))
    if world.cars.lane[car] >= 0:
        return t
    return max(due, t)


@inner
def driver_does(world: World, t: int, person: int, crossing: int, watch: int) -> int:
    """Return whether the driver who comes next on a watched link gives way.

    One number, drawn for the car, its trip and the crossing, decides: a sign only adds to those who
    yield. A car that brakes for somebody already can stop, and one that queues stands.
    """
    watches, rules = world.crossings.watches, world.crossings.rules[0]
    due, car = coming(world, watch)
    braking = world.links.held_ms[watches.link[watch]] > t or world.cars.lane[car] >= 0
    logit = world.crossings.places.yield_logit[crossing] + watches.logit[watch]
    if is_night(world, t):
        logit += rules.night_logit
    u = draw(world, car, rules.purpose, world.crossings.places.key[crossing])
    mps = watches.mps[watch]
    can = braking or mps * (due - t) >= 1000.0 * stopping_m(mps, rules.react_s, rules.brake)
    would = u < 1.0 / (1.0 + exp(-logit))
    if would and can:
        return YIELDED
    lit = world.walking.persons.lit_ms[person]
    if lit >= 0:
        need_m = stopping_m(mps, rules.alert_react_s, rules.alert_brake)
        can_now = braking or mps * (due - max(t, lit)) >= 1000.0 * need_m
        would = u < 1.0 / (1.0 + exp(-logit - rules.sign_logit))
        if would and can_now:
            return YIELDED
        can = can or can_now
    return WOULD_NOT if can else CANNOT_STOP


@inner
def note(world: World, t: int, person: int, crossing: int, watch: int, outcome: int) -> None:
    """Log the first time that a walker and the next car of a watched link come close."""
    due, car = coming(world, watch)
    persons, met = world.walking.persons, world.walking.met
    number = persons.cars_met[person]
    for i in range(min(number, MET)):
        if met[person, i] == car:
            return
    met[person, number % MET] = car
    persons.cars_met[person] = min(number + 1, 120)
    speed = math.floor(100.0 * world.crossings.watches.mps[watch] + 0.5)
    log(world.calendar, t, AT_ENCOUNTER, person, crossing, car, due - t, outcome, speed)


@inner
def go(world: World, t: int, person: int, crossing: int) -> None:
    """Step off: cars that come meanwhile wait until the walker has left their half."""
    walking, places = world.walking, world.crossings.places
    persons, stage = walking.persons, walking.persons.stage[person]
    wait = t - persons.kerb_ms[person]
    pet = encroachment(world, t, person, crossing)
    if wait > 0 or persons.cars_met[person] > 0 or pet < SHOWN_PET_MS:
        shown = pet if pet < SHOWN_PET_MS else -1
        log(world.calendar, t, AT_CROSS, person, crossing, wait, shown,
            persons.cars_met[person], stage)  # fmt: skip
    persons.wait_ms[person] += wait
    if stage == 0:
        world.crossings.walked[crossing, (t // MINUTE_MS) % MINUTES] += 1
    for watch in range(places.first[crossing], places.beyond[crossing]):
        if world.crossings.watches.into[watch] < 0 and concerns(world, person, crossing, watch):
            until = t + off_after(world, person, crossing, watch)
            hold(world, world.crossings.watches.link[watch], until)
    metres = walking.ways.metres[persons.arc[person]]
    if not places.refuge[crossing]:
        push(world.calendar, t + take_ms(metres, persons.mps[person]), R_WALK, person)
        return
    there = t + take_ms(0.5 * metres, persons.mps[person])
    persons.stage[person] = stage + 1
    persons.kerb_ms[person] = there
    push(world.calendar, there, R_CROSS if stage == 0 else R_WALK, person)


@inner
def encroachment(world: World, t: int, person: int, crossing: int) -> int:
    """Return the least post-encroachment time (ms) of a walker who steps off now.

    From the last car to the walker in its half, and from there to the next car, unless it brakes.
    """
    watches, places = world.crossings.watches, world.crossings.places
    least = FAR_MS
    for watch in range(places.first[crossing], places.beyond[crossing]):
        if not concerns(world, person, crossing, watch):
            continue
        link, into = watches.link[watch], watches.into[watch]
        off = off_after(world, person, crossing, watch)
        due, car = coming(world, watch)
        if car >= 0 and world.links.held_ms[link] <= t:
            least = min(least, due - t - off)
        if into < 0:
            half = take_ms(0.5 * places.width_m[crossing], world.walking.persons.mps[person])
            least = min(least, t + off - half - world.links.passed_ms[link])
    return least
