"""What people know of buses when they choose: waits against closed forms, fewer buses, none."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from gis.city import City
from gis.figures import figure
from gis.newtown import newtown
from gis.population import Lived, Mode, lived, people, totals
from gis.population.buses import buses
from gis.population.modes import level_of_service, ways
from gis.population.places import places
from twin.luck import Luck

LASTING, TODAY = Luck(1, "city"), Luck(1, "city", 0)
NONE, FEW, HALF, ALL = "no departures", "one a day", "every other bus", "the timetable"
UNTOLD = "no tables"


@cache
def town(service: str = ALL) -> City:
    made = newtown(residents=5_000)
    if service == UNTOLD:
        tables = {k: v for k, v in made.tables.items() if not k.startswith("bus_")}
        return replace(made, tables=tables)
    every = made.tables["bus_departures"]
    kept = {NONE: every[:0], FEW: every.groupby("line").nth(12), HALF: every[::2], ALL: every}
    departures = kept[service].reset_index(drop=True)
    return replace(made, tables={**made.tables, "bus_departures": departures})


@cache
def day(service: str) -> Lived:
    return lived(people(town(service), LASTING), TODAY, 0)


def by_bus(service: str) -> tuple[int, int]:
    """Return the trips by bus within the town and over its edge."""
    legs = day(service).legs
    edge = legs.loc[legs["mode"] == Mode.BUS, "gate"] >= 0
    return int((~edge).sum()), int(edge.sum())


def test_fewer_buses_mean_fewer_trips_by_bus_and_none_mean_none() -> None:
    inside = [by_bus(service)[0] for service in (NONE, FEW, HALF, ALL)]
    assert inside[0] == 0
    assert inside[1] < 0.1 * inside[3]
    assert inside[2] < 0.8 * inside[3]
    assert inside[3] > 100
    beyond = [by_bus(service)[1] for service in (NONE, ALL)]
    assert beyond[0] == pytest.approx(beyond[1], rel=0.02), "lines over the edge are not the town's"


def test_no_bus_fewer_changes_who_is_out() -> None:
    trips = [len(day(s).trips) + len(day(s).legs) for s in (NONE, ALL)]
    assert trips[0] == pytest.approx(trips[1], rel=0.02)


@pytest.mark.parametrize("spread", [0.0, 0.6])
def test_a_wait_is_half_the_headway_times_one_plus_cv_squared(spread: float) -> None:
    """A line that calls at one stop at these moments of each hour, a whole day long."""
    headway_s = np.array([600.0, 600.0 * (1 + spread), 600.0 * (1 - spread), 1_800.0])
    at_s = np.cumsum(headway_s)
    depart_s = (np.arange(24)[:, None] * 3_600.0 + at_s).ravel() % 86_400.0
    made = town()
    line = made.tables["bus_line_stops"]
    departures = pd.DataFrame({"line": 0, "depart_s": depart_s}).assign(weekday=True, holiday=False)
    two = line[line["line"] == 0].iloc[:2]
    tables = {**made.tables, "bus_departures": departures, "bus_line_stops": two}
    where = buses(replace(made, tables=tables), np.zeros(1), np.zeros(1))
    served = np.isfinite(where.wait_h["weekday"]).all(axis=1)
    mean, cv = headway_s.mean(), headway_s.std() / headway_s.mean()
    assert served.sum() == 1, "nobody boards at the last stop"
    assert where.wait_h["weekday"][served][0] == pytest.approx(mean * (1 + cv**2) / 2 / 3_600.0)
    assert np.isinf(where.wait_h["holiday"]).all()


def test_no_bus_goes_where_no_stop_is_within_reach_or_no_step_is_saved() -> None:
    where = places(town())
    far = where.buses.stop_m + figure("stop_reach_m") + 1.0
    x, y = (axis + 2.0 * float(far.max()) for axis in (where.x, where.y))
    assert (buses(town(), x, y).stop == -1).all()
    ends = np.zeros(1, np.int64), np.array([int(np.hypot(where.x, where.y).argmax())])
    noon = np.array([43_200.0])

    def cost(start: np.ndarray, end: np.ndarray, depart_s: np.ndarray) -> float:
        way = ways(where, start, end, np.zeros(1), depart_s=depart_s)
        asked = level_of_service(way)
        assert np.isfinite(asked.seconds).all()
        return float(asked.cost_krw[0, Mode.BUS])

    assert np.isfinite(cost(*ends, noon))
    assert np.isinf(cost(ends[0], ends[0], noon))
    assert cost(*ends, np.array([3_600.0])) > cost(*ends, noon), "no bus at night"


def test_without_a_timetable_a_headway_is_assumed_and_says_so() -> None:
    where = buses(town(UNTOLD), np.zeros(3), np.zeros(3))
    assert not where.known
    assert (where.wait_h["weekday"] == figure("headway_h") / 2).all()
    assert by_bus(UNTOLD)[0] > 100

    def shown(service: str) -> pd.DataFrame:
        rows = totals(people(town(service), LASTING), day(service))
        return rows[rows["name"].str.startswith("wait for a bus")]

    assert shown(UNTOLD)["source"].tolist() == ["assumption: no timetable given"]
    assert shown(UNTOLD)["value"].tolist() == [30 * figure("headway_h")]
    assert shown(ALL)["source"].tolist() == ["counted"]
    assert 2.0 < shown(ALL)["value"].iloc[0] < 15.0
    assert shown(NONE).empty
