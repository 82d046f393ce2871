"""Parking: where to leave the car, the search for it, and leaving again.

A driver takes what appeals most of the lots within walking reach, the kerb and standing illegally
(see :mod:`twin.world.choice`). At the kerb the search is PARKAGENT's: the share of free bays seen
on the way decides how close to the destination a free bay is taken; past the destination every bay
within a growing radius is. Source: Benenson, Martens & Birfir 2008, CEUS 32(6):431-439.
"""

from __future__ import annotations

import math

from twin.calendar import log, push
from twin.kernel import inner
from twin.luck import exponential
from twin.world.choice import (
    MINUTE_MS,
    MS_PER_H,
    NEVER,
    allowed,
    appeal,
    cost_of,
    draw,
    fee,
    liking,
    room,
    stays_until,
    take,
    walking,
)
from twin.world.columns import (
    ACCESS_BUILDING,
    AT,
    SEARCH_CAP_MS,
    VISITS,
    Kind,
    Phase,
    Rank,
    World,
)
from twin.world.streets.queues import manoeuvre, stand
from twin.world.streets.trees import leads, next_arc, take_set, way_hours
from twin.world.streets.ways import distance, drive_on, enter, set_off

__all__ = ["go_away", "leave", "link_end", "reach", "release", "settle"]

KERB_LOOK = (1 << 32) - 1

R_RELEASE, R_LEAVE, R_REACH = Rank.RELEASE, Rank.LEAVE, Rank.REACH
AWAY, PARKED, DRIVING = Phase.AWAY, Phase.PARKED, Phase.DRIVING
TO_LOT, TO_KERB, CIRCLING, EXITING = Phase.TO_LOT, Phase.TO_KERB, Phase.CIRCLING, Phase.EXITING
K_KERB, K_ILLEGAL, K_SHARED = Kind.KERB_LEGAL, Kind.KERB_ILLEGAL, Kind.SHARED
AT_DEPART, AT_PARK, AT_LEAVE, AT_FULL, AT_FAIL = AT.DEPART, AT.PARK, AT.LEAVE, AT.FULL, AT.FAIL
AT_EXIT, AT_BOOK, AT_NO_SHOW, AT_OVERSTAY = AT.EXIT, AT.BOOK, AT.NO_SHOW, AT.OVERSTAY
AT_BLOCKED = AT.BLOCKED


@inner
def decide(world: World, t: int, car: int) -> None:
    """Choose where to go, and go; who finds nothing within their patience leaves."""
    cars, lots, places = world.cars, world.lots, world.places
    place = cars.place[car]
    until = stays_until(world, t, car)
    late = searched(world, t, car) >= cars.patience_ms[car]
    best, choice, kerb_cost = NEVER, -1, -NEVER
    for i in range(places.first[place], places.beyond[place]):
        lot = world.near.lot[i]
        if lots.kind[lot] == K_KERB:
            walk_m = world.near.walk_m[i]
            if lots.capacity[lot] > 0 and walking(world, walk_m) < kerb_cost:
                kerb_cost = min(kerb_cost, cost_of(world, t, car, lot, walk_m, until))
            continue
        if late and lots.kind[lot] != K_ILLEGAL:
            continue
        value = appeal(world, t, car, lot, world.near.walk_m[i], until, best)
        if value > best:
            best, choice = value, lot
    permit = cars.permit[car]
    if permit >= 0 and not late:
        walk_m = distance(world, lots.node[permit], place)
        value = appeal(world, t, car, permit, walk_m, until, best)
        if value > best:
            best, choice = value, permit
    if kerb_cost < -NEVER and not late and not cars.tried_kerb[car]:
        rules = world.rules[0]
        way_h = way_hours(world, car, places.node[place])
        detour_h = rules.detour_h * (1.0 - rules.kerb_belief)
        cost = kerb_cost + rules.value_of_time * (way_h + detour_h)
        value = liking(world, car, KERB_LOOK) - cost / rules.scale_krw
        if value > best:
            best, choice = value, -2
    set_out(world, t, car, choice)


@inner
def set_out(world: World, t: int, car: int, choice: int) -> None:
    """Start towards what was chosen: a lot, the kerb (-2), or nothing (-1)."""
    cars, lots = world.cars, world.lots
    if choice == -1:
        give_up(world, t, car)
        return
    if choice == -2:
        cars.phase[car] = TO_KERB
        cars.tree[car] = world.nodes.row[world.places.node[cars.place[car]]]
        cars.tried_kerb[car] = 1
        cars.liking[car] = liking(world, car, KERB_LOOK)
    else:
        cars.phase[car] = TO_LOT
        cars.lot[car] = choice
        cars.tree[car] = world.nodes.row[lots.node[choice]]
        cars.liking[car] = liking(world, car, lots.key[choice])
        if lots.booking[choice] and cars.informed[car]:
            book(world, t, car, choice)
            if cars.booked[car] == -1:
                push(world.calendar, t, R_REACH, car)
                return
    drive_on(world, t, car)


@inner
def searched(world: World, t: int, car: int) -> int:
    """Return for how long (ms) a car has searched: not while it waits to join the street."""
    since = world.cars.since_ms[car]
    return t - since if since >= 0 else 0


@inner
def give_up(world: World, t: int, car: int) -> None:
    """Leave without having parked."""
    cars, rules = world.cars, world.rules[0]
    trip = cars.trip[car]
    search = searched(world, t, car)
    worth = -rules.fail_krw - rules.value_of_time * (min(search, SEARCH_CAP_MS) / MS_PER_H)
    log(
        world.calendar, t, AT_FAIL, car, cars.place[car], trip, search, cars.looks[car],
        math.floor(worth + 0.5),
    )  # fmt: skip
    go_away(world, t, car)


@inner
def book(world: World, t: int, car: int, lot: int) -> None:
    """Hold a shared space for the driver; some bookings are never used and block it for a while."""
    cars, rules = world.cars, world.rules[0]
    trip = cars.trip[car]
    take(world, lot, 1)
    log(world.calendar, t, AT_BOOK, car, lot, trip)
    if draw(world, car, rules.no_show, world.lots.key[lot]) < rules.no_show_share:
        log(world.calendar, t, AT_NO_SHOW, car, lot, trip)
        push(world.calendar, t + rules.hold_ms, R_RELEASE, lot)
        remember(world, car, lot)
        cars.booked[car] = -1
    else:
        cars.booked[car] = 1


@inner
def remember(world: World, car: int, lot: int) -> None:
    """Keep in mind that this lot is of no use on this trip; the oldest memory goes first."""
    visited, cars = world.visited, world.cars
    for i in range(VISITS - 1, 0, -1):
        visited[car, i] = visited[car, i - 1]
    visited[car, 0] = lot
    cars.fulls[car] = min(cars.fulls[car] + 1, VISITS)


@inner
def reach(world: World, t: int, car: int) -> None:
    """Act at the goal: a gate, the destination where circling starts, or a lot to look at."""
    cars = world.cars
    phase = cars.phase[car]
    cars.arc[car] = -1
    if phase == EXITING:
        log(world.calendar, t, AT_EXIT, car, cars.trip[car])
        go_away(world, t, car)
    elif phase == DRIVING:
        cars.since_ms[car] = t
        decide(world, t, car)
    elif phase == TO_KERB:
        cars.phase[car] = CIRCLING
        cars.circle_ms[car] = t
        circle(world, t, car)
    else:
        look_at(world, t, car)


@inner
def look_at(world: World, t: int, car: int) -> None:
    """Park on the lot that was chosen, or choose again when it is full."""
    cars, lots = world.cars, world.lots
    lot = cars.lot[car]
    cars.looks[car] += 1
    if cars.booked[car] == 1:
        park(world, t, car, lot)
    elif cars.booked[car] == -1:
        cars.booked[car] = 0
        decide(world, t, car)
    elif room(world, lot) > 0:
        take(world, lot, 1)
        park(world, t, car, lot)
    else:
        trip = cars.trip[car]
        log(world.calendar, t, AT_FULL, car, lot, trip)
        if lots.access[lot] == ACCESS_BUILDING and lots.taken[lot] < lots.stock[lot]:
            log(world.calendar, t, AT_BLOCKED, car, lot, trip)
        remember(world, car, lot)
        decide(world, t, car)


@inner
def park(world: World, t: int, car: int, lot: int) -> None:
    """Stand on a space that has been taken, until the next trip."""
    cars = world.cars
    trip = cars.trip[car]
    shown = trip if trip >= cars.first[car] else -1
    search = searched(world, t, car)
    worth = math.floor(worth_of(world, car, lot, search) + 0.5)
    log(world.calendar, t, AT_PARK, car, lot, shown, search, cars.looks[car], worth)
    cars.phase[car] = PARKED
    cars.lot[car] = lot
    cars.node[car] = world.lots.node[lot]
    cars.parked_ms[car] = t
    cars.booked[car] = 0
    cars.ticketed[car] = 0
    if by_stop_line(world, car, lot):
        stand(world, lot, 1)
        if shown >= 0:
            manoeuvre(world, t, lot)
    if trip + 1 < cars.beyond[car]:
        leaves = max(world.trips.depart_ms[trip + 1], t + MINUTE_MS)
        if world.lots.kind[lot] == K_SHARED:
            leaves += overstay_ms(world, t, car, lot)
        push(world.calendar, leaves, R_LEAVE, car)


@inner
def by_stop_line(world: World, car: int, lot: int) -> bool:
    """Whether a car stands so near the end of its link that it holds up those who pass there.

    Anywhere along the kerb is as likely, and is the same place when it leaves.
    """
    link = world.lots.link[lot]
    if link < 0 or world.links.storage[link] == 0:
        return False
    return draw(world, car, world.rules[0].spot, world.lots.key[lot]) < world.links.near_line[link]


@inner
def worth_of(world: World, car: int, lot: int, search: int) -> float:
    """Return what parking here is worth besides money: taste, less search, walk and unease."""
    cars, lots, rules = world.cars, world.lots, world.rules[0]
    worth = rules.scale_krw * cars.liking[car]
    worth -= rules.value_of_time * (min(search, SEARCH_CAP_MS) / MS_PER_H)
    trip = cars.trip[car]
    if trip >= cars.first[car]:
        place = cars.place[car]
        dx, dy = lots.x[lot] - world.places.x[place], lots.y[lot] - world.places.y[place]
        walk_m = rules.walk_detour * math.sqrt(dx * dx + dy * dy)
        worth -= rules.value_of_walking * (2.0 * walk_m / rules.walk_m_per_h)
    if lots.kind[lot] == K_ILLEGAL:
        worth -= cars.aversion_krw[car]
    return worth


@inner
def overstay_ms(world: World, t: int, car: int, lot: int) -> int:
    """How much longer than planned a guest stays on a shared space."""
    rules, look = world.rules[0], world.lots.key[lot]
    if draw(world, car, rules.overstay, look) >= rules.overstay_share:
        return 0
    extra = int(exponential(draw(world, car, rules.lateness, look), rules.overstay_mean_ms))
    log(world.calendar, t, AT_OVERSTAY, car, lot, extra)
    return extra


@inner
def leave(world: World, t: int, car: int) -> None:
    """Free the space and set out on the next trip; those that are off are passed over."""
    cars = world.cars
    trip = due_trip(world, t, car)
    if trip < 0:
        return
    if cars.phase[car] == PARKED:
        lot = cars.lot[car]
        stay = t - cars.parked_ms[car]
        paid = int(fee(world, lot, cars.parked_ms[car], t) + 0.5)
        shown = cars.trip[car] if cars.trip[car] >= cars.first[car] else -1
        log(world.calendar, t, AT_LEAVE, car, lot, stay, paid, shown)
        take(world, lot, -1)
        if by_stop_line(world, car, lot):
            stand(world, lot, -1)
            manoeuvre(world, t, lot)
    cars.trip[car] = trip
    log(world.calendar, t, AT_DEPART, car, trip)
    cars.lot[car] = -1
    cars.arc[car] = -1
    cars.looks[car] = 0
    cars.seen[car] = 0
    cars.free[car] = 0
    cars.tried_kerb[car] = 0
    cars.fulls[car] = 0
    if world.trips.routed[trip]:
        set_off(world, t, car)
        return
    place = world.trips.place[trip]
    cars.place[car] = place
    cars.moment[car] = world.trips.moment[trip]
    if place < 0:
        cars.phase[car] = EXITING
        cars.tree[car] = world.nodes.row[world.trips.gate[trip]]
        take_set(world, t, car)
        drive_on(world, t, car)
        return
    cars.phase[car] = DRIVING
    cars.tree[car] = world.nodes.row[world.places.node[place]]
    take_set(world, t, car)
    cars.since_ms[car] = -1
    if distance(world, cars.node[car], place) <= world.rules[0].area_m:
        decide(world, t, car)
    else:
        drive_on(world, t, car)


@inner
def due_trip(world: World, t: int, car: int) -> int:
    """Return the next trip to be made by now; without one (-1) look again at the next departure.

    Whether a trip is off may change until then.
    """
    cars, trips = world.cars, world.trips
    trip = cars.trip[car] + 1
    while trip < cars.beyond[car] and trips.off[trip] and trips.depart_ms[trip] <= t:
        trip += 1
    if trip == cars.beyond[car]:
        return -1
    if trips.depart_ms[trip] > t:
        push(world.calendar, trips.depart_ms[trip], R_LEAVE, car)
        return -1
    return int(trip)


@inner
def go_away(world: World, t: int, car: int) -> None:
    """Be out of sight until the next trip."""
    cars = world.cars
    cars.phase[car] = AWAY
    cars.lot[car] = -1
    cars.booked[car] = 0
    trip = cars.trip[car] + 1
    if trip < cars.beyond[car]:
        push(world.calendar, max(world.trips.depart_ms[trip], t + MINUTE_MS), R_LEAVE, car)


@inner
def release(world: World, lot: int) -> None:
    """Give back a space that was held for a guest who did not come."""
    take(world, lot, -1)


@inner
def link_end(world: World, t: int, car: int) -> None:
    """Act at the end of a link: look at its kerb, come into the area, or drive on."""
    cars = world.cars
    arc = cars.arc[car]
    node = world.links.head[arc]
    cars.node[car] = node
    phase = cars.phase[car]
    if phase in (TO_LOT, EXITING):
        drive_on(world, t, car)
        return
    place = cars.place[car]
    away_m = distance(world, node, place)
    lot = world.links.kerb[arc]
    if lot >= 0 and takes_bay(world, t, car, lot, away_m):
        take(world, lot, 1)
        park(world, t, car, lot)
    elif phase == DRIVING and away_m <= world.rules[0].area_m:
        cars.since_ms[car] = t
        decide(world, t, car)
    elif phase == CIRCLING:
        circle(world, t, car)
    else:
        drive_on(world, t, car)


@inner
def takes_bay(world: World, t: int, car: int, lot: int, away_m: float) -> bool:
    """Whether a driver takes a free bay of the link just passed (PARKAGENT's rule)."""
    cars, rules = world.cars, world.rules[0]
    free = room(world, lot)
    phase = cars.phase[car]
    if away_m <= rules.observe_m:
        cars.seen[car] += world.lots.capacity[lot]
        cars.free[car] += max(free, 0)
    if phase == DRIVING:
        return False
    cars.looks[car] += 1
    if free <= 0:
        return False
    if phase == CIRCLING:
        return away_m <= radius_m(world, t, car)
    if cars.seen[car] == 0:  # turned aside before the kerbs that it was to look at
        return False
    ahead = (cars.free[car] / cars.seen[car]) * (away_m / rules.bay_m)
    willing = (rules.refuse_above - ahead) / (rules.refuse_above - rules.accept_below)
    return draw(world, car, rules.kerb, world.lots.key[lot]) < willing


@inner
def radius_m(world: World, t: int, car: int) -> float:
    """How far from the destination a circling driver still parks."""
    rules = world.rules[0]
    minutes = (t - world.cars.circle_ms[car]) / MINUTE_MS
    return min(rules.radius_m + rules.radius_growth * minutes, rules.radius_cap_m)


@inner
def circle(world: World, t: int, car: int) -> None:
    """Turn into a link nearby by luck, without turning back; in the end choose again."""
    cars, links, rules = world.cars, world.links, world.rules[0]
    if t - cars.circle_ms[car] >= cars.patience_ms[car] // 2:
        decide(world, t, car)
        return
    place, came = cars.place[car], cars.arc[car]
    limit = radius_m(world, t, car)
    back_to = links.tail[came] if came >= 0 else -1
    first, beyond = turns_of(world, car)
    best, turn = -1.0, -1
    for i in range(first, beyond):
        arc = world.ways.onward[i] if came >= 0 else world.ways.out_arc[i]
        head = links.head[arc]
        if head == back_to or not leads(world, car, arc):
            continue
        if distance(world, head, place) > limit:
            continue
        # The n-th pass of a junction is a situation of its own, or drivers would loop for ever.
        look = arc + (cars.looks[car] << 18)
        value = draw(world, car, rules.turn, look)
        if value > best:
            best, turn = value, arc
    if turn < 0:
        turn = next_arc(world, car)
    if turn < 0:
        turn = way_out(world, car)
    enter(world, t, car, turn)


@inner
def turns_of(world: World, car: int) -> tuple[int, int]:
    """Return the rows of what a car may turn into: of ``onward``, at rest of ``out_arc``."""
    arc, node, ways = world.cars.arc[car], world.cars.node[car], world.ways
    if arc >= 0:
        return ways.onward_first[arc], ways.onward_first[arc + 1]
    return ways.out_first[node], ways.out_first[node + 1]


@inner
def way_out(world: World, car: int) -> int:
    """Return the first link that a car may turn into and that is not closed."""
    first, beyond = turns_of(world, car)
    turn = -1
    for i in range(first, beyond):
        arc = world.ways.onward[i] if world.cars.arc[car] >= 0 else world.ways.out_arc[i]
        if turn < 0 and leads(world, car, arc):
            turn = arc
    return turn


@inner
def settle(world: World, t: int, car: int, place: int) -> None:
    """Park a resident's car at home before the day starts, where a free space is known."""
    cars, lots, places = world.cars, world.lots, world.places
    until = stays_until(world, t, car)
    best, choice = NEVER, -1
    for i in range(places.first[place], places.beyond[place] + 1):
        if i < places.beyond[place]:
            lot, walk_m = world.near.lot[i], world.near.walk_m[i]
        else:
            lot = cars.permit[car]
            if lot < 0:
                continue
            walk_m = distance(world, lots.node[lot], place)
        closed = lots.kind[lot] == K_SHARED and until > lots.closes_ms[lot]
        if closed or room(world, lot) <= 0 or not allowed(world, car, lot, place):
            continue
        taste = liking(world, car, lots.key[lot])
        value = taste - cost_of(world, t, car, lot, walk_m, until) / world.rules[0].scale_krw
        if value > best:
            best, choice, cars.liking[car] = value, lot, taste
    cars.since_ms[car] = t
    if choice < 0:
        log(world.calendar, t, AT_FAIL, car, place, -1)
        cars.node[car] = places.node[place]
        go_away(world, t, car)
    else:
        take(world, choice, 1)
        park(world, t, car, choice)
