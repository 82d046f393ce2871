"""How an area and its ring move, from a trace made by hand and from a day that is lived twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pytest
from shapely import LineString, box

from gis.city import City
from gis.newtown import newtown
from scenarios.shared_parking import SharedParking
from twin.area import Area, resolve
from twin.emissions import CO2_KG_PER_LITRE, co2_g_per_km
from twin.experiment.movement_kpis import MOVEMENT, movement_kpis, moves
from twin.experiment.runner import Job
from twin.experiment.simulate import Study
from twin.sim import When
from twin.solution import RING, Run
from twin.trace import Trace
from twin.world.transit.columns import Unserved
from viz.korean import KOREAN
from viz.words import QUANTITIES, UNITS, sections

HERE = Area("here", box(0, 0, 1_000, 100), ring_m=500.0)
H_MS = 3_600_000


def table(**columns: Any) -> pa.Table:
    return pa.Table.from_pandas(pd.DataFrame(columns), preserve_index=False)


def run(**tables: pa.Table) -> Run:
    """Return a run on two streets of 1 km inside the area, one in its ring and one beyond it."""
    lines = [LineString([(0, y), (1_000, y)]) for y in (10, 20, 300, 3_000)]
    streets = {"length_m": [1_000.0] * 4, "speed_kmh": [50.0, 50.0, 30.0, 30.0]}
    layer = gpd.GeoDataFrame(streets, geometry=lines, crs="EPSG:5186")
    city = City("made by hand", "EPSG:5186", {"streets": layer})
    return Run(city=city, trace=Trace(tables), area=HERE, span_s=(0.0, 172_800.0),
               day_type="weekday", replication=0)  # fmt: skip


TABLES = {
    "flow": table(link=[0, 1, 1, 2, 3], hour=[8, 8, 9, 8, 8], cars=[10, 20, 40, 6, 99],
                  spent_s=[1_440.0, 3_600.0, 2_880.0, 720.0, 9e9]),
    "squeeze": table(time_ms=[0, 0, 0], arc=[0, 0, 3]),
    "leg": table(leg=[0, 1, 2, 3], x=[500.0, 500.0, 500.0, 500.0], y=[50.0, 50.0, 300.0, 3_000.0]),
    "walk": table(time_ms=[H_MS, 2 * H_MS, 2 * H_MS], leg=[0, 2, 3], start_ms=[0, 0, 0]),
    "access": table(time_ms=[H_MS], leg=[1], start_ms=[0]),
    "ride": table(leg=[1, 2, 3], boardings=[1, 1, 1], wait_ms=[120_000, 60_000, 60_000]),
    "unserved": table(leg=[0], reason=[Unserved.GAVE_UP], wait_ms=[360_000]),
}  # fmt: skip


def test_each_is_of_two_days_in_the_area_and_in_its_ring() -> None:
    found = moves(run(**TABLES), queues=True, everybody=True)
    km, hours, free_h = 70.0, 2.2, 70.0 / 50.0
    fast, slow, best = (co2_g_per_km(v) for v in (25.0, 20.0, 50.0))
    grams = 10 * fast + 20 * slow + 40 * best
    assert found["move.vkm"] == pytest.approx(km / 2)
    assert found["move.kmh"] == pytest.approx(km / hours)
    assert found["move.kmh_busiest"] == pytest.approx(40.0 / 0.8)
    assert found["move.delay"] == pytest.approx((hours - free_h) / 2)
    assert found["move.squeezes"] == 1.0
    assert found["move.co2"] == pytest.approx(grams / 1e6 / 2)
    assert found["move.fuel"] == pytest.approx(grams / 1e3 / CO2_KG_PER_LITRE / 2)
    assert found["move.walk_h"] == 1.0
    assert found["move.bus_wait"] == pytest.approx((2 + 6) / 2)
    assert found["move.riders"] == 0.5
    assert found["move.vkm.ring"] == 3.0
    assert found["move.delay.ring"] == pytest.approx(0.0)
    assert found["move.walk_h.ring"] == 1.0
    assert found["move.riders.ring"] == 0.5


def test_only_what_is_lived_is_told() -> None:
    for queues in (False, True):
        for everybody in (False, True):
            kpis = movement_kpis(queues=queues, everybody=everybody)
            names = {kpi.name for kpi in kpis}
            assert names == set(moves(run(), queues=queues, everybody=everybody))
            assert ("move.kmh" in names, "move.co2" in names) == (queues, queues)
            assert ("move.walk_h" in names, "xwalk.ped_delay" in names) == (everybody, everybody)
            assert {f"{name.removesuffix(RING)}{RING}" for name in names} <= names
            assert all(kpi.value is None for kpi in kpis)


def test_nothing_moves_is_nothing_and_no_speed() -> None:
    found = moves(run(), queues=True, everybody=True)
    assert found["move.vkm"] == found["move.walk_h"] == 0.0
    assert found["move.kmh"] is None
    assert found["move.bus_wait"] is None


def test_they_have_words_in_both_languages_and_a_section_of_their_own() -> None:
    for kpi in movement_kpis(queues=True, everybody=True):
        assert QUANTITIES[kpi.name.removesuffix(RING)] in KOREAN
        assert kpi.unit in UNITS or kpi.unit == "km/h"
    names = ("parking.walk", "move.kmh", "move.kmh.ring")
    found = [
        (ring, moving, [row["name"] for row in rows])
        for ring, moving, rows in sections([{"name": name} for name in names])
    ]
    assert found == [
        (False, False, ["parking.walk"]), (False, True, ["move.kmh"]),
        (True, True, ["move.kmh.ring"]),
    ]  # fmt: skip


def test_a_solution_that_does_nothing_moves_nothing() -> None:
    """To the last bit; and one that does something moves something."""
    city = newtown(residents=2_000)
    area = resolve("city", city)
    nothing = SharedParking(area=area, **SharedParking.nothing)  # type: ignore[arg-type]
    groups = {"base": (), "nothing": (nothing,), "shared": (SharedParking(area=area),)}
    when = When(start_h=7.0, hours=2.0, warm_up=0, everybody=True)
    study = Study(city, groups, area, when=when, queues=True)
    base, same, other = (study(Job(name, "weekday", 0)).kpis for name in groups)
    moving = [name for name in base if name.removesuffix(RING) in MOVEMENT]
    assert len(moving) == 2 * len(MOVEMENT)
    assert base["move.kmh"] is not None
    assert 10 < base["move.kmh"] < 60
    assert {name: base[name] for name in moving} == {name: same[name] for name in moving}
    assert base["move.vkm"] != other["move.vkm"]
    assert replace(study, queues=False).kpis != study.kpis
