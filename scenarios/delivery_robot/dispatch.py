"""The office: orders wait in the order of time, and each is given to the nearest robot there is.

Who has waited too long, or asks in weather that robots do not stand, is served by a rider or a van
as before: nobody is lost.
"""

from __future__ import annotations

from bisect import insort

import numpy as np
from numpy.typing import NDArray

from scenarios.delivery_robot.offer import Offer
from scenarios.delivery_robot.operation import Operation
from scenarios.delivery_robot.orders import FOOD
from scenarios.delivery_robot.robot import How, Robot
from twin.sim import Process

__all__ = ["Dispatch"]

Ints = NDArray[np.int64]
ROBOT_RANK, ASK_RANK, TIRED_RANK, GIVE_RANK = 40, 41, 42, 43
S_PER_H, EVERY_S = 3_600.0, 60.0


class Dispatch:
    """Gives orders to robots, of which it has one for each entry of ``hub_of``.

    It records ``robot_asked`` when an order is asked for, and ``robot_order`` when it is known who
    brings it: a robot has, or a rider or a van is called (``how``).
    """

    def __init__(self, operation: Operation, offer: Offer, hub_of: Ints) -> None:
        self.operation, self.offer, self.sim = operation, offer, operation.sim
        self.waiting: list[int] = []
        self.robots = [Robot(operation, self, n, int(hub)) for n, hub in enumerate(hub_of)]
        self.standing: list[list[Robot]] = [[] for _ in operation.hubs.rows]
        for robot in self.robots:
            self.standing[robot.hub].append(robot)
        starts_m, needs_wh = operation.starts_m(offer.orders), operation.needs_wh(offer.orders)
        self.near: dict[int, list[int]] = dict(
            zip(offer.orders.tolist(), map(_by_distance, starts_m.T), strict=True)
        )
        self.needs_wh: dict[int, list[float]] = dict(
            zip(offer.orders.tolist(), needs_wh.T.tolist(), strict=True)
        )
        self.sim.start(self._ask_all(), key=(ASK_RANK, 0))
        self.sim.start(self._tire_all(), key=(TIRED_RANK, 0))
        self.sim.every(EVERY_S, self.give, key=(GIVE_RANK, 0))

    def _ask_all(self) -> Process:
        asked_s = self.operation.orders.time_s
        for order in self.offer.orders.tolist():
            yield from self._wait_for(asked_s[order])
            self.ask(order)

    def _tire_all(self) -> Process:
        """Let orders that wait too long go to riders and vans."""
        orders, rows = self.operation.orders, self.offer.orders
        due_s = orders.time_s[rows] + np.array(self.offer.patience_s)[orders.kind[rows]]
        for place in np.argsort(due_s, kind="stable").tolist():
            yield from self._wait_for(due_s[place])
            order = int(rows[place])
            if order in self.waiting:
                self.waiting.remove(order)
                self._hand_on(order, How.LATE)

    def _wait_for(self, time_s: float) -> Process:
        yield self.sim.wait(max(0.0, self.operation.clock(time_s) - self.sim.now))

    def ask(self, order: int) -> None:
        """Take an order, or send it on at once."""
        self.sim.record("robot_asked", order=order)
        if self.offer.halts[int(self.operation.orders.time_s[order] // S_PER_H)]:
            self._hand_on(order, How.WEATHER)
            return
        self.waiting.append(order)
        self.give()

    def give(self) -> None:
        """Give what waits to robots that stand at their hubs, the first order first."""
        if not self.operation.network.works(self.sim.now):
            return
        for order in list(self.waiting):
            if not any(self.standing):
                return
            robot = self.nearest(order)
            if robot is not None:
                self.waiting.remove(order)
                self.standing[robot.hub].remove(robot)
                self.sim.start(robot.work(order), key=(ROBOT_RANK, robot.key))

    def nearest(self, order: int) -> Robot | None:
        """Return the first robot of the nearest hub that can serve an order now, or None."""
        need_wh = self.needs_wh[order]
        for hub in self.near[order]:
            for robot in self.standing[hub]:
                if robot.ready(need_wh[hub]):
                    return robot
        return None

    def more(self, robot: Robot, order: int) -> list[int]:
        """Return what waits at the same place as an order, as far as it fits in beside it."""
        operation, room = self.operation, self.operation.traits.compartments - 1
        kind, start = operation.orders.kind, operation.start_of(order, robot.hub)
        along = [
            other for other in self.waiting
            if kind[other] == kind[order] and robot.hub in self.near[other]
            and operation.start_of(other, robot.hub) == start
        ][:room] if room else []  # fmt: skip
        self.waiting = [other for other in self.waiting if other not in along]
        return along

    def following(self, robot: Robot) -> int | None:
        """Return the first waiting meal that a robot can fetch from where it is.

        Each robot that is already on its way back will take one before it.
        """
        if not self.operation.network.works(self.sim.now):
            return None
        back = [other for other in self.robots if other.returning]
        for order in self.waiting:
            sooner = next((other for other in back if self._can(other, order)), None)
            if sooner is not None:
                back.remove(sooner)
            elif self.operation.orders.kind[order] == FOOD and self._can(robot, order):
                self.waiting.remove(order)
                return order
        return None

    def _can(self, robot: Robot, order: int) -> bool:
        """Whether a robot that is out can serve an order with what is left in its battery."""
        return robot.hub in self.near[order] and robot.can(self.needs_wh[order][robot.hub])

    def served(self, order: int, robot: Robot) -> None:
        """Note that a robot has brought an order."""
        self._tell(order, How.ROBOT, robot.number, robot.hub)

    def failed(self, order: int) -> None:
        """Note that a rider or a van must fetch an order from a robot that broke down."""
        self._hand_on(order, How.BROKE)

    def back(self, robot: Robot) -> None:
        """Give work to a robot that is back."""
        insort(self.standing[robot.hub], robot, key=lambda one: one.key)
        self.give()

    def _hand_on(self, order: int, how: int) -> None:
        self._tell(order, how, -1, -1)

    def _tell(self, order: int, how: int, machine: int, hub: int) -> None:
        self.sim.record("robot_order", order=order, how=how, machine=machine, hub=hub)


def _by_distance(metres: NDArray[np.float64]) -> list[int]:
    """Return the hubs from which an order can be fetched, the nearest first."""
    order = np.argsort(metres, kind="stable")
    return [int(hub) for hub in order[np.isfinite(metres[order])]]
