"""A walker at a kerb: waits for the walk phase, or for a gap that is long enough, or a driver.

Without a signal a walker goes when every car that comes first on a link cut by the crossing is at
least the critical gap away, or has given way and stands. The critical gap is that of the Highway
Capacity Manual 2010, width / speed + margin; drivers give way by a logit, where they can stop.
"""

from __future__ import annotations

import math

from twin.calendar import log, push
from twin.kernel import inner, kernel
from twin.luck import lognormal, u01
from twin.world.columns import AT, Rank, World
from twin.world.crossings.columns import MINUTES, Outcome
from twin.world.crossings.drivers import (
    MS_PER_H,
    braking,
    coming,
    driver_does,
    impact_mps,
    speed_cm_s,
    stop,
    switch_on,
    take_notice,
    tell_braking,
)
from twin.world.streets.queues import hold
from twin.world.walking.columns import MET

__all__ = ["PATH_M", "come_to", "look", "take_ms", "walk_phase"]

MS_PER_DAY = 86_400_000
MINUTE_MS = 60_000
FAR_MS = 1 << 40
SHOWN_PET_MS, CLOSE_MS = 60_000, 10_000
PATH_M = 1.0
"""From the middle of a half to where a walker is out of the way of a car 2 m wide."""
R_WALK, R_CROSS = Rank.WALK, Rank.CROSS
AT_ENCOUNTER, AT_CROSS, AT_CONFLICT, AT_LIT = AT.ENCOUNTER, AT.CROSS, AT.CONFLICT, AT.LIT
WALKER_FIRST, YIELDED = Outcome.WALKER_FIRST, Outcome.YIELDED


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
    rules, key = walking.rules[0], world.crossings.places.key[crossing]
    who, when = persons.key[person], walking.legs.moment[persons.leg[person]]
    u = u01(rules.seed, rules.epoch, rules.judge, who, when, key)
    persons.judged[person] = lognormal(u, 1.0, rules.judge_cv)
    persons.lit_ms[person] = -1
    if world.crossings.places.sign[crossing]:
        u = u01(rules.seed, rules.epoch, rules.notice, who, when, key)
        light(world, t, person, crossing, u)
    look(world, t, person)


@inner
def light(world: World, t: int, person: int, crossing: int, u: float) -> None:
    """Light the sign for a walker whom its detector notices; who comes while it is lit is shown."""
    places, recall = world.crossings.places, world.crossings.recall
    if u < recall[crossing, min(t // MS_PER_H, recall.shape[1] - 1)]:
        log(world.calendar, t, AT_LIT, person, crossing, places.latency_ms[crossing], 0, 0, 0)
        switch_on(places, t, crossing, t + places.latency_ms[crossing])
    if t < places.lit_until_ms[crossing]:
        world.walking.persons.lit_ms[person] = max(t, places.lit_from_ms[crossing])


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
    """Return the shortest gap (ms) that a walker takes: width / speed + margin, as they judge it.

    Who thinks that a gap is longer than it is takes a shorter one.
    """
    persons, places = world.walking.persons, world.crossings.places
    width = places.width_m[crossing]
    if places.refuge[crossing]:
        width *= 0.5
    margin_ms = math.floor(1000.0 * persons.margin_s[person] + 0.5)
    wanted = take_ms(width, persons.mps[person]) + margin_ms
    gap_ms: int = math.floor(wanted / persons.judged[person] + 0.5)
    return gap_ms


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
    outcome, cue = driver_does(world, t, person, crossing, watch)
    note(world, t, person, crossing, watch, outcome)
    if outcome != YIELDED:
        return passes
    if not braking(world, t, watch, car):
        tell_braking(world, t, crossing, watch, cue, 0)
    stop(world, watch, passes + off_after(world, person, crossing, watch))
    if world.cars.lane[car] >= 0:
        return t
    return max(due, t)


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
    speed = speed_cm_s(world, watch)
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
    if stage == 0 and person < persons.size - walking.machines.size:
        world.crossings.walked[crossing, (t // MINUTE_MS) % MINUTES] += 1
    for watch in range(places.first[crossing], places.beyond[crossing]):
        if not concerns(world, person, crossing, watch):
            continue
        tell_conflict(world, t, person, crossing, watch)
        if world.crossings.watches.into[watch] < 0:
            until = t + off_after(world, person, crossing, watch)
            hold(world, world.crossings.watches.link[watch], until)
    metres = walking.ways.metres[persons.arc[person]]
    if persons.lit_ms[person] >= 0:
        over = t + take_ms(metres, persons.mps[person])
        places.lit_until_ms[crossing] = max(places.lit_until_ms[crossing], over)
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


@inner
def tell_conflict(world: World, t: int, person: int, crossing: int, watch: int) -> None:
    """Log how close the next car of a link would come to who steps off now, if it did not brake.

    The post-encroachment time is that between them in the way of the car, below zero where both are
    in it at once; and the speed of impact is what the sign leaves of the car's.
    """
    due, car = coming(world, watch)
    if car < 0 or braking(world, t, watch, car):
        return
    mps = world.walking.persons.mps[person]
    half = take_ms(0.5 * world.crossings.places.width_m[crossing], mps)
    middle = off_after(world, person, crossing, watch) - half // 2
    pet = abs(due - t - middle) - take_ms(PATH_M, mps)
    if pet >= CLOSE_MS:
        return
    impact = world.crossings.watches.mps[watch]
    lit = world.walking.persons.lit_ms[person]
    if lit >= 0 and take_notice(world, car, crossing):
        rules, metres = world.crossings.rules[0], impact * (due - max(t, lit)) / 1000.0
        impact = impact_mps(impact, metres, rules.alert_react_s, rules.alert_brake)
    impact_cm_s = math.floor(100.0 * impact + 0.5)
    log(world.calendar, t, AT_CONFLICT, person, crossing, car, pet, speed_cm_s(world, watch),
        impact_cm_s)  # fmt: skip
