"""Views of cars and persons: made when asked for, live, and without any effect on the run."""

from __future__ import annotations

import gc
import weakref
from functools import cache

import numpy as np
import pandas as pd
import pytest

from gis.newtown import newtown
from tests.twin.worlds import grid, land, lots, there_and_back
from twin.sim import Process, Sim, When
from twin.trace import Trace
from twin.world.columns import Kind
from twin.world.ground import Ground, ground

HOUR = 3_600.0
EVERYBODY = When(everybody=True, warm_up=0)


@cache
def town() -> Ground:
    return ground(newtown(residents=5_000))


@cache
def unseen() -> Trace:
    return Sim(town(), EVERYBODY).run()


def somebody(event: str) -> tuple[int, pd.Series]:
    """Return a person of whom the unseen day tells, and their first such event."""
    told = unseen().frame(event)
    row = told.iloc[len(told) // 2]
    person = int(row["person"])
    return person, told[told["person"] == person].iloc[0]


def two_cars() -> tuple[Ground, pd.DataFrame]:
    network = grid(3)
    where = land(network, lots(network, Kind.PUBLIC, [4], 5), [4], homes=[-1, -1], gates=[0])
    return where, there_and_back(np.array([6.0, 9.0]) * HOUR, np.full(2, 2 * HOUR), 0, 0)


def test_a_car_is_shown_as_its_columns_change() -> None:
    where, trips = two_cars()
    sim, seen = Sim(where, When(warm_up=0)), []

    def look() -> Process:
        car = sim.car(0)
        for _ in range(4):
            seen.append((sim.now / HOUR, car.doing, car.lot, car.where, car.trip))
            yield sim.wait(1.5 * HOUR)

    sim.start(look(), key=(0, 0))
    sim.run(trips=trips)
    assert seen == [
        (4.0, "away", None, None, None),
        (5.5, "away", None, None, None),
        (7.0, "parked", 0, (100.0, 100.0), 0),
        (8.5, "away", None, None, 1),
    ]
    shown = sim.car(0).trips
    assert shown["depart_s"].tolist() == [6 * HOUR, 8 * HOUR]
    assert shown["place"].tolist() == [0, -1]
    assert sim.car(0).street is None


def test_a_car_on_the_way_is_on_a_street() -> None:
    where, trips = two_cars()
    sim, seen = Sim(where, When(warm_up=0)), []

    def look() -> Process:
        yield sim.wait(2 * HOUR + 5)
        car = sim.car(0)
        seen.extend([car.doing, car.street, car.where])

    sim.start(look(), key=(0, 0))
    sim.run(trips=trips)
    doing, street, place = seen
    ends = [where.network.tails[street], where.network.heads[street]]
    assert doing == "to lot"
    assert ends[0] == 0
    assert place == (where.network.x[ends].mean(), where.network.y[ends].mean())


def test_a_walker_is_shown_on_the_way() -> None:
    person, walk = somebody("walk")
    sim, seen = Sim(town(), EVERYBODY), []

    def look() -> Process:
        view = sim.person(person)
        seen.append((view.doing, view.mode, view.trip))
        yield sim.wait((walk["start_ms"] + walk["time_ms"]) / 2_000 - sim.now)
        seen.append((view.doing in {"starting", "walking", "arriving"}, view.mode, view.where))
        yield sim.wait(walk["time_ms"] / 1_000 + 1 - sim.now)
        seen.append((view.doing, view.mode, view.where))

    sim.start(look(), key=(0, 0))
    sim.run()
    view = sim.person(person)
    leg = unseen().frame("leg").set_index("leg").loc[walk["leg"]]
    place = int(leg["destination"])
    end = town().place_x[place], town().place_y[place]
    assert seen[0] == ("resting", None, 0)
    assert seen[1][:2] == (True, "walk")
    assert seen[1][2] is not None
    assert seen[2] == ("resting", None, end)
    assert view.trips["depart_s"].is_monotonic_increasing
    assert (view.trips["depart_s"] == leg["depart_s"]).sum() == 1
    assert view.resident["person"] == person


def test_a_rider_is_shown_aboard_their_bus() -> None:
    person, boarding = somebody("board")
    alight = unseen().frame("alight").query("person == @person").iloc[0]
    sim, seen = Sim(town(), EVERYBODY), []

    def look() -> Process:
        yield sim.wait(boarding["time_ms"] / 1_000 - 0.002 - sim.now)
        view = sim.person(person)
        seen.append((view.doing, view.mode))
        yield sim.wait((boarding["time_ms"] + alight["time_ms"]) / 2_000 - sim.now)
        seen.append((view.doing, view.mode))
        bus = int(sim.world.transit.rules.cars[0]) + int(boarding["bus"])  # type: ignore[union-attr]
        street = int(sim.world.cars.arc[bus])  # type: ignore[union-attr]
        network = town().network
        ends = [network.tails[street], network.heads[street]]
        assert view.where == (network.x[ends].mean(), network.y[ends].mean())

    sim.start(look(), key=(0, 0))
    sim.run()
    assert seen == [("waiting", "bus"), ("aboard", "bus")]


def test_who_drives_is_where_their_car_is() -> None:
    drivers = town().people.cars["driver"].to_numpy()
    parked = unseen().frame("park").query("trip >= 0")
    park = parked[drivers[parked["car"]] >= 0].iloc[0]
    number, person = int(park["car"]), int(drivers[park["car"]])
    sim, seen = Sim(town(), EVERYBODY), []

    def look() -> Process:
        yield sim.wait(park["time_ms"] / 1_000 - 0.002 - sim.now)
        view, car = sim.person(person), sim.car(number)
        assert view.car is car
        seen.append((view.mode, view.doing == car.doing, view.where == car.where))
        yield sim.wait(1)
        seen.append((view.mode, car.doing, view.where == car.where))

    sim.start(look(), key=(0, 0))
    sim.run()
    assert seen == [("car", True, True), (None, "parked", True)]


def test_nobody_is_an_agent_before_they_are_asked_for_and_asking_changes_nothing() -> None:
    sim = Sim(town(), EVERYBODY)
    counts: list[int] = []

    def look() -> Process:
        counts.append(len(sim.agents))
        for number in range(0, 500, 50):
            person, car = sim.person(number), sim.car(number)
            assert sim.person(number) is person
            _ = person.where, person.doing, person.mode, person.trips, car.where, car.trips
            yield sim.wait(1_800)
        counts.append(len(sim.agents))

    sim.start(look(), key=(0, 0))
    assert sim.run() == unseen()
    assert counts[0] == 0
    assert counts[1] >= 20


def test_a_closed_run_keeps_no_view() -> None:
    where, trips = two_cars()
    sim = Sim(where, When(warm_up=0))
    sim.run(trips=trips)
    gone = weakref.ref(sim.car(0))
    sim.close()
    gc.collect()
    assert gone() is None
    assert len(sim.agents) == 0


def test_who_is_not_there_is_said() -> None:
    where, trips = two_cars()
    sim = Sim(where, When(warm_up=0))
    with pytest.raises(RuntimeError, match="can be looked at once the run has begun"):
        sim.car(0)
    sim.run(trips=trips)
    with pytest.raises(IndexError, match=r"car must be in \[0, 1\], got 2"):
        sim.car(2)
    with pytest.raises(IndexError, match=r"this run has no person: ask for When\(everybody"):
        sim.person(0)
    assert len(sim.agents) == 0, "a view that failed is no agent"
