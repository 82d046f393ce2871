"""What all robots of a run share: the orders, the footways, who helps, and the luck of each order.

Luck is drawn by the order and what is looked at, so that the same order meets the same trouble
whichever robot brings it, and however many there are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenarios.delivery_robot.hubs import Hubs
from scenarios.delivery_robot.motion import Motion
from scenarios.delivery_robot.network import Connection
from scenarios.delivery_robot.orders import FOOD, Orders
from scenarios.delivery_robot.seats import Seats
from twin.luck import Luck
from twin.machines import Battery, Wear
from twin.sim import Sim
from twin.world.walking.pavement import Pavement

__all__ = ["CALLS", "Handling", "Operation", "Traits"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MS_PER_S = 1_000.0
CALLS = 512
"""Calls for help on one way that have luck of their own."""


@dataclass(frozen=True)
class Handling:
    """What people do with robots: s to load one, to hand over at the door (mean, spread).

    ``help_m`` is the calls for help a metre, ``help_s`` what one takes (mean).
    """

    load_s: float
    hand_s: float
    hand_cv: float
    help_m: float
    help_s: float


@dataclass(frozen=True)
class Traits:
    """What a robot is: how it moves, its battery and wear, how many orders fit in.

    ``give_way_s`` is how long it stands for each walker it meets.
    """

    motion: Motion
    battery: Battery
    wear: Wear
    give_way_s: float
    compartments: int


@dataclass(frozen=True, eq=False)
class Operation:
    """The robots' world in one run; times in seconds on the run's clock, which ``clock`` gives."""

    sim: Sim
    orders: Orders
    hubs: Hubs
    pavement: Pavement
    seats: Seats
    network: Connection
    handling: Handling
    traits: Traits
    luck: Luck

    def ms(self, seconds: float) -> int:
        """Return a time of the run's clock as the trace tells moments."""
        return round(seconds * MS_PER_S) - self.sim.span.epoch_ms

    def clock(self, seconds: float) -> float:
        """Return a time since midnight of day 0 on the run's clock."""
        return float(seconds) + self.sim.span.epoch_ms / MS_PER_S

    def start_of(self, order: int, hub: int) -> int:
        """Return the building where an order is fetched by a robot of a hub."""
        food = self.orders.kind[order] == FOOD
        return int(self.orders.shop[order]) if food else int(self.hubs.rows[hub])

    def starts_m(self, orders: Ints) -> Floats:
        """Return the metres from each hub to where each order is fetched [hub, order].

        Infinite where a robot of the hub cannot serve it: no way, or a parcel that lies at another
        hub, which is the one nearest to its home.
        """
        metres, home = self.hubs.metres, self.orders.home[orders]
        food = self.orders.kind[orders] == FOOD
        own = np.arange(len(metres))[:, None] == metres[:, home].argmin(axis=0)
        start = np.where(food, metres[:, self.orders.shop[orders]], np.where(own, 0.0, np.inf))
        return np.where(np.isfinite(metres[:, home]), start, np.inf)

    def needs_wh(self, orders: Ints) -> Floats:
        """Return the energy that each order takes at most from each hub [hub, order].

        To the shop, back, to the door and back, with the time that it cooks.
        """
        motion, handling, one = self.traits.motion, self.handling, self.orders.take(orders)
        shop_m = np.where(one.kind == FOOD, self.hubs.metres[:, one.shop], 0.0)
        way_m = 2.0 * (shop_m + self.hubs.metres[:, one.home])
        stands_s = handling.load_s + 2.0 * handling.hand_s + one.ready_s - one.time_s
        return np.asarray(motion.wh(way_m, way_m / motion.mps + stands_s))

    def check_battery(self, orders: Ints) -> None:
        """Refuse a battery that is too small for any of some orders.

        Raises
        ------
        ValueError
            Telling the smallest that would do.
        """
        battery = self.traits.battery
        least = self.needs_wh(orders).min() if len(orders) else 0.0
        if battery.usable_wh < least:
            raise ValueError(
                f"DeliveryRobot.battery_wh must be at least {least / (1.0 - battery.reserve):.0f} "
                f"Wh, for the shortest trip and the reserve, got {battery.capacity_wh:g}"
            )

    def hand_s(self, order: int) -> float:
        """Return how long the handover at the door takes."""
        person, when = self._situation(order)
        mean, cv = self.handling.hand_s, self.handling.hand_cv
        return float(self.luck.of("hand").lognormal(person, mean, cv, **when))

    def help_after_m(self, order: int, look: int) -> float:
        """Return the metres from one call for help to the next: calls are Poisson along the way."""
        if not self.handling.help_m:
            return np.inf
        person, when = self._situation(order)
        mean_m = 1.0 / self.handling.help_m
        return float(self.luck.of("call").exponential(person, mean_m, look=look, **when))

    def help_s(self, order: int, look: int) -> float:
        """Return how long help takes."""
        person, when = self._situation(order)
        mean_s = self.handling.help_s
        return float(self.luck.of("help").exponential(person, mean_s, look=look, **when))

    def _situation(self, order: int) -> tuple[int, dict[str, int]]:
        """Return the person of an order, its day and its number, by which luck is drawn."""
        orders = self.orders
        trip = 2 * int(orders.number[order]) + int(orders.kind[order])
        return int(orders.person[order]), {"day": int(orders.day[order]), "trip": trip}
