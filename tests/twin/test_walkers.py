"""Walkers among cars: the kernel against the naive reference, the laws, conservation."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from gis.newtown import newtown
from tests.twin.naive.city import Happened
from tests.twin.test_reference import lived as reference_lived
from tests.twin.test_reference import rows
from tests.twin.walkers import strolls
from twin.sim import Sim, When
from twin.trace import Trace
from twin.world.behaviour import Behaviour
from twin.world.columns import AT
from twin.world.crossings.behaviour import GivingWay
from twin.world.crossings.crossings import Crossings
from twin.world.crossings.measures import encounters, measure_crossings
from twin.world.day import Others, build
from twin.world.fleet.columns import no_fleet
from twin.world.ground import Ground, ground
from twin.world.loop import advance
from twin.world.parking import Parking
from twin.world.transit.columns import no_transit
from twin.world.walking.behaviour import Gait
from twin.world.walking.day import begin, walkers
from twin.world.weather import Weather


@cache
def town(residents: int = 2_000) -> Ground:
    return ground(newtown(residents=residents))


def prepared(where: Ground, setting: str) -> Crossings:
    """Return the crossings of a town in one of the settings that the tests compare."""
    if setting == "everybody yields":
        return Crossings(where, GivingWay(share_30=0.95, share_50=0.9, share_turning=0.9))
    crossings = Crossings(where)
    if setting == "signs":
        crossings.places["sign"] = True
        crossings.places["recall"] = 0.9
        crossings.places["night_recall"] = 0.5
        crossings.places["rain_recall"] = 0.4
        crossings.places["latency_s"] = 0.7
        crossings.places["false_per_h"] = 6.0
        crossings.places["on_s"] = 8.0
        crossings.places["notice"] = 0.8
        crossings.places["failures_per_year"] = 30.0
        crossings.places["repair_days"] = 4.0
    if setting == "refuges, no signals":
        crossings.places["refuge"] = True
        crossings.places["signal"] = False
    return crossings


def lived(where: Ground, setting: str, legs: pd.DataFrame, **more: tuple[float, ...]) -> Trace:
    sim = Sim(where, When())
    sim.parts[Crossings] = prepared(where, setting)
    trace = sim.run(legs=legs, **more)
    sim.close()
    return trace


def naively(where: Ground, setting: str, legs: pd.DataFrame) -> Happened:
    sim = Sim(where, When())
    return reference_lived(
        sim, Parking(where, Behaviour()), sim.trips(), others=others(sim, setting, legs)
    )


def others(sim: Sim, setting: str, legs: pd.DataFrame) -> Others:
    where, luck = sim.ground, sim.luck("walking")
    ages = where.people.residents["age"].to_numpy(np.int64)
    walking = walkers(where.walks, ages, legs, Gait(), luck, sim.span.epoch_ms)
    sky = sim.part(Weather).sky(sim.span.epoch_ms)
    crossings = prepared(where, setting).start(luck, sky)
    return Others(walking, crossings, no_transit(), no_fleet())


SETTINGS = ("as it is", "everybody yields", "signs", "refuges, no signals")


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_town_with_walkers_lives_the_same_day(setting: str) -> None:
    legs = strolls(town())
    kernel, naive = rows(lived(town(), setting, legs)), naively(town(), setting, legs)
    assert kernel.keys() == naive.keys()
    for event in kernel:
        assert kernel[event] == naive[event], event


@cache
def busy() -> tuple[Ground, pd.DataFrame]:
    return town(8_000), strolls(town(8_000), 1.0)


@cache
def base() -> Trace:
    return lived(*busy_as("as it is"))


def busy_as(setting: str) -> tuple[Ground, str, pd.DataFrame]:
    where, legs = busy()
    return where, setting, legs


def test_the_signs_tried_are_lit_for_walkers_and_for_nobody() -> None:
    found = lived(town(), "signs", strolls(town()))
    assert len(found["lit"]) > 100
    assert len(found["alarm"]) > 100
    assert {0, 1} == set(found.column("brake", "alarm"))
    assert (found.column("brake", "headway_ms") >= 0).any()
    impact, speed = (found.column("conflict", f"{name}_cm_s") for name in ("impact", "speed"))
    assert (impact <= speed).all()


def test_the_towns_hold_every_outcome() -> None:
    found = encounters(base())
    assert set(found["outcome"]) == {0, 1, 2, 3}
    assert len(found) > 500
    assert (found["gap_ms"] < 0).any(), "a car stood at the line already"
    assert base().frame("cross")["cars"].max() > 1
    refuge = lived(*busy_as("refuges, no signals")).frame("cross")
    assert set(refuge["stage"]) == {0, 1}


def test_a_sign_that_notices_nobody_changes_nothing() -> None:
    where, legs = busy()
    sim = Sim(where, When())
    crossings = sim.part(Crossings)
    crossings.places["sign"] = True
    crossings.places["latency_s"] = 2.0
    trace = sim.run(legs=legs)
    sim.close()
    assert trace.without("crossing") == base().without("crossing")


def test_stops_change_nothing() -> None:
    where, legs = busy()
    sim = Sim(where, When())
    assert sim.run(stops=np.arange(20_000, 90_000, 777.7), legs=legs) == base()
    sim.close()


def test_signs_only_add_to_those_who_yield() -> None:
    before, after = encounters(base()), encounters(lived(*busy_as("signs")))
    assert after["yielded"].mean() > 1.5 * before["yielded"].mean()
    everywhere = np.ones(len(town(8_000).walks.places), bool)
    found = [measure_crossings(trace, everywhere) for trace in (base(), lived(*busy_as("signs")))]
    assert found[1]["yield_share"] > found[0]["yield_share"]
    assert found[1]["hard_brakes"] > found[0]["hard_brakes"]
    assert found[1]["alarms"] > found[0]["alarms"] == 0
    assert found[0]["works"] is None
    assert found[1]["works"] < 1


def test_without_walkers_there_is_nothing_to_measure() -> None:
    none = measure_crossings(Trace({}), np.zeros(0, bool))
    shares = ("yield_share", "yield_light", "yield_dark", "short_pet_share", "wait_s",
              "true_share", "works", "approach_kmh", "v85_kmh")  # fmt: skip
    assert {name for name, value in none.items() if value is None} == set(shares)
    assert all(value == 0.0 for name, value in none.items() if name not in shares)


def test_every_walker_gets_there_and_every_arc_is_counted() -> None:
    where, legs = busy()
    walks = base().frame("walk")
    assert sorted(walks["leg"]) == list(range(len(legs))), "each leg once"
    steps = base().frame("footfall")
    metres = where.walks.ways.metres[steps["arc"]] * steps["walkers"]
    doors = where.walks.spots.door_m[legs[["origin", "destination"]].to_numpy()].sum()
    assert walks["metres"].sum() == pytest.approx(metres.sum() + doors, abs=len(walks) / 2)
    onto = where.walks.crossing[steps["arc"]] >= 0
    assert base().frame("crossed")["walkers"].sum() == steps["walkers"][onto].sum()


def test_the_next_leg_departs_a_minute_after_the_last_arrived() -> None:
    where, legs = busy()
    early = legs.assign(depart_s=np.where(legs["order"] == 1, 5 * 3600.0, legs["depart_s"]))
    walks = lived(where, "as it is", early).frame("walk").sort_values("leg")
    start, end = walks["start_ms"].to_numpy(), walks["time_ms"].to_numpy()
    assert (start[1::2] == end[::2] + 60_000).all()


def test_one_walker_more_changes_only_those_it_meets() -> None:
    where, legs = busy()
    crossed = base().frame("encounter")["person"]
    quiet = legs["person"][~legs["person"].isin(crossed)].iloc[len(legs) // 3]
    loud = crossed.mode().iloc[0]
    for person, share in ((quiet, 0.0), (loud, 0.01)):
        fewer = lived(where, "as it is", legs[legs["person"] != person].reset_index(drop=True))
        one, other = (
            trace.frame("walk").drop(columns="leg").set_index("person") for trace in (base(), fewer)
        )
        changed = (
            pd.concat([one.drop(index=person), other]).reset_index().drop_duplicates(keep=False)
        )
        assert changed["person"].nunique() <= share * len(legs)


def test_speeds_are_those_of_the_ages() -> None:
    where, legs = busy()
    ages = where.people.residents["age"].to_numpy(np.int64)
    persons = walkers(where.walks, ages, legs, Gait(), Sim(where, When()).luck("walking")).persons
    for group, mean in ((ages >= 65, 1.16), (ages < 10, 1.16), ((ages >= 10) & (ages < 65), 1.34)):
        assert persons.mps[group].mean() == pytest.approx(mean, rel=0.02)
    walks = base().frame("walk")
    moving = walks["time_ms"] - walks["start_ms"] - walks["wait_ms"]
    walked = 1000.0 * walks["metres"] / persons.mps[walks["person"]]
    assert moving.to_numpy() == pytest.approx(walked.to_numpy(), abs=2_000)


def test_who_cannot_go_by_footway_walks_straight_and_is_counted() -> None:
    where, legs = busy()
    walks = replace(where.walks, reach_m=100.0)
    sim = Sim(where, When())
    ages = where.people.residents["age"].to_numpy(np.int64)
    walking = walkers(walks, ages, legs, Gait(), sim.luck("walking"))
    world = build(
        where, Parking(where, Behaviour()), sim.trips().iloc[:0], sim.luck("day"), 0,
        Others(walking, Crossings(where).start(sim.luck("walking"), sim.part(Weather).sky()),
               no_transit(), no_fleet()),
    )  # fmt: skip
    begin(walking, world.calendar)
    assert advance(world, sim.span.end_ms)
    log = world.calendar.rows[: world.calendar.logged[0]]
    walked = log[log[:, 1] == AT.WALK]
    straight = walked[:, 7] == 1
    assert 0 < straight.sum() < len(walked) == len(legs)
    ends = legs.iloc[walked[straight, 3]][["origin", "destination"]].to_numpy()
    away = np.hypot(*(np.diff(c[ends], axis=1)[:, 0] for c in (where.place_x, where.place_y)))
    assert walked[straight, 5] == pytest.approx(1.3 * away, abs=1)


WRONG = {
    "order of a leg": (lambda t: t.iloc[::-1], "legs must be sorted by person, day and order"),
    "column": (lambda t: t.drop(columns=["purpose"]), "legs must have the columns person, order"),
    "person": (lambda t: t.assign(person=t["person"] + 10**6), "person of a leg must be in"),
    "origin": (lambda t: t.assign(origin=-1), r"origin of a leg must be in \[0, .*\], got -1"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_legs_are_told(name: str) -> None:
    spoil, told = WRONG[name]
    where, legs = busy()
    with pytest.raises(ValueError, match=told):
        Sim(where, When()).run(legs=spoil(legs))


def test_the_nearest_spot_is_the_one_that_all_ways_say() -> None:
    walks, reach_m = town().walks, 400.0
    goals = np.arange(walks.doors, len(walks.spots))
    which, metres = walks.nearest(goals, reach_m)
    doors, stops = walks.spots[: walks.doors], walks.spots[goals]
    way = walks.network.many_to_many(stops.node, doors.node)
    way = np.where(way <= reach_m, way, np.inf) + stops.door_m[:, None]
    assert np.isfinite(metres).mean() == pytest.approx((which >= 0).mean())
    assert 0.1 < (which >= 0).mean() <= 1.0
    assert metres == pytest.approx(way.min(axis=0) + doors.door_m)
    near = which >= 0
    assert way[which[near], np.flatnonzero(near)] == pytest.approx(way.min(axis=0)[near])
