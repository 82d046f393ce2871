"""Today's crews: who answers what, what is behind the calls, and that nobody else moves them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.newtown import newtown
from twin.response import DRONE, ROBOT, Case, answer_calls, cases, eyes, look
from twin.sim import Sim, When
from twin.trace import Trace
from twin.world.crews import PROBES_A_DAY, SERVICES, Crews, Kind, Service, kinds, services
from twin.world.ground import Ground, ground
from twin.world.incidents import INCIDENT_KINDS, Incidents, expected

DAYS = 40
EVERYWHERE = shapely.box(-1e7, -1e7, 1e7, 1e7)


@cache
def town() -> Ground:
    return ground(newtown(residents=4_000))


def crews(replication: int, where: Ground | None = None) -> Crews:
    sim = Sim(where or town(), When(replication=replication, start_h=0.0))
    try:
        return sim.part(Crews)
    finally:
        sim.close()


@cache
def many() -> pd.DataFrame:
    return pd.concat([crews(r).table().to_pandas().assign(day=r) for r in range(DAYS)])


def test_what_is_called_in_are_the_incidents_of_the_run() -> None:
    for replication in range(5):
        part = crews(replication)
        told = part.table().to_pandas()
        told = told[(told["probe"] == 0) & (told["real"] == 1) & (told["call_ms"] >= 0)]
        drawn = part.incidents.table().to_pandas()
        assert sorted(told["time_ms"]) == drawn["time_ms"].tolist()


def test_cases_are_numbered_by_their_call_and_lie_in_the_day() -> None:
    table = crews(3).table().to_pandas()
    assert table["case"].tolist() == list(range(len(table)))
    first = table["call_ms"].where(table["call_ms"] >= 0, table["time_ms"])
    assert first.is_monotonic_increasing
    assert table["time_ms"].between(0, 86_400_000 - 1).all()
    called = table[table["call_ms"] >= 0]
    assert (called["scene_ms"] > called["call_ms"]).all()
    assert (called["call_ms"] >= called["time_ms"]).all()
    assert (called["end_ms"] == called["scene_ms"]).all()


@pytest.mark.parametrize("kind", INCIDENT_KINDS)
def test_false_and_hidden_cases_are_their_share(kind: str) -> None:
    """O35: thinned and added Poisson processes; within four standard errors."""
    rule, rows = kinds()[kind], many()[many()["kind"] == INCIDENT_KINDS.index(kind)]
    called = rows[rows["call_ms"] >= 0]
    for share, part, whole in (
        (rule.false_share, (called["real"] == 0).sum(), len(called)),
        (rule.hidden_share, (rows["call_ms"] < 0).sum(), (rows["real"] == 1).sum()),
    ):
        assert abs(part - share * whole) <= 4 * np.sqrt(max(share * (1 - share) * whole, 0.01))


def test_probes_are_as_many_as_asked_for_and_all_weigh_alike() -> None:
    rows, a_year = many(), expected(town())
    probes = (rows["probe"] == 1).sum() / DAYS
    assert probes == pytest.approx(PROBES_A_DAY, rel=0.15), "the mean of a year, one day at a time"
    real = rows[(rows["real"] == 1) & (rows["call_ms"] >= 0)]
    a_day = sum(a_year[kind].sum() for kind in INCIDENT_KINDS) / 365.25
    assert real["weight"].sum() / DAYS == pytest.approx(a_day, rel=0.1)
    assert rows["weight"].nunique() == 1


@pytest.mark.parametrize("name", SERVICES)
def test_crews_arrive_as_published(name: str) -> None:
    rows = many()[(many()["service"] == SERVICES.index(name)) & (many()["call_ms"] >= 0)]
    took = (rows["scene_ms"] - rows["call_ms"]).to_numpy() / 1_000
    error = took.std() / np.sqrt(len(took))
    assert abs(took.mean() - services()[name].mean_s) <= 4 * error + 0.02 * services()[name].mean_s


def test_where_a_station_is_known_crews_start_from_it() -> None:
    city = town().city
    spot = city["buildings"].geometry.iloc[0].centroid
    more = {"kind": ["fire_station"], "name": ["119"], "origin": ["synthetic"]}
    station = gpd.GeoDataFrame(more, geometry=[spot], crs=city.crs)
    amenities = pd.concat([city["amenities"], station], ignore_index=True)
    known = replace(town(), city=city.edit(amenities=amenities))
    there, anywhere = (crews(1, where).table().to_pandas() for where in (known, town()))
    assert there["call_ms"].tolist() == anywhere["call_ms"].tolist()
    fires = there[(there["service"] == 0) & (there["call_ms"] >= 0)]
    away = (fires["x"] - spot.x).abs() + (fires["y"] - spot.y).abs()
    assert np.corrcoef(away, fires["drive_s"])[0, 1] > 0.6
    police = [frame[frame["service"] == 2]["scene_ms"].tolist() for frame in (there, anywhere)]
    assert police[0] == police[1]


def test_figures_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="mean_s must be more than fixed_s and the drive"):
        Service("fire", mean_s=200, fixed_s=110, mean_km=2.2, cruise_kmh=45, cv=0.2, people=3)
    with pytest.raises(ValueError, match="false_share and hidden_share must be at least 0"):
        Kind("fire", "fire", notice_min=1, seen_min=1, false_share=1.0, hidden_share=0)


# --- who comes first ------------------------------------------------------------------------


def told(looks: list[tuple[int, int, int]]) -> Trace:
    """Return the trace of a run in which these (case, who, at_ms) were looked at."""
    sim = Sim(town(), When(start_h=0.0, warm_up=0))
    try:
        for case, who, at_ms in looks:
            sim.record("look", case=case, who=who, machine=0, at_ms=at_ms)
        return sim.run(trips=sim.trips()[:0])
    finally:
        sim.close()


def test_the_first_eye_counts_once_and_a_second_is_worth_what_it_comes_earlier() -> None:
    called = told([]).frame("case")
    one = called[called["call_ms"] >= 0].iloc[0]
    case, call, scene = (int(one[name]) for name in ("case", "call_ms", "scene_ms"))
    told_of = []
    for looks in (
        [],
        [(case, DRONE, scene - 60_000)],
        [(case, DRONE, scene - 60_000), (case, ROBOT, scene - 90_000)],
        [(case, DRONE, scene - 60_000), (case, DRONE, scene - 50_000)],
        [(case, ROBOT, scene + 60_000)],
        [(case, ROBOT, call - 60_000)],
    ):
        found = eyes(told(looks), EVERYWHERE).set_index("case").loc[case]
        told_of.append((found["lead_s"], found["wait_s"]))
    whole = (scene - call) / 1_000
    leads = np.array([0.0, 60.0, 90.0, 60.0, 0.0, whole + 60])
    expected_of = np.column_stack((leads, np.maximum(whole - leads, 0.0)))
    assert np.array(told_of) == pytest.approx(expected_of)


def test_what_nobody_called_in_has_no_crew() -> None:
    found = eyes(told([]), EVERYWHERE)
    hidden = found[found["call_ms"] < 0]
    assert len(hidden)
    assert hidden["eye_ms"].isna().all()
    case = int(hidden["case"].iloc[0])
    seen = eyes(told([(case, ROBOT, 5)]), EVERYWHERE).set_index("case").loc[case]
    assert seen["eye_ms"] == seen["robot_ms"] == 5
    assert np.isnan(seen["wait_s"])


def test_calls_are_answered_at_their_moment_in_the_order_of_their_numbers() -> None:
    sim = Sim(town(), When(start_h=0.0, warm_up=1))
    answered: list[tuple[float, int]] = []
    all_cases = cases(sim, EVERYWHERE)
    wanted = [case for case in all_cases if case.call_ms >= 0]
    wanted += [wanted[0]._replace(case=9_999)]

    def note(case: Case) -> None:
        answered.append((sim.now * 1_000 - sim.span.epoch_ms, case.case))
        look(sim, case, who=ROBOT, machine=7, after_s=1.5)

    answer_calls(sim, wanted, note, key=(3, 0))
    trace = sim.run(trips=sim.trips()[:0])
    sim.close()
    due = sorted((case.call_ms, case.case) for case in wanted if case.call_ms < 86_400_000)
    assert [(round(ms), number) for ms, number in answered] == due
    looks = trace.frame("look")
    assert (looks["at_ms"] - looks["time_ms"] == 1_500).all()
    assert looks["at_ms"].tolist() == [ms + 1_500 for ms, _ in due]


def test_an_area_has_its_own_cases_alone() -> None:
    sim = Sim(town(), When(start_h=0.0))
    part = shapely.box(*town().city["streets"].total_bounds)
    left, bottom, right, top = part.bounds
    half = shapely.box(left, bottom, (left + right) / 2, top)
    found = cases(sim, half)
    sim.close()
    assert 0 < len(found) < len(sim.part(Crews).table())
    assert all(shapely.contains_xy(half, case.x, case.y) for case in found)
    assert {case.kind for case in found} <= set(range(len(INCIDENT_KINDS)))
    assert isinstance(sim.part(Incidents), Incidents)
