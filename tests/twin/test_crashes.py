"""A crash takes a lane of its link for a while: whoever comes by waits, nobody else does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import twin.world.incidents
from gis.newtown import newtown
from scenarios.shared_parking import SharedParking
from twin.area import resolve
from twin.crashes import Clearance, take_lanes
from twin.experiment.simulate import live
from twin.sim import Sim, When
from twin.trace import Trace
from twin.world.ground import Ground, ground
from twin.world.incidents import INCIDENT_KINDS, Incidents

MORNING = When(start_h=7, hours=2, warm_up=0)
MS_PER_H = 3_600_000
HOURS_OF_ONE = Clearance(injury_min=90, cv=0)


@pytest.fixture(scope="module")
def town() -> Ground:
    return ground(newtown(residents=2_000), queues=True)


def lived(town: Ground, street: int | None = None) -> Trace:
    """Live the morning, with a crash on a street at 07:00 that lasts an hour and a half."""
    sim = Sim(town, MORNING)
    row = {
        "time_ms": 7 * MS_PER_H, "kind": INCIDENT_KINDS.index("crash"), "x": 0.0, "y": 0.0,
        "place": -1, "street": street, "park": -1, "severity": 0, "cell": 1, "hour": 7, "nth": 0,
    }  # fmt: skip
    rows = pa.Table.from_pylist([row]) if street is not None else None
    incidents = sim.part(Incidents)
    incidents._table = rows if rows is not None else incidents.table().slice(0, 0)
    take_lanes(sim, HOURS_OF_ONE)
    trace = sim.run()
    sim.close()
    assert sim.world is not None
    assert not sim.world.links.lost.any()  # all lanes are given back
    return trace


def spent_s(trace: Trace, street: int | None = None) -> float:
    flow = trace.frame("flow")
    return float(flow.loc[True if street is None else flow["link"] == street, "spent_s"].sum())


def test_a_crash_where_cars_come_by_delays_them_and_elsewhere_nobody(town: Ground) -> None:
    usual = lived(town)
    flow = usual.frame("flow").groupby("link")["cars"].sum()
    lanes = town.layout.links["lanes"].to_numpy() if town.layout is not None else np.zeros(0)
    busy = int(flow.idxmax())
    empty = int(np.setdiff1d(np.flatnonzero(lanes > 0), flow.index)[0])
    struck, spared = lived(town, busy), lived(town, empty)
    assert spent_s(struck, busy) > spent_s(usual, busy) + 10
    told = struck.frame("lane_lost")
    assert told["street"].tolist() == [busy]
    assert told["lasts_s"].tolist() == [5_400.0]
    assert told["lost"][0] == pytest.approx({1: 0.5, 2: 0.65, 3: 0.51, 4: 0.42}[lanes[busy]])
    assert Trace({name: table for name, table in spared.items() if name != "lane_lost"}) == Trace(
        {**usual, "incident": spared["incident"], "case": spared["case"]}
    )


def test_crashes_are_the_same_luck_in_every_scenario(
    town: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = twin.world.incidents._hourly

    def often(kind: str, cells: Any) -> Any:
        return (2_000 if kind == "crash" else 1) * usual(kind, cells)

    monkeypatch.setattr(twin.world.incidents, "_hourly", often)
    area = resolve("city", town.city)
    shared = SharedParking(area=area)
    base, other = (live(town, solutions, MORNING, area=area).trace for solutions in ((), (shared,)))
    assert len(base["lane_lost"]) > 5
    assert base["lane_lost"].equals(other["lane_lost"])
    assert base["park"] != other["park"]
    minutes = base.column("lane_lost", "lasts_s") / 60
    assert 10 < minutes.mean() < 90
    assert len(set(minutes.tolist())) == len(minutes)


def test_at_free_flow_no_lane_is_taken() -> None:
    where = ground(newtown(residents=2_000))
    sim = Sim(where, MORNING)
    take_lanes(sim)
    assert not sim._waiting
    sim.close()
