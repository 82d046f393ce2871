"""The called bus over days: people remember what they met, and choose anew each morning."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from numba import typeof

from gis.newtown import newtown
from gis.population import Mode
from scenarios.drt_bus import DrtBus
from scenarios.drt_bus.demand import Riders
from scenarios.drt_bus.indicators import by_day
from twin.area import resolve
from twin.experiment.simulate import live
from twin.sim import Sim, When
from twin.solution import Run
from twin.world.fleet.columns import ON_DEMAND, no_fleet
from twin.world.fleet.fleet import Fleet
from twin.world.fleet.tours import moves_of
from twin.world.ground import Ground, ground

DAY_MS, QUIET_MS = 86_400_000, 14_400_000
QUICK = {
    "constant": 2.0, "app_share": 1.0, "own_weight": 0.5, "told_weight": 0.5, "answer_s": 60.0,
    "no_answer_share": 0.0, "fleet": 4,
}  # fmt: skip
"""A bus that many like, and people who learn fast: what takes weeks takes days."""


@pytest.fixture(scope="module")
def town() -> Ground:
    return ground(newtown(residents=2_000))


@cache
def lived(town: Ground, days: int, **settings: float) -> Run:
    area = resolve("city", town.city)
    bus = DrtBus(area=area, **{**QUICK, **settings})  # type: ignore[arg-type]
    return live(town, (bus,), When(everybody=True, hours=24.0 * days), area=area)


def asked_on(run: Run, day: int) -> pd.DataFrame:
    asked = run.trace.frame("asked")
    return asked[(asked["time_ms"] - QUIET_MS) // DAY_MS == day]


def test_the_first_day_is_that_of_first_thoughts(town: Ground) -> None:
    alone, first = (asked_on(lived(town, days), 0) for days in (1, 5))
    same = ["time_ms", "person", "start", "end"]
    assert len(alone) > 100
    assert alone[same].to_numpy().tolist() == first[same].to_numpy().tolist()


def test_a_day_is_told_of_in_the_trace(town: Ground) -> None:
    run = lived(town, 5)
    days = by_day(run.trace)
    assert days.index.tolist() == [0, 1, 2, 3, 4]
    for day in range(5):
        taken = len(asked_on(run, day))
        assert days["asked"][day] == pytest.approx(taken, abs=3), "some are on the way at 04:00"
    assert (days["served"] <= days["asked"]).all()
    taken = run.trace.frame("picked_up").merge(run.trace.frame("job"), on="job")
    waited_ms = (taken["wait_ms"] - taken["walk_ms"]).clip(lower=0)
    assert days["wait_min"].mean() == pytest.approx(waited_ms.mean() / 60_000, rel=0.02)


def test_a_bus_that_is_better_than_expected_gains_riders(town: Ground) -> None:
    days = by_day(lived(town, 5).trace)
    assert days["wait_min"].max() < 5
    assert days["asked"].iloc[-1] > 1.2 * days["asked"].iloc[0]
    assert days["expected_min"].is_monotonic_decreasing
    assert days["expected_min"].iloc[-1] > days["wait_min"].min()


def test_a_bus_that_refuses_all_loses_all(town: Ground) -> None:
    days = by_day(lived(town, 9, no_answer_share=1.0).trace)
    assert days["asked"].iloc[0] > 100
    assert days["served"].sum() == 0
    assert days["asked"].iloc[-2:].tolist() == [0, 0]


def test_two_starts_settle_at_one_place(town: Ground) -> None:
    few, many = (by_day(lived(town, 12, expected_wait_min=wait).trace) for wait in (40.0, 3.0))
    assert few["asked"].iloc[0] < 0.2 * many["asked"].iloc[0]
    last = slice(9, 12)
    for name in ("asked", "expected_min", "expected_share"):
        assert few[name][last].mean() == pytest.approx(many[name][last].mean(), rel=0.05), name


def test_who_is_told_nothing_and_was_put_off_stays_away(town: Ground) -> None:
    """Without word of mouth the place depends on the start: memory alone has many fixed points."""
    days = by_day(lived(town, 12, expected_wait_min=40.0, told_weight=0.0).trace)
    settled = by_day(lived(town, 12, expected_wait_min=40.0).trace)
    assert days["asked"].iloc[-3:].mean() < 0.7 * settled["asked"].iloc[-3:].mean()


def test_a_fleet_runs_in_the_loop_that_is_compiled_without(town: Ground) -> None:
    sim = Sim(town, When(everybody=True))
    DrtBus(area=resolve("city", town.city)).install(sim)
    assert typeof(sim.part(Fleet).start(0, None)) == typeof(no_fleet())


def test_every_move_is_made_one_way(town: Ground) -> None:
    area = resolve("city", town.city)
    base = live(town, (), When(everybody=True, hours=120.0), area=area).trace
    run = lived(town, 5)
    legs, trips = run.trace.frame("leg"), run.trace.frame("trip")
    made = len(legs) + len(trips) - len(base["leg"]) - len(base["trip"])
    assert made == 0
    assert not legs.duplicated(["person", "depart_s"]).any()
    assert not legs["leg"].duplicated().any()
    lived_legs = legs[legs["depart_s"] * 1_000 > QUIET_MS]
    rides, asked = int((lived_legs["mode"] == ON_DEMAND).sum()), len(run.trace["asked"])
    assert rides == pytest.approx(asked, abs=10), "some are late at both ends"
    fewer = len(base["trip"]) - len(trips)
    assert fewer > 50


def test_who_rides_leaves_the_car_at_home(town: Ground) -> None:
    """Cars set out for the trips that are made, and for no other."""
    trace = lived(town, 5).trace
    trips, left = trace.frame("trip"), trace.frame("depart")
    due = set(trips.loc[trips["depart_s"] * 1_000 > QUIET_MS, "trip"])
    strange = set(left["trip"]) - set(trips["trip"])
    assert not strange
    never = due - set(left["trip"])
    assert len(never) < 0.01 * len(due), "some are late at the end"


def test_taste_stays_and_mood_changes(town: Ground) -> None:
    bus = DrtBus(area=resolve("city", town.city), **QUICK)  # type: ignore[arg-type]
    sim = Sim(town, When(everybody=True))
    bus.install(sim)
    legs, riders = sim.legs(), sim.part(Fleet).asks
    assert legs is not None
    assert isinstance(riders, Riders)
    persons = np.arange(200)
    tours = pd.DataFrame({"person": persons, "order": 0, "day": 1})
    moods = [riders._mood(tours.assign(day=day), np.array([Mode.CAR])) for day in (1, 2)]
    assert not (moods[0] == moods[1]).any()
    moves = riders._served(riders._with_stops(moves_of(town.people, sim.trips(), legs)))
    first = moves[moves["first"]]
    one, other = (riders._chances(first.assign(day=day)).gain_krw for day in (1, 2))
    assert 0.2 < np.corrcoef(one, other)[0, 1] < 0.95, "the same tours of another day"
    assert not (one == other).any()


def test_no_bus_is_the_base_over_days(town: Ground) -> None:
    area = resolve("city", town.city)
    when = When(everybody=True, hours=48.0)
    base, none = (
        live(town, solutions, when, area=area).trace
        for solutions in ((), (DrtBus(area=area, fleet=0),))
    )
    assert set(base) == set(none)
    for event in base:
        same = base[event].equals(none[event])
        assert same, event


def test_any_halt_leaves_the_days_as_they_are(town: Ground) -> None:
    traces = []
    for stops in ((), (100_000.0, 100_801.5, 190_000.0)):
        sim = Sim(town, When(everybody=True, hours=48.0))
        DrtBus(area=resolve("city", town.city), **QUICK).install(sim)  # type: ignore[arg-type]
        traces.append(sim.run(stops))
        sim.close()
    for event in traces[0]:
        same = traces[0][event].equals(traces[1][event])
        assert same, event


def test_who_does_not_know_the_bus_does_not_ask(town: Ground) -> None:
    run = lived(town, 5, known_share=0.0, reached_share=0.0)
    assert len(run.trace["asked"]) == 0
    assert by_day(run.trace)["knows"].tolist() == [0] * 5
    assert by_day(run.trace)["wait_min"].isna().all()
    more = by_day(lived(town, 5, known_share=0.0, reached_share=0.9).trace)
    assert more["knows"].is_monotonic_increasing
    assert more["asked"].iloc[0] == 0 < more["asked"].iloc[-1]


@pytest.mark.parametrize(
    ("setting", "value", "wording"),
    [
        ("own_weight", 1.5, r"DrtBus\.own_weight must be in \[0, 1\], got 1\.5"),
        ("told_weight", -0.5, r"DrtBus\.told_weight must be in \[0, 1\], got -0\.5"),
        ("known_share", 7.0, r"DrtBus\.known_share must be in \[0, 1\], got 7\.0"),
        ("reached_share", 1.0, r"DrtBus\.reached_share must be in \[0, 0\.99\], got 1\.0"),
        ("imitation", -1.0, r"DrtBus\.imitation must be in \[0, 100\], got -1\.0"),
        ("stands_for", 0, r"DrtBus\.stands_for must be in \[1, 31\] days, got 0"),
    ],
)
def test_bad_rates_are_named(town: Ground, setting: str, value: float, wording: str) -> None:
    bus = DrtBus(area=resolve("city", town.city))
    with pytest.raises(ValueError, match=wording):
        replace(bus, **{setting: value})
