"""Delivery robots: who orders what, who brings it, what fails, and what is counted."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from gis.newtown import newtown
from scenarios.ai_crosswalk import AiCrosswalk
from scenarios.delivery_robot import DeliveryRobot
from scenarios.delivery_robot.baseline import Vans, van_km
from scenarios.delivery_robot.hubs import saving_most, shares
from scenarios.delivery_robot.indicators import fleet_needed
from scenarios.delivery_robot.orders import FOOD, MEALS, PARCEL, Orders, orders_of, sellers
from scenarios.delivery_robot.robot import How, Robot
from twin.appraisal.cashflow import annuity
from twin.appraisal.values import read_values
from twin.area import Area, resolve
from twin.experiment.simulate import live
from twin.luck import Luck
from twin.sim import Sim, When
from twin.solution import Run
from twin.world.ground import Ground, ground

DAY = When(everybody=True, replication=1)
DRY = (False,) * 24
WANTED = {"uptake": 1.0, "fits": 1.0, "parcel_share": 0.3, "fleet": 8, "hubs": 2}
"""Robots that everybody takes: with few orders a day there would be little to see."""


@pytest.fixture(scope="module")
def town() -> Ground:
    return ground(newtown(residents=2_000))


def robots(town: Ground, **settings: object) -> DeliveryRobot:
    return DeliveryRobot(area=resolve("city", town.city), **WANTED | settings)  # type: ignore[arg-type]


def lived(town: Ground, *solutions: DeliveryRobot, when: When = DAY) -> Run:
    return live(town, solutions, when, area=resolve("city", town.city))


@pytest.fixture(scope="module")
def base(town: Ground) -> Run:
    return lived(town)


@pytest.fixture(scope="module")
def served(town: Ground) -> Run:
    return lived(town, robots(town))


def ordered(town: Ground, replication: int, wet: tuple[bool, ...] = DRY) -> Orders:
    luck, demand = Luck(1, "orders", replication), DeliveryRobot().demand
    return orders_of(town, demand, luck, day_type="weekday", wet=wet)


def test_people_order_as_often_as_is_published(town: Ground) -> None:
    days = [ordered(town, replication) for replication in range(30)]
    people, demand = len(town.people.residents), DeliveryRobot().demand
    for kind, rate in ((FOOD, demand.meals * demand.weight("weekday")), (PARCEL, demand.parcels)):
        found = sum(int((day.kind == kind).sum()) for day in days)
        mean = rate * people * len(days)
        assert abs(found - mean) <= 4 * np.sqrt(mean)
    hour = np.concatenate([day.time_s[day.kind == FOOD] for day in days]) // 3_600
    lunch = ((hour >= 10) & (hour <= 13)).mean()
    assert lunch == pytest.approx(0.214, abs=4 * np.sqrt(0.214 * 0.786 / len(hour)))
    assert MEALS.sum() == pytest.approx(1.0)


def test_a_mean_day_of_the_year_has_the_meals_of_a_mean_day() -> None:
    demand = DeliveryRobot().demand
    year = 250 * demand.weight("weekday") + 115 * demand.weight("holiday")
    assert year / 365 == pytest.approx(1.0)
    assert demand.weight("holiday") / demand.weight("weekday") == pytest.approx(1.4)


def test_restaurants_on_the_map_sell_meals_too(town: Ground) -> None:
    """A restaurant makes the building beside it a place that meals come from."""
    rows, floor = sellers(town)
    shops = np.flatnonzero(town.city["buildings"]["use"] == "shop")
    assert set(shops.tolist()) <= set(rows.tolist())
    home = int(np.flatnonzero(town.city["buildings"]["use"] == "villa")[0])
    spot = gpd.points_from_xy([town.place_x[home]], [town.place_y[home]])
    restaurant = gpd.GeoDataFrame({"kind": ["restaurant"]}, geometry=spot, crs=town.city.crs)
    before = town.city["amenities"][["kind", "geometry"]]
    layers = {**town.city.layers, "amenities": pd.concat([before, restaurant], ignore_index=True)}
    more = sellers(replace(town, city=replace(town.city, layers=layers)))
    assert set(more[0]) - set(rows) == {home}
    assert more[1].sum() - floor.sum() == pytest.approx(100.0)


def test_rain_only_adds_orders(town: Ground) -> None:
    dry, wet = ordered(town, 2), ordered(town, 2, (False,) * 12 + (True,) * 12)
    rows = [set(zip(*(column.tolist() for column in day), strict=True)) for day in (dry, wet)]
    assert rows[0] < rows[1]
    added = np.array([row[0] for row in rows[1] - rows[0]])
    assert (added >= 12 * 3_600).all()
    meals = [int((day.kind == FOOD).sum()) for day in (dry, wet)]
    assert 0 < meals[1] - meals[0] < 0.4 * meals[0]


def test_every_order_is_brought_by_somebody_or_still_open(town: Ground, served: Run) -> None:
    """Conservation: asked = by robots + by riders + by vans + open, each once."""
    order = served.trace.column("robot_order", "order")
    asked = served.trace.column("robot_asked", "order")
    assert len(np.unique(order)) == len(order)
    assert set(order.tolist()) <= set(asked.tolist())
    assert len(asked) - len(order) <= 2
    values = robots(town).measure(served)
    base = robots(town).measure(replace(served, trace=served.trace.without("robot_order")))
    every = sum(values[name] or 0.0 for name in (
        "robot.delivered", "delivery.rider_orders", "delivery.van_orders"))  # fmt: skip
    day = ordered_of(town, served)
    assert every + len(asked) - len(order) == len(day.time_s)
    assert base["robot.delivered"] == 0.0
    brought = (served.trace.column("robot_order", "how") == How.ROBOT).sum()
    assert values["robot.taken"] == pytest.approx(100.0 * brought / len(asked))


def ordered_of(town: Ground, run: Run) -> Orders:
    """Return the orders that were asked for in the hours of a run."""
    day, (start, end) = whole_day(town, run), run.span_s
    return day.take((day.time_s >= start) & (day.time_s < end))


def whole_day(town: Ground, run: Run) -> Orders:
    """Return the orders by their number."""
    solution, weather = robots(town), run.trace.frame("weather")
    wet = np.zeros(int(weather["hour"].max()) + 1, bool)
    wet[weather["hour"]] = weather["rain_mm"] > 0
    luck = Luck(town.seed, "delivery", run.replication).of("orders")
    return orders_of(town, solution.demand, luck, day_type=run.day_type, wet=tuple(wet.tolist()))


def test_robots_meet_walkers_and_wait_at_crossings(town: Ground, served: Run) -> None:
    way = served.trace.frame("robot_way")
    assert way["met"].sum() > 10
    assert way["wait_s"].sum() > 60
    assert way["blocked_s"].sum() > 0
    values = robots(town).measure(served)
    for name in ("robot.ped_conflict", "robot.crossing_wait", "robot.km", "robot.utilisation"):
        assert (values[name] or 0.0) > 0.0
    close = robots(town).motion.close_share(1.34)
    wanted = close * robots(town).step_in * way["met"].sum() / way["metres"].sum() * 1_000
    assert values["robot.ped_conflict"] == pytest.approx(wanted)


def test_robots_serve_the_homes_of_their_area(town: Ground) -> None:
    x, y = town.place_x, town.place_y
    half = Area("half", box(x.min() - 1, y.min() - 1, float(np.median(x)), y.max() + 1))
    solution = replace(robots(town), area=half)
    run = live(town, (solution,), DAY, area=half)
    asked, day = run.trace.column("robot_asked", "order"), whole_day(town, run)
    assert len(asked) > 10
    assert (x[day.home[asked]] <= np.median(x)).all()
    brought = (run.trace.column("robot_order", "how") == How.ROBOT).sum()
    assert solution.measure(run)["robot.delivered"] == brought


def test_signs_at_crossings_see_robots(town: Ground) -> None:
    """A camera that lights its sign for who wants to cross lights it for robots too."""
    signs = AiCrosswalk(area=resolve("city", town.city), sites=26, recall=1.0)
    trace = live(town, (signs, robots(town)), DAY, area=resolve("city", town.city)).trace
    assert len(trace["machine_lit"]) > 0
    assert set(trace.column("machine_lit", "crossing").tolist()) <= set(
        trace.column("sign", "crossing").tolist()
    )
    assert not len(live(town, (robots(town),), DAY, area=signs.where).trace["machine_lit"])


def test_robots_take_orders_from_riders_and_vans(town: Ground, base: Run, served: Run) -> None:
    before, after = robots(town).measure(base), robots(town).measure(served)
    assert before["robot.share"] == 0.0
    assert (after["robot.share"] or 0.0) > 10.0
    for name in ("delivery.rider_orders", "delivery.van_orders", "delivery.veh_km",
                 "delivery.paid"):  # fmt: skip
        assert (after[name] or 0.0) < (before[name] or 0.0)
    assert (after["robot.veh_km_avoided"] or 0.0) > 0.0
    gone = (before["delivery.veh_km"] or 0.0) - (after["delivery.veh_km"] or 0.0)
    saved = (after["robot.veh_km_avoided"] or 0.0) * (after["robot.delivered"] or 0.0)
    assert gone == pytest.approx(saved, rel=1e-6)


def test_energy_that_went_in_is_used_or_left(town: Ground) -> None:
    sim = Sim(town, DAY)
    robots(town, battery_wh=90.0).install(sim)
    trace = sim.run()
    fleet = [agent for agent in sim.agents if isinstance(agent, Robot)]
    assert len(fleet) == 8
    for robot in fleet:
        stored = robot.battery.capacity_wh + robot.charged_wh - robot.used_wh
        assert robot.left_wh == pytest.approx(stored, abs=1e-6)
    assert sum(robot.used_wh for robot in fleet) > 100.0
    assert sum(robot.charged_wh for robot in fleet) > 50.0
    told = trace.column("robot_tour", "wh").sum()
    used = sum(robot.used_wh for robot in fleet)
    assert 0.95 * used < told <= used + 1e-6  # a tour may be under way at the end
    sim.close()


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"fleet": 1, "hubs": 1, "give_up_min": 2.0}, How.LATE),
        ({"breakdown_h": 1.0, "repair_h": 2.0}, How.BROKE),
        ({"network_h": 1.0, "network_min": 600.0, "give_up_min": 5.0}, How.LATE),
    ],
)
def test_what_robots_cannot_do_a_rider_does(
    town: Ground, settings: dict[str, object], why: int
) -> None:
    run = lived(town, robots(town, **settings))
    how = run.trace.column("robot_order", "how")
    assert (how == why).sum() > 3
    values = robots(town, **settings).measure(run)
    every = len(ordered_of(town, run).time_s)
    brought = sum(values[name] or 0.0 for name in (
        "robot.delivered", "delivery.rider_orders", "delivery.van_orders"))  # fmt: skip
    assert brought == pytest.approx(every, abs=3)


def test_weather_keeps_robots_at_their_hubs(town: Ground) -> None:
    wet = next(r for r in range(40) if rains(town, r) > 3)
    when = replace(DAY, replication=wet)
    run = lived(town, robots(town, rain_mm=0.0), when=when)
    refused = run.trace.frame("robot_order").query("how == @How.WEATHER")
    weather = run.trace.frame("weather").set_index("hour")["rain_mm"]
    hours = refused["time_ms"] // 3_600_000
    assert len(refused) > 0
    assert (weather.loc[hours] > 0).all()
    assert robots(town, rain_mm=0.0).measure(run)["robot.rain_share"] == 0.0
    dry = robots(town, rain_mm=200.0)
    share = dry.measure(lived(town, dry, when=when))["robot.rain_share"]
    assert share is None or share >= 0.0


def rains(town: Ground, replication: int) -> int:
    """Return the hours of rain between 10 and 22 o'clock in a replication."""
    from twin.world.weather import Weather

    sim = Sim(town, replace(DAY, replication=replication))
    table = sim.part(Weather).table().to_pandas()
    sim.close()
    at_work = table["hour"].between(10, 21) & (table["temperature_c"] > 1.0)
    return int((table["rain_mm"][at_work] > 0).sum())


def test_more_calls_for_help_make_longer_waits(town: Ground, served: Run) -> None:
    often = lived(town, robots(town, help_per_km=5.0, seats=1, help_s=120.0))
    calls = [len(run.trace["robot_help"]) for run in (served, often)]
    assert calls[1] > 5 * max(calls[0], 1)
    km = often.trace.column("robot_way", "metres").sum() / 1_000
    assert calls[1] == pytest.approx(5.0 * km, abs=3 * np.sqrt(5.0 * km))
    assert often.trace.column("robot_help", "wait_s").max() > 0.0
    leads = [robots(town).measure(run)["robot.lead_own"] or 0.0 for run in (served, often)]
    assert leads[1] > leads[0]


def test_robots_do_not_climb_steps(town: Ground, served: Run) -> None:
    """Footways that they used become steps: they go round them, or the order is not offered."""
    half = len(town.walks.network.tails) // 2
    used = pd.Series(served.trace.column("roll", "arc") % half).value_counts()
    city, closed = town.city, used.index[2:12:3].to_numpy()
    footways = city["footways"].copy()
    footways.loc[closed, "kind"] = "steps"
    stepped = ground(replace(city, layers={**city.layers, "footways": footways}))
    arcs = lived(stepped, robots(stepped)).trace.column("roll", "arc") % half
    assert len(arcs) > 50
    assert not np.isin(arcs, closed).any()


def test_who_is_asked_is_the_same_however_many_robots_there_are(town: Ground) -> None:
    few, many = (lived(town, robots(town, fleet=n, hubs=2)) for n in (2, 8))
    asked = [run.trace.column("robot_asked", "order").tolist() for run in (few, many)]
    assert asked[0] == asked[1]


def test_costs_of_a_delivery_are_those_of_the_year(town: Ground, served: Run) -> None:
    solution = robots(town)
    values, costs = solution.measure(served), solution.costs(served)
    assert {cost.payer for cost in costs} == {"programme", "operator"}
    rate = read_values().number("discount_rate")
    year = sum(cost.capex / annuity(rate, round(cost.life)) + cost.opex for cost in costs)
    brought = 365 * (values["robot.delivered"] or 0.0)
    assert values["robot.cost_per_delivery"] == pytest.approx(year / brought)
    helped = next(cost for cost in costs if cost.item == "help from afar")
    assert helped.opex == 2 * 12 * 365 * 20_000
    assert values["delivery.rider_cost"] == pytest.approx(read_values().real(3_880, 2022))


def test_legs_for_pictures_follow_one_another(served: Run) -> None:
    """Each leg of a robot begins where and when the one before it ended, or later."""
    legs = served.trace.frame("robot_leg")
    assert legs["machine"].nunique() == 8
    for _, own in legs.groupby("machine"):
        places = own[["to_x", "to_y"]].to_numpy()[:-1] - own[["x", "y"]].to_numpy()[1:]
        assert np.abs(places).max(initial=0.0) < 1e-6
        assert (own["until_ms"] >= own["from_ms"]).all()
        assert (own["from_ms"].to_numpy()[1:] >= own["until_ms"].to_numpy()[:-1] - 2).all()
    metres = np.hypot(legs["to_x"] - legs["x"], legs["to_y"] - legs["y"]).sum()
    gone = served.trace.column("robot_way", "metres").sum()
    assert 0.7 * gone < metres <= gone  # footways bend, and doors lie beside them


def test_hubs_are_put_where_they_save_most() -> None:
    """Three sites on a line of homes: the middle first, then the end where more people live."""
    homes, sites = np.array([0.0, 100.0, 200.0, 300.0, 400.0]), np.array([0.0, 200.0, 400.0])
    away = np.minimum(np.abs(sites[:, None] - homes), 1_000.0)
    people = np.array([1.0, 1.0, 5.0, 1.0, 3.0])
    assert saving_most(away, people, 2, 1_000.0).tolist() == [1, 2]
    assert saving_most(away, people, 9, 1_000.0).tolist() == [1, 2, 0]
    assert len(saving_most(np.full((2, 5), 1_000.0), people, 2, 1_000.0)) == 0


def test_robots_are_shared_out_by_who_lives_near() -> None:
    assert shares(np.array([3.0, 1.0]), 8).tolist() == [0] * 6 + [1] * 2
    assert shares(np.array([1.0, 1.0, 1.0]), 4).tolist() == [0, 0, 1, 2]


def test_a_fleet_is_sized_by_what_keeps_it_busy() -> None:
    """M = lambda T / rho: 24 orders an hour, half an hour each, four fifths busy: 15 robots."""
    assert fleet_needed(24.0, 0.5) == pytest.approx(15.0)


def test_vans_drive_to_the_depot_and_round_their_stops(town: Ground) -> None:
    """Two stops: out and back twice to the depot with one parcel a van, once with two."""
    stops = np.array([0, 5])
    apart = float(np.hypot(*(axis[0] - axis[5] for axis in (town.place_x, town.place_y))))
    one_each = van_km(town, stops, np.ones(2), Vans(1.0, 10.0))
    together = van_km(town, stops, np.ones(2), Vans(2.0, 10.0))
    assert one_each == pytest.approx(40.0)
    assert together == pytest.approx(20.0 + 2 * apart * 1.3 / 1_000)
