"""Street traffic: cars queue in lanes at stop lines, and full links hold them back.

Newell's kinematic wave at the level of links: the n-th car enters a link no earlier than the
(n - N)-th has left it, plus the time the hole takes from its end to its start, N cars being what
it stores. Sources: Newell 1993, Transportation Research B 27(4):281-313; Yperman 2007, The Link
Transmission Model for Dynamic Network Loading, KU Leuven.
"""

from __future__ import annotations

from twin.calendar import log, push
from twin.kernel import inner
from twin.world.columns import AT, Kind, Rank, World
from twin.world.streets.aside import turn_aside
from twin.world.streets.columns import Control
from twin.world.streets.gaps import gap_from
from twin.world.streets.signals import next_green
from twin.world.transit.way import to_go

__all__ = [
    "block", "drive", "flow_in", "hold", "insert", "join", "manoeuvre", "pull_off", "serve",
    "stand", "start_clock", "step_off", "stop_line",
]  # fmt: skip

MS_PER_H = 3_600_000
FULL = -1
R_LINK, R_SERVE, R_BUS = Rank.LINK, Rank.SERVE, Rank.BUS
AT_MOVE, AT_SQUEEZE = AT.MOVE, AT.SQUEEZE
K_ILLEGAL = Kind.KERB_ILLEGAL
MINOR, SIGNAL = Control.MINOR, Control.SIGNAL


@inner
def flow_in(world: World, t: int, car: int, arc: int) -> None:
    """Let a car onto a link."""
    cars, links = world.cars, world.links
    cars.arc[car] = arc
    world.flow[arc, (t // MS_PER_H) % 24] += 1
    if links.watched[arc]:
        log(world.calendar, t, AT_MOVE, car, arc, cars.trip[car])
    cars.on[car] = links.storage[arc] > 0
    links.entered[arc] += cars.on[car]
    cars.entered_ms[car] = t
    drive(world, t, car)


@inner
def start_clock(world: World, t: int, car: int) -> None:
    """Let the time of a search, or on a given route, run from now on if it does not yet."""
    if world.cars.since_ms[car] < 0:
        world.cars.since_ms[car] = t


@inner
def drive(world: World, t: int, car: int) -> None:
    """Let a car go to the end of its link in its own free-flow time, or a bus to a call on it.

    A bus is not among those who come to the stop line until its last call on the link is over.
    """
    cars, links = world.cars, world.links
    link, first_bus = cars.arc[car], world.transit.rules.cars[0]
    ms, calls = to_go(world, car)
    if calls:
        push(world.calendar, t + ms, R_BUS, car - first_bus)
        return
    if links.storage[link] == 0 and car < first_bus:
        world.traffic.spent_ms[link, (t // MS_PER_H) % 24] += ms
    if lines_up(world, car):
        cars.reach_ms[car] = t + ms
        line_up(world, car, link)
    push(world.calendar, t + ms, R_LINK, car)


@inner
def lines_up(world: World, car: int) -> bool:
    """Whether a car is seen on its link: where cars queue, and by walkers who cross it.

    At free flow no bus meets walkers.
    """
    links, link = world.links, world.cars.arc[car]
    seen = links.crossed[link] and car < world.transit.rules.cars[0]
    return bool(links.storage[link] > 0 or seen)


@inner
def line_up(world: World, car: int, link: int) -> None:
    """Put a car among those moving on a link, in the order in which they reach its end."""
    cars, links = world.cars, world.links
    before = links.last[link]
    while before >= 0 and cars.reach_ms[before] > cars.reach_ms[car]:
        before = cars.ahead[before]
    after = links.first[link] if before < 0 else cars.behind[before]
    cars.ahead[car], cars.behind[car] = before, after
    if before < 0:
        links.first[link] = car
    else:
        cars.behind[before] = car
    if after < 0:
        links.last[link] = car
    else:
        cars.ahead[after] = car


@inner
def stop_line(world: World, t: int, car: int) -> bool:
    """Take a car that reached the end of its link from those moving on it.

    At free flow it passes, unless somebody crosses: it comes again after that, and False returns.
    """
    cars, links = world.cars, world.links
    link = cars.arc[car]
    if not lines_up(world, car):
        return True
    if links.storage[link] == 0:
        if links.held_ms[link] > t:
            hour = (cars.entered_ms[car] // MS_PER_H) % 24
            world.traffic.spent_ms[link, hour] += links.held_ms[link] - t
            push(world.calendar, links.held_ms[link], R_LINK, car)
            return False
        links.passed_ms[link] = t
    before, after = cars.ahead[car], cars.behind[car]
    if before < 0:
        links.first[link] = after
    else:
        cars.behind[before] = after
    if after < 0:
        links.last[link] = before
    else:
        cars.ahead[after] = before
    return True


@inner
def step_off(world: World, t: int, car: int) -> None:
    """Free the room of a car that parked or came to its goal at the end of its link."""
    cars = world.cars
    if cars.on[car] and cars.lane[car] < 0 and cars.reach_ms[car] <= t:
        world.links.passed_ms[cars.arc[car]] = t
        pull_off(world, t, car)


@inner
def pull_off(world: World, t: int, car: int) -> None:
    """Let a car leave its link, and the street."""
    leave_link(world, t, car)
    world.cars.on[car] = 0


@inner
def leave_link(world: World, t: int, car: int) -> None:
    """Count a car out of its link; the hole it leaves runs backwards to those who wait for it."""
    links, traffic = world.links, world.traffic
    link = world.cars.arc[car]
    since = world.cars.entered_ms[car]
    traffic.spent_ms[link, (since // MS_PER_H) % 24] += t - since
    traffic.left_ms[links.ring[link] + links.left[link] % links.storage[link]] = t
    links.left[link] += 1
    wake(world, t, link)


@inner
def insert(world: World, t: int, car: int, arc: int) -> None:
    """Let a car that stands off the street onto a link as soon as there is room."""
    if world.links.storage[arc] == 0:
        start_clock(world, t, car)
        flow_in(world, t, car, arc)
    else:
        queue(world, t, car, world.links.entry[arc], -1, arc)


@inner
def join(world: World, t: int, car: int, arc: int) -> None:
    """Queue for the turn into a link in the shortest lane that serves it."""
    links, traffic = world.links, world.traffic
    link = world.cars.arc[car]
    first, beyond = links.lane_first[link], links.lane_first[link] + links.lanes[link]
    turn = -1
    for row in range(links.turn_first[link], links.turn_beyond[link]):
        if traffic.turns.to[row] == arc:
            turn = row
            first, beyond = traffic.turns.lane_first[row], traffic.turns.lane_beyond[row]
    best = first
    for lane in range(first + 1, beyond):
        if traffic.lanes.cars[lane] < traffic.lanes.cars[best]:
            best = lane
    queue(world, t, car, best, turn, arc)


@inner
def queue(world: World, t: int, car: int, lane: int, turn: int, arc: int) -> None:
    """Put a car at the end of a lane; at the head it may pass at once."""
    cars, lanes = world.cars, world.traffic.lanes
    cars.lane[car], cars.turn[car], cars.next[car] = lane, turn, arc
    cars.behind[car] = -1
    lanes.cars[lane] += 1
    if lanes.head[lane] < 0:
        lanes.head[lane] = lanes.tail[lane] = car
        go_on(world, t, lane)
    else:
        cars.behind[lanes.tail[lane]] = car
        lanes.tail[lane] = car


@inner
def serve(world: World, t: int, lane: int) -> None:
    """Look at the head of a lane: it was time to, or it may have been stuck for too long."""
    lanes = world.traffic.lanes
    if lanes.alarm_ms[lane] == t:
        lanes.alarm_ms[lane] = -1
        if lanes.waits_for[lane] >= 0:
            if may_squeeze(world, t, lane) or turn_aside(world, lane):
                stop_waiting(world, lane)
                go_on(world, t, lane)
            else:
                alarm(world, t, lane)
            return
    if lanes.due_ms[lane] == t:
        lanes.due_ms[lane] = -1
        go_on(world, t, lane)


@inner
def go_on(world: World, t: int, lane: int) -> None:
    """Let cars of a lane pass as long as they may; know when to look again."""
    lanes, links = world.traffic.lanes, world.links
    kept = lanes.promise[lane]
    if kept >= 0:
        lanes.promise[lane] = -1
        links.promised[kept] -= 1
    while lanes.head[lane] >= 0:
        when = earliest(world, t, lane)
        if when == FULL:
            wait(world, t, lane)
            break
        if when > t:
            post(world, when, lane)
            break
        pass_on(world, t, lane)
    if kept >= 0:
        wake(world, t, kept)


@inner
def earliest(world: World, t: int, lane: int) -> int:
    """Return when the head of a lane may pass or must be looked at again, FULL if not known."""
    lanes, links = world.traffic.lanes, world.links
    if lanes.free_ms[lane] > t:
        return lanes.free_ms[lane]
    car = lanes.head[lane]
    lanes.yielded[lane] = 0
    if not lanes.entry[lane]:
        held = links.held_ms[lanes.link[lane]]
        if held > t:
            return held
        turn = world.cars.turn[car]
        if turn >= 0:
            when = may_turn(world, t, lane, turn)
            if when > t:
                return when
    return room(world, t, lane, world.cars.next[car])


@inner
def may_turn(world: World, t: int, lane: int, turn: int) -> int:
    """Return ``t`` if signal and right of way let a turn go, else when to look again."""
    traffic = world.traffic
    row = traffic.turns[turn]
    yields, until = row.control == MINOR, t
    first, beyond = row.foe_first, row.foe_beyond
    if row.control == SIGNAL:
        until, permissive = next_green(traffic, t, turn)
        if until == t:
            yields = permissive == 1
        elif row.on_red:
            yields = True
            first, beyond = row.red_first, row.red_beyond
    if not yields:
        return until
    traffic.lanes.yielded[lane] = 1
    when = gap_from(world, t, turn, first, beyond)
    return when if until == t else min(when, until)


@inner
def fits(world: World, link: int, entry: int) -> int:
    """Return how many cars a link takes: from rest only as long as it is not jammed."""
    links = world.links
    if entry and links.calm[link] > 0:
        return links.calm[link]
    return links.storage[link]


@inner
def room(world: World, t: int, lane: int, link: int) -> int:
    """Return when a link takes one more car of a lane, FULL if that is not known."""
    lanes, links = world.traffic.lanes, world.links
    storage = links.storage[link]
    if storage == 0:
        return t
    entry = lanes.entry[lane]
    coming = links.entered[link] + links.promised[link]
    if coming - links.left[link] >= fits(world, link, entry):
        return t if not entry and may_squeeze(world, t, lane) else FULL
    if entry:
        return t
    return max(t, hole_ms(world, link, coming), links.next_in_ms[link])


@inner
def may_squeeze(world: World, t: int, lane: int) -> bool:
    """Whether the head of a lane has been stuck for so long that it squeezes into a full link.

    Not into one that holds cars bumper to bumper; each of its lanes takes one more all the same,
    which stands in the junction.
    """
    lanes, links, rules = world.traffic.lanes, world.links, world.traffic.rules[0]
    since = lanes.since_ms[lane]
    if since < 0 or t - since < rules.squeeze_ms:
        return False
    link = world.cars.next[lanes.head[lane]]
    storage = links.storage[link]
    most = max(storage + links.lanes[link], int(rules.packed * storage))
    return bool(links.entered[link] + links.promised[link] - links.left[link] < most)


@inner
def hole_ms(world: World, link: int, n: int) -> int:
    """Return when the hole for the n-th car of a link reaches its start."""
    links = world.links
    storage = links.storage[link]
    if n < storage:
        return 0
    return world.traffic.left_ms[links.ring[link] + n % storage] + links.wave_ms[link]


@inner
def pass_on(world: World, t: int, lane: int) -> None:
    """Let the head of a lane onto its next link."""
    cars, links, lanes = world.cars, world.links, world.traffic.lanes
    car = lanes.head[lane]
    to = cars.next[car]
    lanes.head[lane] = cars.behind[car]
    lanes.cars[lane] -= 1
    cars.lane[car] = -1
    if links.storage[to] > 0 and not lanes.entry[lane]:
        if links.entered[to] - links.left[to] >= links.storage[to]:
            stuck = t - lanes.since_ms[lane]
            log(world.calendar, t, AT_SQUEEZE, car, to, cars.trip[car], stuck)
        links.next_in_ms[to] = t + slowed(world, to, links.inflow_ms[to])
    lanes.since_ms[lane] = -1
    if lanes.entry[lane]:
        start_clock(world, t, car)
        lanes.free_ms[lane] = t + lanes.headway_ms[lane]
    else:
        links.passed_ms[cars.arc[car]] = t
        leave_link(world, t, car)
        lanes.free_ms[lane] = t + headway(world, lane, cars.turn[car])
    flow_in(world, t, car, to)


@inner
def headway(world: World, lane: int, turn: int) -> int:
    """Return the time (ms) from a car of a lane to the next, after this turn."""
    lanes, links = world.traffic.lanes, world.links
    link = lanes.link[lane]
    jammed = links.entered[link] - links.left[link] > links.calm[link] > 0
    apart = lanes.jam_headway_ms[lane] if jammed else lanes.headway_ms[lane]
    if lanes.yielded[lane]:
        apart = max(apart, world.traffic.turns.follow_ms[turn])
    return slowed(world, link, apart)


@inner
def slowed(world: World, link: int, apart: int) -> int:
    """Return a headway with what incidents and cars that stand illegally take of a link."""
    links = world.links
    left = 1.0 - links.lost[link]
    if links.standing[link] > 0:
        left *= 1.0 - world.traffic.rules.standing_loss[0] / links.lanes[link]
    return apart if left == 1.0 else int(apart / left)


@inner
def post(world: World, when: int, lane: int) -> None:
    """Have the head of a lane looked at again."""
    world.traffic.lanes.due_ms[lane] = when
    push(world.calendar, when, R_SERVE, lane)


@inner
def wait(world: World, t: int, lane: int) -> None:
    """Let a lane wait, after the others, until the next link of its head has a hole."""
    lanes, links = world.traffic.lanes, world.links
    link = world.cars.next[lanes.head[lane]]
    lanes.waits_for[lane] = link
    lanes.behind[lane] = -1
    if links.wait_first[link] < 0:
        links.wait_first[link] = lane
    else:
        lanes.behind[links.wait_last[link]] = lane
    links.wait_last[link] = lane
    if lanes.since_ms[lane] < 0:
        lanes.since_ms[lane] = t
    if lanes.alarm_ms[lane] < 0 and not lanes.entry[lane]:
        alarm(world, t, lane)


@inner
def alarm(world: World, t: int, lane: int) -> None:
    """Have it looked at whether the head of a lane turns elsewhere, or is stuck for too long."""
    lanes, rules = world.traffic.lanes, world.traffic.rules[0]
    when, stuck = t + rules.patience_ms, lanes.since_ms[lane] + rules.squeeze_ms
    lanes.alarm_ms[lane] = min(when, stuck) if stuck > t else when
    push(world.calendar, lanes.alarm_ms[lane], R_SERVE, lane)


@inner
def stop_waiting(world: World, lane: int) -> None:
    """Take a lane from the list of the full link it waits for."""
    lanes, links = world.traffic.lanes, world.links
    link = lanes.waits_for[lane]
    before, other = -1, links.wait_first[link]
    while other != lane:
        before, other = other, lanes.behind[other]
    after = lanes.behind[lane]
    if before < 0:
        links.wait_first[link] = after
    else:
        lanes.behind[before] = after
    if after < 0:
        links.wait_last[link] = before
    lanes.waits_for[lane] = -1


@inner
def wake(world: World, t: int, link: int) -> None:
    """Keep a hole of a link for the first lane that waits for one, and tell it when to come."""
    lanes, links = world.traffic.lanes, world.links
    coming = links.entered[link] + links.promised[link]
    lane = links.wait_first[link]
    while lane >= 0 and coming - links.left[link] >= fits(world, link, lanes.entry[lane]):
        lane = lanes.behind[lane]
    if lane < 0:
        return
    stop_waiting(world, lane)
    when = max(t + 1, lanes.free_ms[lane])
    if not lanes.entry[lane]:
        when = max(t, hole_ms(world, link, coming), links.next_in_ms[link], lanes.free_ms[lane])
    lanes.promise[lane] = link
    links.promised[link] += 1
    post(world, when, lane)


@inner
def hold(world: World, link: int, until_ms: int) -> None:
    """Let nobody pass the stop line of a link before a time."""
    world.links.held_ms[link] = max(world.links.held_ms[link], until_ms)


@inner
def stand(world: World, lot: int, cars: int) -> None:
    """Count a car that parks by a stop line (1) or leaves (-1): illegal ones narrow the street."""
    link = world.lots.link[lot]
    if world.lots.kind[lot] == K_ILLEGAL:
        world.links.standing[link] += cars


@inner
def manoeuvre(world: World, t: int, lot: int) -> None:
    """Block the kerb lane for a while: a car is parked near the stop line, or leaves from there.

    Source: parking adjustment of the Highway Capacity Manual, 6th edition (TRB 2016), eq. 19-11.
    """
    link = world.lots.link[lot]
    free = world.traffic.lanes.free_ms[world.links.lane_first[link]]
    block(world, link, max(free, t) + world.traffic.rules.manoeuvre_ms[0])


@inner
def block(world: World, link: int, until_ms: int) -> None:
    """Let nobody pass from the kerb lane of a link before a time."""
    lane, lanes = world.links.lane_first[link], world.traffic.lanes
    lanes.free_ms[lane] = max(lanes.free_ms[lane], until_ms)
