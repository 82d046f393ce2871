"""What a day's trace says about deliveries: pure functions of tables."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scenarios.delivery_robot.baseline import Vans, rider_km, rider_s, van_km
from scenarios.delivery_robot.orders import FOOD, PARCEL, Orders
from scenarios.delivery_robot.robot import How
from scenarios.delivery_robot.terms import Rates, Terms
from twin.appraisal.values import read_values
from twin.luck import Luck
from twin.solution import KPI, Run
from twin.world.ground import Ground

__all__ = [
    "COST_YEAR", "KPIS", "Delivered", "delivered", "fleet_needed", "kwh_a_year", "measured",
]  # fmt: skip

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
MS_PER_S, MS_PER_H, S_PER_DAY, DAYS = 1_000.0, 3_600_000.0, 86_400.0, 365.0
BUSY = 0.8
"""The share of time that a fleet of several robots can be busy before orders wait for long."""

RIDER_YEAR, VAN_YEAR, COST_YEAR = 2022, 2019, 2025
"""The prices of riders, of vans and of robots."""

KPIS = (
    KPI("robot.lead_time", "min", "less",
        "from asking to the handover, mean of all meals asked for by homes of the area, whoever "
        "brought them; who still waits at the end counts with the time until then"),
    KPI("robot.lead_time_p90", "min", "less", "the same, 90th percentile"),
    KPI("robot.on_time", "%", "more", "meals, of the same, that came within what is promised"),
    KPI("robot.lead_own", "min", "less", "the same, mean of the meals that robots brought"),
    KPI("robot.share", "%", "more", "meals and parcels of homes of the area that robots brought"),
    KPI("robot.delivered", "orders/day", "more", "the same, a day"),
    KPI("robot.taken", "%", "more",
        "orders that robots brought, of those they were asked for; riders and vans bring the rest"),
    KPI("robot.rain_share", "%", "more",
        "orders that robots brought, of those they were asked for in hours of rain or snow"),
    KPI("robot.cost_per_delivery", "KRW/order", "less",
        "cost of a year of robots, hubs, help and power, investments spread over their lives, over "
        "a year of orders that robots brought; prices of the appraisal"),
    KPI("delivery.rider_cost", "KRW/order", "less",
        "what a rider is paid for a meal, prices of the appraisal"),
    KPI("delivery.van_cost", "KRW/order", "less",
        "what a courier is paid for a parcel, prices of the appraisal"),
    KPI("delivery.paid", "KRW/day", "less",
        "what riders and couriers are paid for orders of the area, prices of the appraisal",
        value="krw", account="operator"),
    KPI("delivery.rider_orders", "orders/day", "less", "meals of the area that riders brought"),
    KPI("delivery.van_orders", "orders/day", "less", "parcels of the area that vans brought"),
    KPI("delivery.veh_km", "veh-km/day", "less",
        "driven by riders and vans for orders of the area: motorbikes loaded and empty, vans' "
        "tours from the depot and back"),
    KPI("delivery.rider_km", "km/order", "less", "driven by a rider for a meal, mean"),
    KPI("delivery.van_km", "km/order", "less", "driven by vans for a parcel, mean"),
    KPI("robot.veh_km_avoided", "km/order", "more",
        "vehicle-km of riders and vans that an order brought by a robot would have taken, mean"),
    KPI("robot.km", "km/day", "less", "gone by robots on footways"),
    KPI("robot.km_auto", "km", "more", "gone by robots for each call for help"),
    KPI("robot.help_wait_p95", "s", "less", "wait of robots for help, 95th percentile"),
    KPI("robot.ped_conflict", "1/km", "less",
        "walkers who come into the way of a robot with a time to collision below 1.5 s, expected "
        "from the walkers that robots met, per km gone by robots"),
    KPI("robot.crossing_wait", "s", "less", "wait of robots at crossings per order they brought"),
    KPI("robot.utilisation", "%", "more",
        "hours of robots from leaving the hub until back there, of their hours of service"),
    KPI("robot.fleet_needed", "robots", "less",
        "robots that would be busy for 80 % of the busiest hour: orders asked of robots then, "
        "times the hours that an order keeps a robot, over 0.8"),
)  # fmt: skip


class Delivered(NamedTuple):
    """Orders of an area with what came of them, by row.

    ``robot``: a robot brought it; ``open``: nobody knows yet, at the end; ``lead_s`` from asking to
    the handover (parcels of vans: NaN, nobody waits for them at home; open ones until the end).
    """

    orders: Orders
    number: NDArray[np.int64]
    robot: Flags
    open: Flags
    lead_s: Floats


def delivered(run: Run, orders: Orders, terms: Terms, luck: Luck) -> Delivered:
    """Return what came of the orders that homes in the area asked for in the time looked at."""
    ground = _ground(run)
    inside = run.area.inside(ground.place_x[orders.home], ground.place_y[orders.home])
    asked = (orders.time_s >= run.span_s[0]) & (orders.time_s < run.span_s[1])
    number = np.flatnonzero(inside & asked)
    mine = orders.take(number)
    robot, waits, known_s = _outcomes(run, len(orders.time_s))
    called_s = np.where(np.isnan(known_s), orders.time_s, known_s)[number]
    food = mine.kind == FOOD
    lead_s = np.full(len(number), np.nan)
    meals = mine.take(food)
    lead_s[food] = rider_s(ground, meals, called_s[food], terms.riders, luck=luck)
    brought, left = robot[number], waits[number]
    lead_s[brought] = (known_s[number] - mine.time_s)[brought]
    lead_s[left] = run.span_s[1] - mine.time_s[left]
    return Delivered(mine, number, brought, left, lead_s)


def _outcomes(run: Run, orders: int) -> tuple[Flags, Flags, Floats]:
    """Return for each order whether a robot brought it, whether it waits, when that was known."""
    robot, waits, known_s = np.zeros(orders, bool), np.zeros(orders, bool), np.full(orders, np.nan)
    waits[run.trace.column("robot_asked", "order")] = True
    order, how = (run.trace.column("robot_order", name) for name in ("order", "how"))
    waits[order] = False
    robot[order[how == How.ROBOT]] = True
    known_s[order] = run.trace.column("robot_order", "time_ms") / MS_PER_S
    return robot, waits, known_s


def measured(run: Run, orders: Orders, terms: Terms, luck: Luck) -> dict[str, float | None]:
    """Return every indicator; None where it is undefined."""
    found = delivered(run, orders, terms, luck)
    values: dict[str, float] = dict.fromkeys((kpi.name for kpi in KPIS), float("nan"))
    values |= _of_meals(found, terms.rates.promise_s)
    values |= _of_vehicles(run, found, terms)
    values |= _of_robots(run, found, terms.rates)
    values |= _of_money(run, values, terms.rates)
    return {name: None if np.isnan(value) else float(value) for name, value in values.items()}


def _days(run: Run) -> float:
    return max((run.span_s[1] - run.span_s[0]) / S_PER_DAY, 1.0)


def _of_meals(found: Delivered, promise_s: float) -> dict[str, float]:
    """Return how long meals took, and how many orders robots brought."""
    food = found.orders.kind == FOOD
    lead = found.lead_s[food]
    return {
        "robot.lead_own": _mean(found.lead_s[food & found.robot]) / 60.0,
        "robot.lead_time": _mean(lead) / 60.0,
        "robot.lead_time_p90": float(np.quantile(lead, 0.9)) / 60.0 if len(lead) else np.nan,
        "robot.on_time": 100.0 * _mean((lead <= promise_s).astype(float)),
        "robot.share": 100.0 * _mean(found.robot.astype(float)),
    }


def _of_vehicles(run: Run, found: Delivered, terms: Terms) -> dict[str, float]:
    """Return what riders and vans brought and drove, and what robots saved them."""
    ground, orders, days = _ground(run), found.orders, _days(run)
    food, by_them = orders.kind == FOOD, ~found.robot & ~found.open
    ridden, driven = food & by_them, ~food & by_them
    rider = rider_km(ground, orders.take(food), terms.riders)
    ridden_km = float(rider[by_them[food]].sum())
    vans_km = _vans_km(run, found, driven, terms.vans)
    brought = float(found.robot.sum())
    saved_km = float(rider[found.robot[food]].sum())
    if (found.robot & ~food).any():
        everything = _vans_km(run, found._replace(robot=food & found.robot), ~food, terms.vans)
        saved_km += everything - vans_km
    return {
        "robot.delivered": brought / days,
        "robot.veh_km_avoided": _ratio(saved_km, brought),
        "delivery.rider_orders": float(ridden.sum()) / days,
        "delivery.van_orders": float(driven.sum()) / days,
        "delivery.veh_km": (ridden_km + vans_km) / days,
        "delivery.rider_km": _ratio(ridden_km, float(ridden.sum())),
        "delivery.van_km": _ratio(vans_km, float(driven.sum())),
    }


def _of_money(run: Run, values: dict[str, float], rates: Rates) -> dict[str, float]:
    """Return what an order costs by robot, rider and van, and what is paid a day."""
    prices = read_values()
    rider = prices.real(rates.rider_krw, RIDER_YEAR)
    van = prices.real(rates.van_krw, VAN_YEAR)
    year = rates.year_krw + rates.power_krw * kwh_a_year(run)
    paid = values["delivery.rider_orders"] * rider + values["delivery.van_orders"] * van
    brought = values["robot.delivered"] * DAYS
    return {
        "robot.cost_per_delivery": _ratio(prices.real(year, COST_YEAR), brought),
        "delivery.rider_cost": rider,
        "delivery.van_cost": van,
        "delivery.paid": paid,
    }


def kwh_a_year(run: Run) -> float:
    """Return what robots use, kWh in a year of such days."""
    return float(run.trace.column("robot_tour", "wh").sum()) / 1_000.0 / _days(run) * DAYS


def _ground(run: Run) -> Ground:
    if run.ground is None:
        raise ValueError("deliveries are measured on the ground that a run was lived on")
    return run.ground


def _vans_km(run: Run, found: Delivered, driven: Flags, vans: Vans) -> float:
    """Return the km of the vans of each day, which also bring robots' parcels to their hubs."""
    ground, orders, total = _ground(run), found.orders, 0.0
    hub = np.full(len(orders.kind), -1)
    rows, at = run.trace.column("robot_hub", "building"), run.trace.column("robot_order", "hub")
    place = dict(zip(run.trace.column("robot_order", "order").tolist(), at.tolist(), strict=True))
    brought = np.flatnonzero(found.robot & (orders.kind == PARCEL))
    for row in brought.tolist():
        hub[row] = rows[place[int(found.number[row])]]
    stop = np.where(hub >= 0, hub, orders.home)
    carried = driven | (hub >= 0)
    for day in np.unique(orders.day[carried]).tolist():
        rows_of = np.flatnonzero(carried & (orders.day == day))
        total += van_km(ground, stop[rows_of], np.ones(len(rows_of)), vans)
    return total


def _of_robots(run: Run, found: Delivered, rates: Rates) -> dict[str, float]:
    """Return what the robots did, wherever."""
    way, helped, tour = (run.trace.frame(f"robot_{name}") for name in ("way", "help", "tour"))
    if not len(way):
        return {}
    km = float(way["metres"].sum()) / 1_000.0
    brought = float((run.trace.column("robot_order", "how") == How.ROBOT).sum())
    busy_h = float((tour["time_ms"] - tour["from_ms"]).sum()) / MS_PER_H if len(tour) else 0.0
    waits = helped["wait_s"].to_numpy(float) if len(helped) else np.zeros(0)
    hours = run.trace.column("robot_asked", "time_ms") // int(MS_PER_H)
    return {
        "robot.km": km / _days(run),
        "robot.km_auto": _ratio(km, float(len(helped))),
        "robot.help_wait_p95": float(np.quantile(waits, 0.95)) if len(waits) else np.nan,
        "robot.ped_conflict": _ratio(rates.close_share * float(way["met"].sum()), km),
        "robot.crossing_wait": _ratio(float(way["wait_s"].sum()), brought),
        "robot.utilisation": 100.0 * _ratio(busy_h, rates.robots * rates.service_h * _days(run)),
        "robot.fleet_needed": fleet_needed(np.bincount(hours).max(), _ratio(busy_h, brought)),
        **_taken(run, found),
    }


def fleet_needed(orders_h: float, cycle_h: float, busy: float = BUSY) -> float:
    """Return the robots that so many orders an hour keep busy for a share of the time.

    Each keeps one for ``cycle_h``: m = lambda T / rho.
    """
    return orders_h * cycle_h / busy


def _taken(run: Run, found: Delivered) -> dict[str, float]:
    """Return the shares (%) of the orders asked of robots that they brought: all, and in rain."""
    weather = run.trace.frame("weather")
    wet = weather.loc[weather["rain_mm"] > 0.0, "hour"].to_numpy()
    asked = np.isin(found.number, run.trace.column("robot_asked", "order"))
    rain = asked & np.isin((found.orders.time_s // 3_600.0).astype(np.int64), wet)
    shares = (100.0 * _mean(found.robot[rows].astype(float)) for rows in (asked, rain))
    return dict(zip(("robot.taken", "robot.rain_share"), shares, strict=True))


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _ratio(over: float, under: float) -> float:
    return over / under if under else float("nan")
