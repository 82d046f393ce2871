"""A robot: it takes orders from shops, or parcels from its hub, to doors, on the footways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from scenarios.delivery_robot.footways import robot_network
from scenarios.delivery_robot.machine import Machine
from scenarios.delivery_robot.motion import Motion
from scenarios.delivery_robot.orders import FOOD
from twin.sim import Process

if TYPE_CHECKING:
    from scenarios.delivery_robot.dispatch import Service

__all__ = ["Handling", "How", "Robot"]

Ints = NDArray[np.int64]
LEGS, HELPS = 8, 512
"""Ways of one order, and calls for help on one way, that have luck of their own."""
WALKER_MPS = 1.34


class How:
    """How an order was served, or who had to."""

    ROBOT = 0
    LATE = 1
    WEATHER = 2
    BROKE = 3
    NETWORK = 4


@dataclass(frozen=True)
class Handling:
    """What people do with it: loading and handing over (s), help (calls a metre, s a call).

    ``step_in`` is the share of the walkers met who step into its way.
    """

    load_s: float
    hand_s: float
    hand_cv: float
    help_m: float
    help_s: float
    step_in: float


class Robot(Machine):
    """A robot of a hub, busy or plugged in there."""

    def __init__(self, service: Service, number: int, hub: int, *, motion: Motion) -> None:
        wear, battery = service.wear, service.battery
        super().__init__(
            service.sim, number, battery=battery, wear=wear, luck=service.luck.of("robot")
        )
        self.service, self.hub, self.motion = service, hub, motion
        self.spot = self.home = int(service.hubs.rows[hub])
        self.order = -1
        self.number = service.pavement.add(self.spot, motion.mps, service.width_m)
        self.busy = False
        self.plugged_s = self.sim.now
        self.since_s = self.sim.now
        self.charged_wh = self.used_wh = 0.0

    def plug(self) -> None:
        """Charge from now on, until the battery is full or a job comes."""
        self.busy, self.plugged_s = False, self.sim.now

    def charged(self) -> float:
        """Return what the battery has got since it was plugged in (Wh)."""
        full = self.battery.capacity_wh - self.left_wh
        return min(full, self.battery.charge_w * (self.sim.now - self.plugged_s) / 3_600.0)

    def ready(self, wh: float) -> bool:
        """Whether it can take a job that needs so much energy, now, from its hub."""
        got = self.charged()
        return not self.busy and self.works() and self.can(wh - got)

    def unplug(self) -> None:
        """Leave the hub with what it has charged."""
        got = self.charged()
        self.left_wh += got
        self.charged_wh += got
        self.busy, self.since_s = True, self.sim.now

    def work(self, order: int | None) -> Process:
        """Serve an order and those that follow, and come back to the hub."""
        jobs = 0
        self.unplug()
        while order is not None:
            yield from self._serve(order)
            jobs += 1
            order = self.service.following(self) if self.fit() else None
        yield from self._back()
        self.sim.record(
            "robot_tour", machine=self.number, from_ms=self.service.ms(self.since_s), jobs=jobs
        )
        self.plug()
        self.service.give()

    def fit(self) -> bool:
        """Whether it works and its battery is not empty."""
        return self.works() and self.left_wh > 0.0

    def _back(self) -> Process:
        while not self.fit():
            self.sim.record("robot_broke", machine=self.number, empty=float(self.left_wh <= 0.0))
            if self.works():  # somebody brings a battery
                yield self.sim.wait(self.wear.repair_h * 3_600.0)
                self.charged_wh += self.battery.capacity_wh - self.left_wh
                self.left_wh = self.battery.capacity_wh
            else:
                yield from self.repair()
        if self.spot != self.home:
            yield from self._go(self.home, self.order, LEGS - 1)

    def _serve(self, order: int) -> Process:
        """Fetch an order and bring it; a rider fetches it where that fails."""
        service, orders = self.service, self.service.orders
        self.order = order
        start = int(orders.shop[order]) if orders.kind[order] == FOOD else self.home
        if start != self.spot:
            yield from self._go(start, order, 0)
        if self.fit():
            yield from self._stand(service.ready_s(order) - self.sim.now)
            yield from self._stand(service.handling.load_s)
            yield from self._go(int(orders.home[order]), order, 1)
        if not self.fit():
            service.hand_on(order, How.BROKE)
            return
        yield from self._stand(service.hand_s(order))
        service.served(order, self)

    def _stand(self, seconds: float) -> Process:
        """Stand for so long, with the electronics on."""
        if seconds > 0.0:
            yield self.sim.wait(seconds)
            self._spend(0.0, seconds)

    def _spend(self, metres: float, seconds: float) -> None:
        wh = self.motion.wh(metres, seconds)
        self.use(wh)
        self.used_wh += wh

    def _go(self, spot: int, order: int, leg: int) -> Process:
        """Go to a building; where help is needed stand until it comes; stop where it breaks."""
        service = self.service
        left = self._way(spot)
        for calls in range(HELPS):
            left, cut = self._cut(left, order, leg * HELPS + calls)
            yield from self._along(left[:cut], order)
            left = left[cut:]
            if not len(left) or not self.fit():
                break
            yield from self._helped(order, leg * HELPS + calls)
        self.spot = spot
        service.tell_position(self)

    def _way(self, spot: int) -> Ints:
        door = self.sim.ground.walks.spots
        start, end = int(door.node[self.spot]), int(door.node[spot])
        return np.asarray(robot_network(self.sim.ground).route(start, end), np.int64)

    def _cut(self, arcs: Ints, order: int, look: int) -> tuple[Ints, int]:
        """Return the arcs, and how many of them it goes before it needs help."""
        metres = np.cumsum(self.sim.ground.walks.network.cost[arcs])
        until_m = self.service.help_m(order, look)
        return arcs, min(len(arcs), int(np.searchsorted(metres, until_m)) + 1)

    def _along(self, arcs: Ints, order: int) -> Process:
        if not len(arcs):
            return
        begin_s = self.sim.now
        walked = yield self.service.pavement.along(self.number, arcs)
        down_s = self.service.network.down_s(begin_s, self.sim.now)
        yield from self._stand(down_s)
        self._spend(walked.metres, walked.seconds)
        self.sim.record(
            "robot_way", machine=self.number, order=order, metres=walked.metres,
            seconds=walked.seconds, wait_s=walked.wait_s, met=walked.met,
            blocked_s=walked.blocked_s, down_s=down_s,
            wh=self.motion.wh(walked.metres, walked.seconds + down_s),
        )  # fmt: skip

    def _helped(self, order: int, look: int) -> Process:
        """Stand until somebody has helped from afar."""
        help_s = self.service.help_s(order, look)
        wait_s = self.service.seats.take(self.sim.now, help_s)
        self.sim.record(
            "robot_help", machine=self.number, order=order, wait_s=wait_s, help_s=help_s
        )
        yield from self._stand(wait_s + help_s)
