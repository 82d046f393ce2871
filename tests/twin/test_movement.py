"""How a day moved, from a trace made by hand, and beside what is published."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from gis.figures import figure
from gis.newtown import newtown
from gis.population import Mode
from twin.area import resolve
from twin.experiment.movement import moved, published
from twin.solution import Run
from twin.trace import Trace
from twin.world.transit.columns import Unserved


def table(**columns: Any) -> pa.Table:
    return pa.Table.from_pandas(pd.DataFrame(columns), preserve_index=False)


def run(**tables: pa.Table) -> Run:
    """Return a run on two streets of 1 km whose trace has these tables."""
    city = newtown(residents=2_000)
    streets = city["streets"].assign(length_m=1_000.0)
    city = replace(city, layers={**city.layers, "streets": streets})
    where = resolve("city", city)
    return Run(city=city, trace=Trace(tables), area=where, span_s=(0.0, 86_400.0),
               day_type="weekday", replication=0)  # fmt: skip


FLOW = table(link=[0, 1, 0, 1], hour=[8, 8, 3, 5], cars=[10, 20, 1, 9],
             spent_s=[3_600.0, 1_800.0, 36.0, 0.0])  # fmt: skip
RIDES = table(boardings=[1, 2], wait_ms=[60_000, 120_000])
UNSERVED = table(reason=[Unserved.GAVE_UP, Unserved.NO_PATH, Unserved.NO_BUS],
                 wait_ms=[3_600_000, 0, 0])  # fmt: skip
ASKS = table(stop=[4, 2, 3, -1, -1, -1])
CALLS = table(bus=[0, 0, 0, 1], call=[0, 1, 2, 0], boarded=[4, 2, 0, 0], alighted=[0, 1, 5, 0])


def shown(*runs: Run) -> dict[str, float]:
    return {row.name: row.value for row in published([moved(one) for one in runs])}


def test_speeds_are_of_all_cars_by_hour() -> None:
    found = shown(run(flow=FLOW))
    assert found["speed of cars from 08:00"] == pytest.approx(30.0 / 1.5)
    assert found["speed of cars from 03:00"] == pytest.approx(100.0)
    assert found["speed of cars"] == pytest.approx(31.0 / 1.51)
    assert "speed of cars from 05:00" not in found, "nobody left the street in that hour"


def test_a_wait_counts_those_who_gave_up_and_no_one_who_walked() -> None:
    found = shown(run(ride=RIDES, unserved=UNSERVED))
    assert found["wait for buses"] == pytest.approx((1 + 2 + 60) / 3)
    lost = "trips without a car that found no way or no bus, or gave up"
    assert found[lost] == pytest.approx(3 / 5)


def test_who_rode_walked_found_no_bus_gave_up_and_was_carried_stand_apart() -> None:
    travel = table(mode=[Mode.BUS, Mode.TAXI, Mode.BUS])
    found = shown(run(ride=RIDES, unserved=UNSERVED, ask=ASKS, travel=travel))
    assert {name: 8 * value for name, value in found.items() if "by bus" in name} == {
        "trips by bus: rode": pytest.approx(2), "trips by bus: found no bus": pytest.approx(1),
        "trips by bus: gave up at a stop": pytest.approx(1),
        "trips by bus: walked, as no ride saves steps": pytest.approx(2),
        "trips by bus: carried beyond the city's lines": pytest.approx(2),
    }  # fmt: skip


def test_a_load_is_what_buses_leave_their_stops_with() -> None:
    assert shown(run(call=CALLS)) == {
        "riders aboard as a bus leaves a stop": pytest.approx((4 + 5 + 0 + 0) / 4)
    }


def test_runs_are_one_mean() -> None:
    other = table(link=[0], hour=[8], cars=[70], spent_s=[3_600.0])
    found = shown(run(flow=FLOW), run(flow=other))
    assert found["speed of cars from 08:00"] == pytest.approx(100.0 / 2.5)


def test_each_stands_beside_its_figure_or_says_that_there_is_none() -> None:
    rows = {row.name: row for row in published([moved(run(flow=FLOW, ride=RIDES))])}
    assert rows["speed of cars"].published == figure("street_kmh")
    assert rows["speed of cars from 08:00"].published == figure("street_morning_kmh")
    assert "Seoul" in rows["speed of cars from 08:00"].source
    assert np.isnan(rows["speed of cars from 03:00"].published)
    assert rows["wait for buses"].source == "no published figure"
    assert all(np.isnan(row.aim) for row in rows.values())


def test_a_day_without_anything_says_nothing() -> None:
    assert shown(run()) == {}
    assert published([]) == []
