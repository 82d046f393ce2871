"""From a trace to places: cars stand on the line of their kerb."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely

from gis.city import City
from gis.newtown import newtown
from scenarios.shared_parking import SharedParking
from twin.area import resolve
from twin.experiment.simulate import live
from twin.sim import When
from twin.solution import Look
from twin.trace import Trace
from twin.world.columns import Kind
from twin.world.ground import ground
from twin.world.indicators import stays
from viz import tracks
from viz.camera import frame
from viz.panels import legend
from viz.parked import place
from viz.style import states


class Lots:
    """A trace that knows its lots only."""

    def __init__(self, lots: pd.DataFrame) -> None:
        self._lots = lots

    def frame(self, name: str) -> pd.DataFrame:
        assert name == "lot"
        return self._lots


def test_a_car_at_a_kerb_stands_on_the_line_of_its_kerb(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    parks = city["car_parks"]
    kerb = int(np.flatnonzero(parks["kind"] == "kerb_illegal")[0])
    lots = pd.DataFrame(
        {"lot": [kerb], "parent": [kerb], "kind": [Kind.KERB_ILLEGAL], "arc": [3],
         "x": [0.0], "y": [0.0], "capacity": [16], "width_m": [8.0]}
    )  # fmt: skip
    stay = pd.DataFrame({"lot": [kerb] * 3, "car": [5, 6, 7], "start_ms": [0, 10, 90_000_000]})
    stay["end_ms"] = stay["start_ms"] + 80_000_000
    monkeypatch.setattr(tracks, "stays", lambda _trace, _until: stay)
    trace: Trace = Lots(lots)  # type: ignore[assignment]
    cars = tracks.parked(city, trace, 20 * 3_600.0)
    line = parks.geometry[kerb]
    assert list(cars["state"]) == ["illegal", "illegal"]
    assert shapely.distance(shapely.points(cars[["x", "y"]].to_numpy()), line).max() < 1e-6
    gap = np.hypot(*np.diff(cars[["x", "y"]].to_numpy(), axis=0)[0])
    assert gap == pytest.approx(line.length / 16)


def test_a_car_has_the_look_of_the_solution_whose_place_it_stands_on() -> None:
    town = ground(newtown(2_000))
    chosen = SharedParking(area=resolve("city", town.city), spaces=400, app_share=0.5)
    run = live(town, (chosen,), When(), area=chosen.where)
    cars = tracks.parked(run.city, run.trace, 14 * 3_600, chosen.look)
    plain = tracks.parked(run.city, run.trace, 14 * 3_600)
    kinds = run.trace.frame("lot").set_index("lot")["kind"]
    moment = 14 * 3_600_000
    stay = stays(run.trace, moment + 1)
    now = stay[(stay["start_ms"] <= moment) & (stay["end_ms"] > moment)]
    shared = int((kinds[now["lot"]] == Kind.SHARED).sum())
    assert (cars["state"] == "shared").sum() == shared > 0
    assert set(plain["state"]) == {"legal", "illegal", "garage"}
    assert (cars["state"] == "garage").sum() == (kinds[now["lot"]] == Kind.PRIVATE).sum() > 0
    assert len(plain) == len(cars) == len(now)
    drawn = place(run.city, cars, states(chosen.look))
    camera = frame(shapely.box(*run.city["streets"].total_bounds))
    whole = [int(row[2].replace(",", "")) for row in legend(camera, drawn, "en")]
    assert sum(whole) == len(now), "the legend tells of every car"


def test_signs_stand_beside_the_street_at_their_crossing_once_they_are_put_up() -> None:
    stock = {
        "crossing": [0, 1], "x": [10.0, 50.0], "y": [20.0, 60.0],
        "bearing": [0.0, math.pi / 2], "width_m": [8.0, 6.0],
    }  # fmt: skip
    trace = Trace(
        {
            "crossing": pa.table({"time_ms": [0, 0], **stock}),
            "sign": pa.table({"time_ms": [0, 7_200_000], "crossing": [0, 1]}),
        }
    )
    looks = {"post": Look("sign", "Signs", "표지판", (1, 2, 3), "sign")}
    found = tracks.signs(trace, 3_600.0, looks)
    assert found["state"].tolist() == ["post"]
    assert (found["x"].iloc[0], found["y"].iloc[0]) == (10.0, 16.0)
    later = tracks.signs(trace, 10_000.0, looks)
    assert (later["x"].iloc[1], later["y"].iloc[1]) == pytest.approx((53.0, 60.0))
    assert len(tracks.signs(trace, 0.0)) == len(tracks.signs(Trace({}), 0.0, looks)) == 0
