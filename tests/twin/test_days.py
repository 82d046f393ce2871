"""Days that follow one another: the warm-up, several days, and windows of a day."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from gis.newtown import newtown
from scenarios.enforcement import Enforcement
from scenarios.shared_parking import SharedParking
from tests.twin.worlds import grid, land, lots, there_and_back
from twin.area import resolve
from twin.experiment.simulate import live
from twin.sim import Sim, Span, When
from twin.solution import Run
from twin.trace import Trace
from twin.world.behaviour import Behaviour
from twin.world.columns import Kind
from twin.world.ground import Ground, ground
from twin.world.indicators import measure_parking, stays

H = 3_600_000
BOLD = Behaviour(aversion_krw=1_000)
"""Drivers of whom many stand illegally, so that even a small town has enough of them."""

STATES = ("depart", "park", "leave", "full", "fail", "exit", "ticket", "stock")


@pytest.fixture(scope="module")
def town() -> Ground:
    return ground(newtown(residents=2_000))


@cache
def lived(town: Ground, when: When) -> Run:
    """Live with solutions that change the stock, tell drivers and give tickets."""
    area = resolve("city", town.city)
    both = (
        SharedParking(area=area, app_share=0.5),
        Enforcement(area=area, patrols=2, cite_share=0.02),
    )
    return live(town, both, when, area=area, behaviour=BOLD)


def between(trace: Trace, start_h: float, end_h: float) -> dict[str, pd.DataFrame]:
    """Return what happens after one hour and up to another, by event, trips left out."""
    found = {}
    for event in STATES:
        rows = trace.frame(event)
        rows = rows[rows["time_ms"].between(start_h * H, end_h * H, inclusive="right")]
        found[event] = rows.drop(columns="trip", errors="ignore").reset_index(drop=True)
    return found


def standing(run: Run, hour: float) -> pd.DataFrame:
    """Return car and lot of those that stand somewhere at an hour."""
    every = stays(run.trace, run.span_ms[1])
    now = every[(every["start_ms"] <= hour * H) & (every["end_ms"] > hour * H)]
    return now[["car", "lot"]].sort_values("car", ignore_index=True)


def test_life_begins_at_the_quietest_hour_and_a_day_before_the_start() -> None:
    def hours(when: When) -> list[float]:
        span: Span = when.span
        return [t / H for t in (span.begin_ms, span.start_ms, span.end_ms, span.epoch_ms)]

    assert hours(When()) == [4, 28, 52, 24]
    assert hours(When(warm_up=2, start_h=8.5, hours=3)) == [4, 56.5, 59.5, 48]
    assert hours(When(start_h=2.0)) == [4, 50, 74, 48], "02:00 still belongs to the day before"
    assert hours(When(warm_up=0, start_h=2.0)) == [2, 2, 26, 0]


def illegal_at_four(town: Ground, warm_up: int) -> NDArray[np.float64]:
    """Return the cars that stand illegally at the first and the second 04:00, a row a run."""
    area, found = resolve("city", town.city), []
    for replication in range(12):
        when = When(replication, hours=26.0, warm_up=warm_up)
        run = live(town, (), when, area=area, behaviour=BOLD)
        kinds = run.trace.frame("lot")["kind"].to_numpy()
        nights = [kinds[standing(run, hour)["lot"]] for hour in (4.0, 28.0)]
        found.append([float((night == Kind.KERB_ILLEGAL).sum()) for night in nights])
    return np.array(found)


@pytest.mark.parametrize(("warm_up", "steady"), [(0, False), (1, True)])
def test_the_warm_up_leaves_the_state_that_days_leave(
    town: Ground, warm_up: int, *, steady: bool
) -> None:
    first, second = illegal_at_four(town, warm_up).T
    difference = second - first
    noise = difference.std(ddof=1) / np.sqrt(len(difference))
    assert (abs(difference.mean()) < 3 * noise) == steady
    assert second.mean() > 10


def test_the_first_of_two_days_is_the_day_alone(town: Ground) -> None:
    one, two = (lived(town, When(hours=hours)).trace for hours in (24.0, 48.0))
    for event in STATES:
        rows = two.frame(event)
        rows = rows[rows["time_ms"] <= 28 * H].reset_index(drop=True)
        assert len(rows) == len(one[event]) > 0 or event == "fail"
        if len(rows):
            pd.testing.assert_frame_equal(rows, one.frame(event))
    trips = one.frame("trip")
    pd.testing.assert_frame_equal(two.frame("trip").iloc[: len(trips)], trips)
    assert len(two["park"]) > 1.5 * len(one["park"])
    assert one["lot"].equals(two["lot"])


@pytest.mark.parametrize(("start_h", "hours"), [(10.0, 3.0), (4.0, 0.5), (17.25, 10.75)])
def test_a_window_shows_a_part_of_the_day(town: Ground, start_h: float, hours: float) -> None:
    whole = lived(town, When())
    part = lived(town, When(start_h=start_h, hours=hours))
    expected = between(whole.trace, start_h, start_h + hours)
    for event, rows in between(part.trace, start_h, start_h + hours).items():
        assert len(rows) == len(expected[event])
        if len(rows):
            pd.testing.assert_frame_equal(rows, expected[event])
    at_start = part.trace.frame("park").query("time_ms == @start_h * @H and trip < 0")
    assert at_start["car"].is_monotonic_increasing
    pd.testing.assert_frame_equal(at_start[["car", "lot"]], standing(whole, start_h))


def test_the_parts_of_a_day_add_up(town: Ground) -> None:
    def measured(start_h: float, end_h: float) -> dict[str, float | None]:
        run = lived(town, When(start_h=start_h, hours=end_h - start_h))
        return measure_parking(
            run.trace, run.area.polygon, span_ms=run.span_ms, counting=run.counting
        )

    whole, parts = measured(4, 28), [measured(*part) for part in pairwise((4, 9.5, 16, 22.25, 28))]
    for name in ("illegal_veh_h", "search_h", "walk_h", "failed", "fees_public", "fines", "ease"):
        values = [part[f"parking.{name}"] for part in parts]
        assert sum(value or 0 for value in values) == pytest.approx(whole[f"parking.{name}"]), name
    assert [part["parking.illegal_daily"] for part in parts] == [None] * 4
    assert [part["parking.supply_rate"] is None for part in parts] == [True, False, True, True]


def test_flow_counts_the_window_alone(town: Ground) -> None:
    part, rest, whole = (
        lived(town, When(start_h=start_h, hours=hours)).trace.frame("flow")
        for start_h, hours in ((4.0, 8.0), (12.0, 16.0), (4.0, 24.0))
    )
    assert part["hour"].between(4, 11).all()
    assert part["cars"].sum() + rest["cars"].sum() == whole["cars"].sum()


def test_each_car_goes_on_from_where_it_stood(town: Ground) -> None:
    trace = lived(town, When(hours=72.0)).trace
    parked, left = trace.frame("park"), trace.frame("leave")
    rows = pd.concat([parked.assign(step=1), left.assign(step=0)])
    rows = rows.sort_values(["car", "time_ms", "step"], kind="stable")
    follows = rows.duplicated("car")
    alternate = rows["step"].to_numpy()[1:] != rows["step"].to_numpy()[:-1]
    same_lot = rows["lot"].to_numpy()[1:] == rows["lot"].to_numpy()[:-1]
    later = follows.to_numpy()[1:]
    assert alternate[later].all()
    assert same_lot[later & (rows["step"].to_numpy()[1:] == 0)].all()
    nights = [standing(lived(town, When(hours=72.0)), hour) for hour in (28.0, 52.0)]
    assert min(map(len, nights)) > 0.9 * max(map(len, nights))


@pytest.mark.parametrize("kind", [Kind.PUBLIC, Kind.KERB_ILLEGAL])
def test_a_stay_over_the_boundary_pays_its_fee_and_keeps_its_kind(kind: int) -> None:
    network = grid(2)
    parks = lots(network, kind, [3], 1, arc=0, way=0, width_m=6.0, price_krw_h=100.0)
    where = land(network, parks, [3], homes=[-1], gates=[0])
    night = there_and_back(np.array([1.0]) * 3_600, np.array([5.0]) * 3_600, 0, 0)
    sim = Sim(where, When())
    trace = sim.run(trips=night)
    sim.close()
    (parked,), (left,) = (trace[event].to_pylist() for event in ("park", "leave"))
    assert (parked["time_ms"], parked["trip"], parked["lot"]) == (4 * H, -1, 0)
    assert left["stay_ms"] == pytest.approx(5 * H, abs=60_000)
    assert left["fee_krw"] == pytest.approx(500, abs=2)
    assert stays(trace, 28 * H)[["start_ms", "end_ms"]].to_numpy().tolist() == [[4 * H, 6 * H]]
    assert len(trace["depart"]) == len(trace["exit"]) == 1


def test_who_is_away_overnight_comes_back_the_next_day() -> None:
    network = grid(2)
    parks = lots(network, Kind.PUBLIC, [3], 1)
    where = land(network, parks, [3], homes=[0], gates=[0])
    away = there_and_back(np.array([10.0]) * 3_600, np.array([23.0]) * 3_600, -1, 0)
    away.loc[1, "destination"] = 0
    trace = Sim(where, When(hours=48.0)).run(trips=away)
    assert trace.column("leave", "time_ms").tolist() == [10 * H]
    assert trace.column("exit", "time_ms")[0] < 10.1 * H
    first, back = trace.frame("park").itertuples(index=False)
    assert (first.time_ms, first.trip) == (4 * H, -1)
    assert 33 * H < back.time_ms < 33.1 * H
