"""What a driver weighs: who may park where, what it costs, how much a lot is liked.

A lot's appeal is its generalised cost (price, walk, drive, expected search, risk of a fine) plus a
Gumbel term that is keyed by (person, day, trip, lot).
"""

from __future__ import annotations

from math import log

import numpy as np

from twin.elementary import exp
from twin.kernel import inner
from twin.luck import gumbel, u01
from twin.world.columns import ACCESS_BUILDING, ACCESS_PERMIT, Kind, World
from twin.world.streets.trees import way_hours

__all__ = [
    "MINUTE_MS", "MS_PER_DAY", "MS_PER_H", "NEVER", "allowed", "appeal", "coming", "cost_of",
    "draw", "fee", "liking", "room", "stays_until", "take", "ticket_risk", "walking",
]  # fmt: skip

MS_PER_H = 3_600_000
MS_PER_DAY = 24 * MS_PER_H
MINUTE_MS = 60_000
NEVER = -1e300
STEPS = 64
GUMBEL_ABOVE = np.array([0.001 - log(-log(k / STEPS)) for k in range(1, STEPS)] + [np.inf])
"""A little above the largest Gumbel number of each of 64 equal steps from 0 to 1."""

K_ILLEGAL, K_SHARED = Kind.KERB_ILLEGAL, Kind.SHARED


@inner
def overlap_ms(start: int, end: int, opens: int, closes: int) -> int:
    """Milliseconds of [start, end) within the daily window [opens, closes)."""
    total = 0
    day = start // MS_PER_DAY
    while day * MS_PER_DAY < end:
        midnight = day * MS_PER_DAY
        total += max(0, min(end, midnight + closes) - max(start, midnight + opens))
        day += 1
    return total


@inner
def fee(world: World, lot: int, start: int, end: int) -> float:
    """KRW for standing on a lot from start to end: hourly in its paid hours, up to its day cap."""
    lots = world.lots
    price = lots.price_krw_h[lot]
    if price <= 0.0:
        return 0.0
    paid = overlap_ms(start, end, lots.paid_from_ms[lot], lots.paid_to_ms[lot])
    days = 1 + (end - start) // MS_PER_DAY
    return min(price * (paid / MS_PER_H), lots.day_cap_krw[lot] * days)


@inner
def ticket_risk(world: World, lot: int, start: int, end: int) -> float:
    """Probability of a ticket: 1 - exp(-tickets expected meanwhile)."""
    return 1.0 - exp(tickets_by(world, lot, start) - tickets_by(world, lot, end))


@inner
def tickets_by(world: World, lot: int, t: int) -> float:
    """Tickets a car on this lot would expect from midnight of day 0 to a time."""
    day = t // MS_PER_DAY
    hours = (t - day * MS_PER_DAY) / MS_PER_H
    hour = int(hours)
    since = world.tickets[lot, hour]
    this_hour = world.tickets[lot, hour + 1] - since
    return day * world.tickets[lot, 24] + since + (hours - hour) * this_hour


@inner
def room(world: World, lot: int) -> int:
    """Free spaces of a lot, within what is offered and what is physically there."""
    lots = world.lots
    parent = lots.parent[lot]
    return min(lots.capacity[lot] - lots.taken[lot], lots.stock[parent] - lots.filled[parent])


@inner
def take(world: World, lot: int, spaces: int) -> None:
    """Fill (or free, when negative) spaces of a lot."""
    world.lots.taken[lot] += spaces
    world.lots.filled[world.lots.parent[lot]] += spaces


@inner
def coming(world: World, car: int) -> int:
    """Return the next trip of a car that is made, as things stand."""
    cars = world.cars
    trip = cars.trip[car] + 1
    while trip < cars.beyond[car] and world.trips.off[trip]:
        trip += 1
    return int(trip)


@inner
def stays_until(world: World, t: int, car: int) -> int:
    """When the driver means to leave again: the next trip, where it is within a day."""
    cars = world.cars
    trip = coming(world, car)
    if trip < cars.beyond[car]:
        return min(max(world.trips.depart_ms[trip], t + MINUTE_MS), t + MS_PER_DAY)
    return t + MS_PER_DAY


@inner
def allowed(world: World, car: int, lot: int, place: int) -> bool:
    """Whether this driver may use this lot at all, going to this place."""
    lots = world.lots
    if lots.capacity[lot] <= 0 or (lots.gated[lot] and not world.cars.informed[car]):
        return False
    if lots.access[lot] == ACCESS_BUILDING:
        return lots.building[lot] == place
    if lots.access[lot] == ACCESS_PERMIT:
        return world.cars.permit[car] == lot
    return True


@inner
def was_full(world: World, car: int, lot: int) -> bool:
    """Whether the driver remembers having found the lot full on this trip."""
    for i in range(world.cars.fulls[car]):  # noqa: SIM110 - numba has no generators in any()
        if world.visited[car, i] == lot:
            return True
    return False


@inner
def walking(world: World, walk_m: float) -> float:
    """Return what the walk to the destination and back costs, in KRW."""
    rules = world.rules[0]
    return rules.value_of_walking * (2.0 * walk_m / rules.walk_m_per_h)


@inner
def cost_of(world: World, t: int, car: int, lot: int, walk_m: float, until: int) -> float:
    """Generalised cost of a lot in KRW, without the way there: money, walking, the ticket."""
    cost = fee(world, lot, t, until) + walking(world, walk_m)
    if world.lots.kind[lot] == K_ILLEGAL:
        fine = world.rules[0].fine_krw * ticket_risk(world, lot, t, until)
        cost += world.cars.aversion_krw[car] + fine
    return cost


@inner
def appeal(  # noqa: PLR0913, PLR0917 - a kernel's arguments are what it reads
    world: World, t: int, car: int, lot: int, walk_m: float, until: int, best: float
) -> float:
    """Return the utility of driving to a lot, in units of the Gumbel term.

    ``NEVER`` where it is no choice, or cannot be better than ``best``.
    """
    cars, lots, rules = world.cars, world.lots, world.rules[0]
    if not allowed(world, car, lot, cars.place[car]) or was_full(world, car, lot):
        return NEVER
    if lots.kind[lot] == K_SHARED and until > lots.closes_ms[lot]:
        return NEVER
    search = rules.value_of_time * rules.detour_h * (1.0 - lots.belief[lot])
    if lots.sensed[lot] and cars.informed[car]:
        if room(world, lot) <= 0:
            return NEVER
        search = 0.0
    way = rules.value_of_time * way_hours(world, car, lots.node[lot])
    u = draw(world, car, rules.mood, lots.key[lot])
    # What is soon reckoned comes first, in the same order: mostly it decides.
    least = walking(world, walk_m)
    if lots.kind[lot] == K_ILLEGAL:
        least += cars.aversion_krw[car]
    if beyond(u, best + (least + way + search) / rules.scale_krw):
        return NEVER
    cost = cost_of(world, t, car, lot, walk_m, until) + way + search
    if beyond(u, best + cost / rules.scale_krw):
        return NEVER
    return gumbel(u) - cost / rules.scale_krw


@inner
def beyond(u: float, wanted: float) -> bool:
    """Tell, mostly without a logarithm, that the Gumbel number at u is below what is wanted."""
    return wanted > GUMBEL_ABOVE[int(u * STEPS)]


@inner
def draw(world: World, car: int, purpose: int, look: int) -> float:
    """Return the uniform of (person, day, trip, what is looked at) for a purpose."""
    rules, cars = world.rules[0], world.cars
    return u01(rules.seed, rules.epoch, purpose, cars.key[car], cars.moment[car], look)


@inner
def liking(world: World, car: int, look: int) -> float:
    """Return the Gumbel term of a choice: a new lot moves only those who take it."""
    return gumbel(draw(world, car, world.rules[0].mood, look))
