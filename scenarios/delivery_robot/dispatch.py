"""The service: orders wait in the order of time, and each is given to the nearest robot there is.

Who has waited too long, or asks in weather that robots do not stand, is served by a rider or a van
as before: nobody is lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scenarios.delivery_robot.footways import Pavement
from scenarios.delivery_robot.hubs import Hubs
from scenarios.delivery_robot.machine import Battery, Wear
from scenarios.delivery_robot.motion import Motion
from scenarios.delivery_robot.network import Connection
from scenarios.delivery_robot.orders import FOOD, Orders
from scenarios.delivery_robot.robot import Handling, How, Robot
from scenarios.delivery_robot.seats import Seats
from twin.luck import Luck
from twin.sim import Process, Sim

__all__ = ["Service"]

Ints = NDArray[np.int64]
ROBOT_RANK, ASK_RANK, TIRED_RANK, GIVE_RANK = 8, 9, 10, 11
MS_PER_S, EVERY_S = 1_000.0, 60.0


@dataclass
class Service:
    """Robots, those who help them, and the orders that they are asked for.

    ``orders`` are those of the day; ``offered`` the numbers of those that robots may serve.
    ``stops`` tells for each hour since midnight of day 0 whether the weather stops robots.
    """

    sim: Sim
    orders: Orders
    offered: Ints
    hubs: Hubs
    pavement: Pavement
    seats: Seats
    network: Connection
    battery: Battery
    wear: Wear
    handling: Handling
    motion: Motion
    stops: NDArray[np.bool_]
    width_m: float
    give_up_s: tuple[float, float]
    luck: Luck
    robots: list[Robot] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)

    def start(self, hub_of: Ints) -> None:
        """Put up the robots and take orders from the start of the time that is kept."""
        self.robots = [
            Robot(self, number, int(hub), motion=self.motion) for number, hub in enumerate(hub_of)
        ]
        self.sim.start(self._ask_all(), key=(ASK_RANK, 0))
        self.sim.start(self._tire_all(), key=(TIRED_RANK, 0))
        self.sim.every(EVERY_S, self.give, key=(GIVE_RANK, 0))

    def ms(self, seconds: float) -> int:
        """Return a time of the run's clock as the trace tells moments."""
        return round(seconds * MS_PER_S) - self.sim.span.epoch_ms

    def clock(self, seconds: float) -> float:
        """Return a time since midnight of day 0 on the run's clock (s)."""
        return seconds + self.sim.span.epoch_ms / MS_PER_S

    def _ask_all(self) -> Process:
        for order in self.offered.tolist():
            yield self.sim.wait(max(0.0, self.clock(self.orders.time_s[order]) - self.sim.now))
            self.ask(order)

    def _tire_all(self) -> Process:
        """Let orders that wait too long go to riders and vans."""
        limit = np.array(self.give_up_s)[self.orders.kind[self.offered]]
        due = self.orders.time_s[self.offered] + limit
        for place in np.argsort(due, kind="stable").tolist():
            yield self.sim.wait(max(0.0, self.clock(due[place]) - self.sim.now))
            order = int(self.offered[place])
            if order in self.waiting:
                self.waiting.remove(order)
                self.hand_on(order, How.LATE)

    def ask(self, order: int) -> None:
        """Take an order, or send it on at once."""
        self.sim.record("robot_asked", order=order)
        hour = int(self.orders.time_s[order] // 3_600.0)
        if self.stops[hour]:
            self.hand_on(order, How.WEATHER)
            return
        self.waiting.append(order)
        self.give()

    def give(self) -> None:
        """Give what waits to robots that stand at their hubs, the first order first."""
        if not self.network.works(self.sim.now):
            return
        for order in list(self.waiting):
            robot = self.nearest(order)
            if robot is not None:
                self.waiting.remove(order)
                self.sim.start(robot.work(order), key=(ROBOT_RANK, robot.number))

    def nearest(self, order: int) -> Robot | None:
        """Return the robot at the nearest hub that can serve an order now, None without any."""
        best, least = None, np.inf
        for robot in self.robots:
            away = self.start_m(robot.hub, order)
            if away < least and robot.ready(self.need_wh(robot.hub, order)):
                best, least = robot, away
        return best

    def start_m(self, hub: int, order: int) -> float:
        """Return the metres from a hub to where an order is fetched (a parcel: 0 at its hub)."""
        metres, orders = self.hubs.metres[hub], self.orders
        if orders.kind[order] == FOOD:
            reached = np.isfinite(metres[orders.home[order]])
            return float(metres[orders.shop[order]]) if reached else np.inf
        nearest = int(self.hubs.metres[:, orders.home[order]].argmin())
        return 0.0 if nearest == hub else np.inf

    def need_wh(self, hub: int, order: int) -> float:
        """Return the energy that an order takes at most: to the shop, back, to the door, back."""
        metres, orders = self.hubs.metres[hub], self.orders
        shop_m = metres[orders.shop[order]] if orders.kind[order] == FOOD else 0.0
        way_m = 2.0 * float(shop_m + metres[orders.home[order]])
        handled_s = self.handling.load_s + 2.0 * self.handling.hand_s
        waits_s = max(0.0, self.orders.ready_s[order] - self.orders.time_s[order])
        return self.motion.wh(way_m, way_m / self.motion.mps + handled_s + waits_s)

    def following(self, robot: Robot) -> int | None:
        """Return the first waiting order that a robot can serve from where it is."""
        if not self.network.works(self.sim.now):
            return None
        for order in self.waiting:
            food = self.orders.kind[order] == FOOD
            near = np.isfinite(self.start_m(robot.hub, order))
            if food and near and robot.can(self.need_wh(robot.hub, order)):
                self.waiting.remove(order)
                return order
        return None

    def served(self, order: int, robot: Robot) -> None:
        """Note that a robot has brought an order."""
        self.sim.record(
            "robot_order", order=order, how=How.ROBOT, machine=robot.number,
            hub=robot.hub,
        )  # fmt: skip

    def hand_on(self, order: int, how: int) -> None:
        """Note that a rider or a van must serve an order, and why."""
        self.sim.record("robot_order", order=order, how=how, machine=-1, hub=-1)

    def tell_position(self, robot: Robot) -> None:
        """Nothing yet."""

    def ready_s(self, order: int) -> float:
        """Return when an order is cooked, on the run's clock."""
        return self.clock(float(self.orders.ready_s[order]))

    def hand_s(self, order: int) -> float:
        """Return how long the handover at the door takes."""
        luck, one = self.luck.of("hand"), self._situation(order)
        return float(luck.lognormal(one[0], self.handling.hand_s, self.handling.hand_cv, **one[1]))

    def help_m(self, order: int, look: int) -> float:
        """Return the metres until help is needed, from the last time on."""
        if not self.handling.help_m:
            return np.inf
        who, when = self._situation(order)
        return float(
            self.luck.of("help").exponential(who, 1.0 / self.handling.help_m, look=look, **when)
        )

    def help_s(self, order: int, look: int) -> float:
        """Return how long the help takes."""
        who, when = self._situation(order)
        return float(
            self.luck.of("helping").exponential(who, self.handling.help_s, look=look, **when)
        )

    def _situation(self, order: int) -> tuple[int, dict[str, int]]:
        """Return the person, and the day and the number of the order, that luck is drawn by."""
        kind = int(self.orders.kind[order])
        trip = 2 * int(self.orders.number[order]) + kind
        return int(self.orders.person[order]), {"day": int(self.orders.day[order]), "trip": trip}
