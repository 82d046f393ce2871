"""What robots are asked for: orders of people who take robots, in reach, in hours and weather."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scenarios.delivery_robot.hubs import Hubs
from scenarios.delivery_robot.orders import FOOD, Orders
from twin.area import Area
from twin.sim import Sim

__all__ = ["Offer", "Wish", "halts", "wet", "wished"]

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
S_PER_H, MS_PER_S, H_PER_DAY = 3_600.0, 1_000.0, 24


@dataclass(frozen=True, eq=False)
class Offer:
    """The numbers of the orders that robots are asked for, in the order of time, and when they do.

    ``halts`` tells for each hour since midnight of day 0 whether the weather stops robots; a meal
    and a parcel wait for a robot for ``patience_s``.
    """

    orders: Ints
    halts: Flags
    patience_s: tuple[float, float]


@dataclass(frozen=True)
class Wish:
    """Who wants a robot: shares of people, of meals that fit in, and of parcels; hours, m to go.

    ``reach_m`` is from one hub to both the shop and the door.
    """

    people: float
    meals: float
    parcels: float
    hours: tuple[float, float]
    reach_m: float


def wished(sim: Sim, orders: Orders, hubs: Hubs, area: Area, wish: Wish) -> Ints:
    """Return the orders of an area that robots are asked for, in the time that is kept.

    Whether somebody takes robots at all lasts, and is the same whatever the fleet.
    """
    lasting, daily = (sim.luck("delivery", lasting=lasts) for lasts in (True, False))
    people = np.arange(len(sim.ground.people.residents))
    willing = np.asarray(lasting.of("uptake").uniform(people)) < wish.people
    food, hour = orders.kind == FOOD, orders.time_s / S_PER_H % H_PER_DAY
    fits = orders.uniform(daily.of("fits")) < np.where(food, wish.meals, wish.parcels)
    start_s, end_s = (
        (ms - sim.span.epoch_ms) / MS_PER_S for ms in (sim.span.start_ms, sim.span.end_ms)
    )
    kept = (orders.time_s >= start_s) & (orders.time_s < end_s)
    open_now = (hour >= wish.hours[0]) & (hour < wish.hours[1])
    x, y = sim.ground.place_x[orders.home], sim.ground.place_y[orders.home]
    shop_m = np.where(food, hubs.metres[:, orders.shop], 0.0)
    near = (np.maximum(shop_m, hubs.metres[:, orders.home]) <= wish.reach_m).any(axis=0)
    return np.flatnonzero(
        willing[orders.person] & fits & kept & open_now & near & area.inside(x, y)
    )


def halts(weather: pd.DataFrame, rain_mm: float) -> Flags:
    """Return whether the weather stops robots in each hour since midnight of day 0.

    More rain an hour does, and any that falls as snow.
    """
    rain = weather["rain_mm"].to_numpy()
    snow = (rain > 0.0) & (weather["temperature_c"].to_numpy() <= 0.0)
    return _by_hour(weather, (rain > rain_mm) | snow)


def wet(weather: pd.DataFrame) -> tuple[bool, ...]:
    """Return whether it rains in each hour since midnight of day 0."""
    return tuple(_by_hour(weather, weather["rain_mm"].to_numpy() > 0.0).tolist())


def _by_hour(weather: pd.DataFrame, flags: Flags) -> Flags:
    """Return flags by the hour; hours before the first of the table are dry."""
    hours = weather["hour"].to_numpy()
    found = np.zeros(int(hours[-1]) + 1, bool)
    found[hours] = flags
    return found
