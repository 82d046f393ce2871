"""The demand-responsive bus: who asks, what it changes in the streets, and bad input."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from shapely import box

from gis.figures import figure
from gis.newtown import newtown
from gis.population import Mode
from scenarios.drt_bus import DrtBus
from scenarios.drt_bus.demand import of_2016
from scenarios.drt_bus.indicators import gain_krw, requests
from tests.twin.streets import jammed
from tests.twin.test_walkers import prepared
from tests.twin.walkers import strolls
from twin.appraisal.values import read_values
from twin.area import Area, resolve
from twin.dispatch import NearestIdle, Promise
from twin.experiment.simulate import live
from twin.sim import Sim, When
from twin.solution import Run
from twin.trace import Trace
from twin.world.crossings.crossings import Crossings
from twin.world.fleet.columns import ON_DEMAND
from twin.world.fleet.fleet import FAR_M, Fleet
from twin.world.fleet.tours import moves_of
from twin.world.ground import Ground, ground

DAY = When(everybody=True)
WANTED = {"constant": 2.0, "app_share": 1.0, "no_answer_share": 0.0}
"""A bus that many like: with few riders a day there would be little to see."""

BUSES, ERRANDS = 6, 600


@pytest.fixture(scope="module")
def town() -> Ground:
    return jammed(ground(newtown(residents=2_000), queues=True))


@pytest.fixture(scope="module")
def bus(town: Ground) -> DrtBus:
    return DrtBus(area=resolve("city", town.city), fleet=4, seats=4, **WANTED)


@pytest.fixture(scope="module")
def base(town: Ground) -> Run:
    return live(town, (), DAY, area=resolve("city", town.city))


@pytest.fixture(scope="module")
def called(town: Ground, bus: DrtBus) -> Run:
    return live(town, (bus,), DAY, area=resolve("city", town.city))


def test_tours_are_the_days_that_were_drawn(town: Ground) -> None:
    sim = Sim(town, DAY)
    legs = sim.legs()
    assert legs is not None
    moves = moves_of(town.people, sim.trips(), legs)
    by_foot = moves[moves["mode"] != Mode.CAR].set_index("row").loc[legs.index]
    assert (by_foot["order"].to_numpy() == legs["order"].to_numpy()).all()
    assert (by_foot["origin"].to_numpy() == legs["origin"].to_numpy()).all()
    whole = moves[moves["whole"]]
    ends = whole.groupby("tour")[["origin", "destination"]].agg(["first", "last"])
    assert (ends["origin"]["first"] == ends["destination"]["last"]).all()


def test_riders_leave_their_cars_and_other_ways(base: Run, called: Run) -> None:
    asked = len(called.trace["asked"])
    assert asked > 100
    fewer = len(base.trace["trip"]) - len(called.trace["trip"])
    assert fewer > 10
    legs = called.trace.frame("leg")
    assert len(legs) - len(base.trace["leg"]) == fewer
    assert (legs["mode"] == ON_DEMAND).sum() >= asked


def cars_on(trace: Trace) -> int:
    return int(trace.column("flow", "cars").sum())


def test_streets_and_kerbs_change(base: Run, called: Run) -> None:
    assert cars_on(base.trace) != cars_on(called.trace)
    assert len(called.trace["park"]) < len(base.trace["park"])


def test_who_asked_is_served_lost_or_on_the_way(called: Run) -> None:
    asked = requests(called.trace)
    over = len(called.trace["hailed"]) + len(called.trace["lost"])
    assert 0 <= len(asked) - over <= 5
    assert not (asked["wait_ms"].notna() & asked["why"].notna()).any()
    assert len(called.trace["hailed"]) > 0.7 * len(asked)


def test_who_is_lost_arrives_otherwise(called: Run) -> None:
    lost = called.trace.frame("lost")
    assert len(lost) > 0
    there = {
        int(leg) for event in ("walk", "ride", "travel", "no_drone")
        for leg in called.trace.column(event, "leg")
    }  # fmt: skip
    early = lost[lost["time_ms"] < 24 * 3_600_000]
    assert set(early["leg"]) <= there


def test_a_person_waits_at_the_stop_no_longer_than_their_whole_wait(called: Run) -> None:
    taken = called.trace.frame("picked_up")
    assert (taken["at_stop_ms"] >= 0).all()
    assert (taken["at_stop_ms"] <= taken["wait_ms"]).all()
    assert (taken["wait_ms"] > taken["at_stop_ms"]).any(), "they walk there"


def test_the_bus_waits_for_walkers_at_crossings(town: Ground, called: Run) -> None:
    vehicles = set(called.trace.column("vehicle", "car").tolist())
    met = set(called.trace.column("encounter", "car").tolist())
    assert vehicles & met
    assert min(vehicles) == len(town.people.cars)


def errands(town: Ground, *, walkers: bool, cars: bool = False) -> Trace:
    """Return what buses met that carry things, one at a time, between the stops of a town."""
    sim = Sim(town, When(start_h=7, hours=12, everybody=True, warm_up=0))
    sim.parts[Crossings] = prepared(town, "everybody yields")
    fleet, service = sim.part(Fleet), town.service
    berths = fleet.stop_at(service.x, service.y, np.full(len(service.x), -1)).tolist()
    for berth in berths[:BUSES]:
        fleet.add(1, berth)
    for k in range(ERRANDS):
        start, end = (berths[(k * step) % len(berths)] for step in (1, 3))
        fleet.give(7 * 3_600 + 60.0 * k, start, end)
    NearestIdle(sim, Promise(), every_s=10)
    trips, legs = sim.trips(), strolls(town, share=1.0)
    return sim.run(trips=trips if cars else trips[:0], legs=legs if walkers else legs[:0])


def test_the_bus_waits_at_the_crossing_for_who_has_the_right_of_way(town: Ground) -> None:
    """Without a car in the streets only walkers can hold it up."""
    alone, met = (errands(town, walkers=walkers) for walkers in (False, True))
    buses = met.column("vehicle", "car")
    assert not len(alone["encounter"])
    seen = met.frame("encounter")
    assert seen["car"].isin(buses).sum() > 2
    ends = [trace.frame("set_down").set_index("job")["time_ms"] for trace in (alone, met)]
    later_ms = (ends[1] - ends[0]).dropna()
    assert len(later_ms) > 0.9 * ERRANDS
    assert (later_ms >= 0).all(), "nobody else is in the streets"
    assert later_ms.max() > 10_000


def test_the_bus_queues_with_the_cars(town: Ground) -> None:
    alone, among = (errands(town, walkers=False, cars=cars) for cars in (False, True))
    rides = [trace.column("set_down", "ride_ms") for trace in (alone, among)]
    assert rides[1].mean() > 1.1 * rides[0].mean()


def test_more_fare_brings_fewer_riders(town: Ground, bus: DrtBus) -> None:
    asked = [
        len(live(town, (replace(bus, fare=fare),), DAY, area=bus.where).trace["asked"])
        for fare in (0, 4_000)
    ]
    assert asked[0] > 1.5 * asked[1]


def test_who_asks_at_a_fare_asks_at_a_lower_one(town: Ground, bus: DrtBus) -> None:
    """Taste and mood stay: a better offer loses nobody, and gains what the fare is less.

    A fare is of 2020, a gain of 2016, before the prices of these years rose by 4.4 %.
    """
    found, worth = [], []
    for fare in (3_000, 1_000):
        sim = Sim(town, DAY)
        replace(bus, fare=fare).install(sim)
        legs = sim.legs()
        assert legs is not None
        asking = sim.part(Fleet).asking(sim.trips(), legs.assign(planned_s=0.0))
        mine = asking.legs[asking.legs["mode"] == ON_DEMAND]
        key = ["person", "order", "depart_s"]
        found.append({(p, o, round(d)) for p, o, d in mine[key].to_numpy()})
        worth.append(mine.set_index(key)["worth_krw"])
    assert found[0] < found[1]
    more = (worth[1] - worth[0]).dropna()
    assert len(more) > 10
    np.testing.assert_allclose(more, 2_000 * 95.781 / 100.0)


def test_a_fare_is_paid_once(bus: DrtBus, called: Run) -> None:
    """Riders' account is their gain as it turned out: what they pay goes to the operator."""
    values, asked = bus.measure(called), requests(called.trace)
    gain, fares = values["drt.gain"], values["drt.fares"]
    assert gain is not None
    assert fares is not None
    left = gain_krw(asked, 60.0 * bus.expected_wait_min, bus.expected_ride)
    assert gain - of_2016(np.array([fares]))[0] == pytest.approx(left)
    assert fares == pytest.approx(bus.fare * len(called.trace["set_down"]), rel=0.2)


def test_a_fare_is_no_gain_nor_loss_of_all_together(bus: DrtBus) -> None:
    """With the same rides and another fare, riders and operator together gain as much."""
    ride = {"walk_ms": 60_000, "direct_ms": 300_000, "wait_ms": 400_000.0, "ride_ms": 350_000.0,
            "instead_krw": -500.0, "why": np.nan, "lost_ms": np.nan}  # fmt: skip
    both = []
    for fare in (0.0, 1_000.0):
        rides = pd.DataFrame([ride | {"worth_krw": 3_000.0 - fare}] * 7)
        both.append(gain_krw(rides, 600.0, 1.3) + 7 * fare)
    assert both[0] == pytest.approx(both[1])


def test_who_is_refused_loses_the_time_and_what_they_take_instead_is_worth_less() -> None:
    lost = {"walk_ms": 60_000, "direct_ms": 300_000, "wait_ms": np.nan, "ride_ms": np.nan,
            "worth_krw": 3_000.0, "instead_krw": -500.0, "why": 1.0, "lost_ms": 0.0}  # fmt: skip
    assert gain_krw(pd.DataFrame([lost] * 4), 600.0, 1.3) == pytest.approx(-2_000.0)
    late = lost | {"lost_ms": 3_600_000.0}
    hour_krw = figure("waiting_weight") * figure("time_krw_h")
    assert gain_krw(pd.DataFrame([late]), 600.0, 1.3) == pytest.approx(-500.0 - hour_krw)


def test_who_rides_a_line_pays_once(bus: DrtBus, base: Run) -> None:
    carried = base.trace.column("travel", "mode") == Mode.BUS
    journeys = len(base.trace["ride"]) + carried.sum()
    assert len(base.trace["ride"]) > 0
    assert bus.measure(base)["transit.fares"] == 1_250 * journeys


def test_so_many_rides_would_pay_for_the_buses(bus: DrtBus, called: Run) -> None:
    values = bus.measure(called)
    names = "drt.riders", "drt.cost_per_pax", "drt.subsidy_per_pax", "drt.rides_to_pay"
    riders, cost, subsidy, needed = (float(values[name] or 0.0) for name in names)
    assert needed * (cost - subsidy) == pytest.approx(riders * cost), "of a year, in one money"
    fare = read_values().real(float(values["drt.fares"] or 0.0), 2020) / riders
    assert cost - subsidy == pytest.approx(fare, rel=0.05)


@pytest.mark.parametrize(
    ("setting", "value", "wording"),
    [
        ("fleet", -1, r"DrtBus\.fleet must be in \[0, 200\] buses, got -1"),
        ("fare", -100, r"DrtBus\.fare must be in \[0, 20000\] KRW, got -100"),
        ("max_wait_min", 0.0, r"DrtBus\.max_wait_min must be in \[1, 120\] min, got 0\.0"),
        ("seats", 0, r"DrtBus\.seats must be in \[1, 45\] seats, got 0"),
        ("app_share", 1.2, r"DrtBus\.app_share must be in \[0, 1\], got 1\.2"),
        ("policy", "greedy", r"DrtBus\.policy must be insertion or batch, got 'greedy'"),
    ],
)
def test_bad_settings_are_named(setting: str, value: object, wording: str) -> None:
    with pytest.raises(ValueError, match=wording):
        DrtBus(**{setting: value})  # type: ignore[arg-type]


def test_hours_must_have_a_length() -> None:
    rule = r"DrtBus\.to_h must be more than last_call_h \(0\.5 h\) after from_h \(9 h\), got 9"
    for to_h in (9.0, 9.4):
        with pytest.raises(ValueError, match=rule):
            DrtBus(from_h=9.0, to_h=to_h)


def test_an_area_without_stops_is_refused(town: Ground) -> None:
    nowhere = Area("a field", box(0, 0, 1, 1), ring_m=100.0)
    with pytest.raises(ValueError, match="needs at least 2 bus stops in a field, got 0"):
        DrtBus(area=nowhere).install(Sim(town, DAY))


def test_a_stop_off_the_network_is_refused(town: Ground) -> None:
    far = float(town.network.x.max()) + 10 * FAR_M
    told = f"stop 0 must be within {FAR_M:g} m of a junction of the streets, got "
    with pytest.raises(ValueError, match=told):
        Sim(town, DAY).part(Fleet).stop_at([far], [0.0], [-1])


def test_indicators_are_of_all_who_asked(bus: DrtBus, called: Run) -> None:
    values = {name: value for name, value in bus.measure(called).items() if "access" not in name}
    assert all(value is not None and np.isfinite(value) for value in values.values())
    wait, everybody = values["drt.wait"], values["drt.wait_all"]
    assert wait is not None
    assert everybody is not None
    assert everybody > wait, "who was refused took longer"
