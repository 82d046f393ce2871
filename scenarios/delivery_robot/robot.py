"""A robot: it takes meals from shops, and parcels from its hub, to doors, on the footways."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import simpy
from numpy.typing import NDArray

from scenarios.delivery_robot.footways import robot_network, steps
from scenarios.delivery_robot.legs import stand, tell_legs
from scenarios.delivery_robot.operation import CALLS, Operation
from twin.machines import Machine
from twin.sim import Process

__all__ = ["How", "Office", "Robot"]

Ints = NDArray[np.int64]
S_PER_H = 3_600.0
TO_SHOP, TO_DOOR, HOME = 0, 1, 2
"""The ways of an order."""


class How:
    """Who brought an order, or why a robot did not."""

    ROBOT = 0
    LATE = 1
    WEATHER = 2
    BROKE = 3


class Office(Protocol):
    """Who gives robots their work, and is told what came of it."""

    def more(self, robot: Robot, order: int) -> list[int]:
        """Return more orders to take along from where an order is fetched."""

    def following(self, robot: Robot) -> int | None:
        """Return the order to serve next, without coming back first; None without any."""

    def served(self, order: int, robot: Robot) -> None:
        """Note that an order was handed over."""

    def failed(self, order: int) -> None:
        """Note that an order is left with a robot that broke down."""

    def back(self, robot: Robot) -> None:
        """Note that a robot is back at its hub."""


class Robot(Machine):
    """A robot of a hub, on its way, or plugged in there."""

    def __init__(self, operation: Operation, office: Office, number: int, hub: int) -> None:
        traits, sim = operation.traits, operation.sim
        luck = operation.luck.of("robot")
        super().__init__(sim, number, battery=traits.battery, wear=traits.wear, luck=luck)
        self.operation, self.office, self.hub, self.motion = operation, office, hub, traits.motion
        self.home = self.spot = int(operation.hubs.rows[hub])
        self.node = -1
        self.number = operation.pavement.add(
            self.home, mps=self.motion.mps, give_way_s=traits.give_way_s
        )
        self.returning = False
        stand(sim, self.number, self.home)
        self.plugged_s = sim.now
        self.charged_wh = self.used_wh = 0.0

    def fit(self) -> bool:
        """Whether it works and its battery is not empty."""
        return self.works() and self.left_wh > 0.0

    def ready(self, wh: float) -> bool:
        """Whether it can leave its hub for what needs so much energy."""
        return self.works() and self.can(wh - self._charging())

    def _charging(self) -> float:
        """Return what the battery has got since the robot was plugged in (Wh)."""
        free_wh = self.battery.capacity_wh - self.left_wh
        return min(free_wh, self.battery.charge_w * (self.sim.now - self.plugged_s) / S_PER_H)

    def _charge(self, wh: float) -> None:
        self.left_wh += wh
        self.charged_wh += wh

    def _consume(self, metres: float, seconds: float) -> None:
        """Use the energy of a way or a wait, as far as the battery holds it."""
        before_wh = self.left_wh
        self.use(self.motion.wh(metres, seconds))
        self.used_wh += before_wh - self.left_wh

    def work(self, order: int) -> Process:
        """Serve an order and those that follow, and come back to the hub."""
        self._charge(self._charging())
        since_ms, used_wh = self.operation.ms(self.sim.now), self.used_wh
        following: int | None = order
        while following is not None:
            yield from self._serve([following, *self.office.more(self, following)])
            order = following
            following = self.office.following(self) if self.fit() else None
        yield from self._come_back(order)
        self.sim.record(
            "robot_tour", machine=self.number, from_ms=since_ms, wh=self.used_wh - used_wh,
        )  # fmt: skip
        self.plugged_s = self.sim.now
        self.office.back(self)

    def _serve(self, orders: list[int]) -> Process:
        """Fetch orders at one place and bring them, the nearest door first."""
        operation, first = self.operation, orders[0]
        yield from self._go(operation.start_of(first, self.hub), first, TO_SHOP)
        if self.fit():
            ready_s = max(operation.clock(operation.orders.ready_s[order]) for order in orders)
            loaded_s = operation.handling.load_s * len(orders)
            yield from self._stand(max(0.0, ready_s - self.sim.now) + loaded_s)
        metres = operation.hubs.metres[self.hub]
        for order in sorted(orders, key=lambda one: (metres[operation.orders.home[one]], one)):
            if self.fit():
                yield from self._go(int(operation.orders.home[order]), order, TO_DOOR)
            if not self.fit():
                self.office.failed(order)
                continue
            yield from self._stand(operation.hand_s(order))
            self.office.served(order, self)

    def _come_back(self, order: int) -> Process:
        """Go to the hub, once it is repaired where it broke down, or was brought a battery."""
        while not self.fit():
            empty = self.works()
            self.sim.record("robot_broke", machine=self.number, empty=int(empty))
            if empty:
                yield self.sim.wait(self.wear.repair_h * S_PER_H)
                self._charge(self.battery.capacity_wh - self.left_wh)
            else:
                yield from self.repair()
        self.returning = True
        yield from self._go(self.home, order, HOME)
        self.returning = False

    def _stand(self, seconds: float) -> Process:
        """Stand for so long, with the electronics on."""
        if seconds > 0.0:
            yield self.sim.wait(seconds)
            self._consume(0.0, seconds)

    def _go(self, spot: int, order: int, way: int) -> Process:
        """Go to a door, standing wherever help is needed until it came; stop where it breaks.

        On the way to the hub it goes on even with an empty battery: somebody is with it.
        """
        if spot == self.spot:
            return
        arcs, walks = self._way(spot), self.sim.ground.walks
        door_m = float(walks.spots.door_m[self.spot]) if self.spot >= 0 else 0.0
        gone_m = door_m + np.cumsum(walks.network.cost[arcs])
        whole_m = gone_m.max(initial=door_m) + walks.spots.door_m[spot]
        at, call_m = 0, 0.0
        for call in range(way * CALLS, (way + 1) * CALLS):
            call_m += self.operation.help_after_m(order, call)
            if call_m > whole_m:
                break
            upto = min(int(np.searchsorted(gone_m, call_m)) + 1, len(arcs))
            yield from self._along(arcs[at:upto], order)
            at = upto
            if not (self.fit() or way == HOME):
                return
            yield from self._helped(order, call)
        if steps(self.sim.ground).any():  # the way of walkers may be another
            yield from self._along(arcs[at:], order)
            at = len(arcs)
        yield from self._walk(self.operation.pavement.go(self.number, spot), order, arcs[at:])
        self.spot = spot

    def _along(self, arcs: Ints, order: int) -> Process:
        """Go along arcs, to where the last one ends."""
        if len(arcs):
            yield from self._walk(self.operation.pavement.along(self.number, arcs), order, arcs)
            self.spot, self.node = -1, int(self.sim.ground.walks.network.heads[arcs[-1]])

    def _way(self, spot: int) -> Ints:
        """Return the arcs of the shortest way without steps from where it is to a building."""
        ground = self.sim.ground
        if self.spot >= 0:
            arcs = self.operation.pavement.way(self.spot, spot)
            if not steps(ground)[arcs].any():
                return arcs
        node = ground.walks.spots.node
        start = self.node if self.spot < 0 else int(node[self.spot])
        return np.asarray(robot_network(ground).route(start, int(node[spot])), np.int64)

    def _walk(self, there: simpy.Event, order: int, arcs: Ints) -> Process:
        """Go along arcs until it is there; it stands as long as the network is down meanwhile."""
        begin_s = self.sim.now
        walked = yield there
        tell_legs(self.sim, self.number, arcs, walked)
        down_s = self.operation.network.down_s(begin_s, self.sim.now)
        if down_s:
            yield self.sim.wait(down_s)
        self._consume(walked.metres, walked.seconds + down_s)
        self.sim.record(
            "robot_way", machine=self.number, order=order, metres=walked.metres,
            wait_s=walked.wait_s, met=walked.met, blocked_s=walked.blocked_s, down_s=down_s,
        )  # fmt: skip

    def _helped(self, order: int, call: int) -> Process:
        """Stand until somebody has helped from afar."""
        help_s = self.operation.help_s(order, call)
        wait_s = self.operation.seats.take(self.sim.now, help_s)
        self.sim.record(
            "robot_help", machine=self.number, order=order, wait_s=wait_s, help_s=help_s
        )
        yield from self._stand(wait_s + help_s)
