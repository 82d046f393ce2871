"""The whole city: all parts in one calendar."""

# mypy: disable-error-code="no-any-return, var-annotated"

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import mesa

from tests.twin.naive.buses import Service
from tests.twin.naive.drivers import Driver, Lot
from tests.twin.naive.fleet import Fleet, Said
from tests.twin.naive.machines import Robot, Sent
from tests.twin.naive.riders import Person
from tests.twin.naive.streets import Streets
from tests.twin.naive.things import SAYS, Clock, H, Thing, things
from tests.twin.naive.walkers import Sign, Town
from twin.world.columns import EVENTS, World

__all__ = ["City", "Happened"]

Happened = dict[str, list[tuple[int, ...]]]
NONE = 255


class City(Clock):
    """A city of drivers, walkers, riders, buses and vehicles on demand, on streets with signals.

    ``said`` is what a dispatcher said to vehicles and to who asked, and ``sent`` where machines
    were sent, each in the order of time.
    """

    def __init__(
        self, world: World, start_ms: int, said: Sequence[Said] = (), sent: Sequence[Sent] = ()
    ) -> None:
        super().__init__(start_ms)
        self.world, self.rules, self.ways = world, Thing(world.rules, 0), world.ways
        self.nodes, self.places = things(world.nodes), things(world.places)
        self.trips = things(world.trips)
        self.streets = Streets(self, world)
        self.lots = [Lot(row) for row in things(world.lots)]
        for lot, expected in zip(self.lots, world.tickets.tolist(), strict=True):
            lot.parent, lot.expected = self.lots[lot.row.parent], expected
        self.near = list(zip(world.near.lot.tolist(), world.near.walk_m.tolist(), strict=True))
        buses, vehicles = len(world.transit.buses), len(world.fleet.vehicles)
        owned = len(world.cars) - buses - vehicles
        self.cars = [Driver(self, Thing(world.cars, i)) for i in range(owned)]
        self.town = Town(self)
        self.service = Service(self)
        self.fleet = Fleet(self, said)
        walkers, machines = things(world.walking.persons), things(world.walking.machines)
        residents = len(walkers) - len(machines)
        self.persons = [Person(self, row) for row in walkers[:residents]]
        own = zip(walkers[residents:], machines, strict=True)
        self.robots, self.sent = [Robot(self, row, machine) for row, machine in own], sent
        self.signs = [Sign(self, row) for row in things(world.crossings.alarms)]

    def live(self, end_ms: int, homes: Sequence[int] = ()) -> list[tuple[int, ...]]:
        """Live until a time; residents' cars stand at ``homes`` (-1: others); return what was."""
        for driver, home in zip(self.cars, homes or [-1] * len(self.cars), strict=True):
            if home >= 0:
                driver.settle(self.places[home])
        for agent in (*self.cars, *self.signs):
            self.env.process(agent.live())
        for part in (*self.persons, self.service, self.fleet):
            part.begin()
        for number, way in enumerate(self.sent):
            self.at(way.time_ms, SAYS, number, partial(self.send, way))
        self.env.run(until=end_ms + 1)
        self.remove_all_agents()
        mesa.Agent._ids.pop(self, None)
        return self.told

    def send(self, way: Sent) -> None:
        """Send a machine somewhere."""
        self.env.process(self.robots[way.machine].roll(way))

    def happened(self) -> Happened:
        """Return what happened by event."""
        found: Happened = {name: [] for name, _ in EVENTS.values()}
        for time, code, *columns in self.told:
            found[EVENTS[code][0]].append((time, *columns))
        return {name: rows for name, rows in found.items() if rows}

    # The ways.

    def away(self, node: int, place: Thing) -> float:
        """Metres from a junction to a place."""
        dx, dy = self.nodes[node].x - place.x, self.nodes[node].y - place.y
        return math.sqrt(dx * dx + dy * dy)

    def leaving(self, node: int) -> list[int]:
        """Return the links that leave a junction, in the order of slots."""
        ways = self.ways
        return ways.out_arc[ways.out_first[node] : ways.out_first[node + 1]].tolist()

    def turns(self, arc: int) -> list[int]:
        """Return the links that one may turn into from a link."""
        ways = self.ways
        return ways.onward[ways.onward_first[arc] : ways.onward_first[arc + 1]].tolist()

    def next_link(self, known: int, node: int, arc: int, goal: int) -> int:
        """Return the next link by a set, from a link or (-1) from rest; -1 at the goal."""
        ways, row = self.ways, self.nodes[goal].row
        slot = ways.next_slot[known, row, arc] if arc >= 0 else ways.first_slot[known, row, node]
        return self.leaving(node)[slot] if slot < NONE else -1

    def route(self, row: int) -> list[int]:
        """Return the links of a given route."""
        routes = self.world.traffic.routes[row:].tolist()
        return routes[: routes.index(-1)]

    def left_h(self, node: int, arc: int, goal: int) -> float:
        """Hours of driving to a goal without traffic."""
        left_s = self.ways.left_s[self.nodes[goal].row]
        if arc >= 0:
            return left_s[arc].item() / 3_600
        first = self.next_link(0, node, -1, goal)
        if first < 0:
            return 0.0
        return (self.streets.links[first].ms / 1_000 + left_s[first].item()) / 3_600

    def sets(self) -> tuple[int, range]:
        """Return the period of the day, and the sets of base routes of it."""
        period = int(self.ways.period[self.now // (H // 2) % len(self.ways.period)])
        return period, range(*self.ways.set_first[period : period + 2].tolist())

    def known_sets(self, goal: int) -> tuple[list[int], Any]:
        """Return the sets that drivers to a goal take now, and their shares added up."""
        _, sets = self.sets()
        upto = self.ways.upto[:, self.nodes[goal].row]
        return [each for each in sets if each == sets[0] or upto[each - 1] < 1.0], upto

    def way_ms(self, known: int, node: int, goal: int) -> int:
        """Milliseconds along a set of base routes from rest, with queues and waits for green."""
        period, _ = self.sets()
        total, arc = 0, -1
        while (onward := self.next_link(known, node, arc, goal)) >= 0:
            if arc >= 0:
                row = self.ways.onward_first[arc] + self.turns(arc).index(onward)
                total += int(self.ways.wait_ms[period, row])
            street = self.streets.links[onward]
            lanes = self.streets.lanes[street.lane_first : street.lane_first + street.lanes]
            queued = sum(len(lane.cars) for lane in lanes)
            total += street.ms + queued * int(self.ways.pass_ms[period, onward])
            node, arc = street.head, onward
        return total
