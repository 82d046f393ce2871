"""The run: SimPy over the calendar, the order of agents, luck, records, memory."""

from __future__ import annotations

import gc
import weakref

import mesa
import numpy as np
import pandas as pd
import pytest
from shapely import box

from tests.twin.worlds import grid, land, lots, there_and_back
from twin.sim import Process, Sim, When
from twin.world.columns import Kind
from twin.world.ground import Ground
from twin.world.parking import Parking


@pytest.fixture
def little() -> tuple[Ground, pd.DataFrame]:
    network = grid(3)
    parks = lots(network, Kind.PUBLIC, [4], 5)
    where = land(network, parks, [4], homes=np.full(3, -1), gates=[0])
    arrive = np.array([5.0, 6.0, 7.0]) * 3_600
    return where, there_and_back(arrive, np.full(3, 7_200.0), 0, 0)


def test_now_is_in_seconds_since_midnight_of_the_first_day_lived(
    little: tuple[Ground, pd.DataFrame],
) -> None:
    assert Sim(little[0], When(start_h=4.5, warm_up=0)).now == 4.5 * 3_600
    assert Sim(little[0], When(start_h=4.5)).now == 4 * 3_600


def test_agents_of_one_instant_act_in_the_order_of_their_keys(
    little: tuple[Ground, pd.DataFrame],
) -> None:
    sim, said = Sim(little[0], When()), []

    def speak(name: str) -> Process:
        yield sim.wait(60)
        said.append(name)
        yield sim.wait(60)
        said.append(name)

    for name, key in {"c": (1, 1), "b": (0, 9), "a": (0, 2), "d": (1, 2)}.items():
        sim.start(speak(name), key=key)
    sim.run(trips=little[1])
    assert said == [*"abcd", *"abcd"]


def test_control_sees_the_columns_of_its_moment(little: tuple[Ground, pd.DataFrame]) -> None:
    sim, seen = Sim(little[0], When(warm_up=0)), []
    sim.every(3_600, lambda: seen.append(int(sim.part(Parking).rows.taken[0])), key=(0, 0))
    sim.run(trips=little[1])
    assert seen[:8] == [0, 0, 1, 1, 1, 0, 0, 0]


def test_a_record_becomes_a_table_with_its_time(little: tuple[Ground, pd.DataFrame]) -> None:
    sim = Sim(little[0], When())
    sim.every(3_600, lambda: sim.record("tick", value=3.0), key=(0, 0))
    trace = sim.run(trips=little[1])
    assert list(trace.frame("tick").columns) == ["time_ms", "value"]
    assert trace.column("tick", "time_ms")[0] == 5 * 3_600_000, "the warm-up is dropped"
    with pytest.raises(ValueError, match="event 'tick' has the columns value, got other"):
        sim.record("tick", other=1.0)


def test_a_wait_is_checked(little: tuple[Ground, pd.DataFrame]) -> None:
    sim = Sim(little[0], When())
    with pytest.raises(ValueError, match="a process can wait for 0 s or more, got -1"):
        sim.wait(-1)
    with pytest.raises(RuntimeError, match=r"only processes begun with Sim.start\(\) can wait"):
        sim.wait(1)


def test_an_unknown_part_lists_the_parts_there_are(little: tuple[Ground, pd.DataFrame]) -> None:
    parts = "Buses, Crews, Crossings, Fleet, Gait, Incidents, Parking, Pavement, Weather"
    told = f"a run has no part int; its parts are: {parts}"
    with pytest.raises(KeyError, match=told):
        Sim(little[0], When()).part(int)


def test_luck_belongs_to_the_replication_unless_it_lasts(
    little: tuple[Ground, pd.DataFrame],
) -> None:
    first, second = (Sim(little[0], When(replication=r)) for r in (0, 1))
    assert first.luck("x").uniform(1) != second.luck("x").uniform(1)
    assert first.luck("x", lasting=True).uniform(1) == second.luck("x", lasting=True).uniform(1)


def test_a_closed_run_is_forgotten(little: tuple[Ground, pd.DataFrame]) -> None:
    sim = Sim(little[0], When())
    mesa.Agent(sim)
    forgotten = weakref.ref(sim)
    sim.close()
    del sim
    gc.collect()
    assert forgotten() is None


def test_to_watch_changes_nothing_else(little: tuple[Ground, pd.DataFrame]) -> None:
    where, trips = little
    plain = Sim(where, When()).run(trips=trips)
    sim = Sim(where, When())
    sim.watch(box(-1, -1, 150, 150))
    watched = sim.run(trips=trips)
    assert len(watched["move"])
    assert watched.without("move") == plain.without("move")


def test_a_day_is_as_long_as_it_is_asked_to_be(little: tuple[Ground, pd.DataFrame]) -> None:
    trace = Sim(little[0], When(hours=2.5)).run(trips=little[1])
    assert len(trace["park"]) == 2
    assert len(trace["leave"]) == 0


def test_every_car_is_somewhere_at_the_end(little: tuple[Ground, pd.DataFrame]) -> None:
    trace = Sim(little[0], When()).run(trips=little[1])
    assert len(trace["depart"]) == 6
    assert len(trace["park"]) == len(trace["leave"]) == len(trace["exit"]) == 3
