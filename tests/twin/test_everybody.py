"""A whole day of a new town in which everybody is about: by car, on foot, by bus, otherwise."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from gis.derive.conflicts import yields
from gis.newtown import newtown
from gis.population import MODES, Mode
from twin.area import resolve
from twin.experiment.simulate import Study
from twin.sim import Sim, When
from twin.solution import Solution
from twin.trace import Trace
from twin.world.crossings.crossings import Crossings
from twin.world.ground import Ground, ground
from twin.world.streets.city import city_layout
from twin.world.transit.buses import Buses
from twin.world.transit.columns import Riding, Unserved
from twin.world.walking.columns import Pace

DAY = When(everybody=True)
PEOPLE = ("walk", "ride", "travel", "unserved")
"""The events by which a leg ends."""


@cache
def town() -> Ground:
    return ground(newtown(residents=5_000))


@cache
def lived() -> tuple[Trace, pd.DataFrame]:
    """Return the trace of a day, and leg, beyond and pace of each person at its end."""
    sim = Sim(town(), DAY)
    trace = sim.run()
    assert sim.world is not None
    persons = sim.world.walking.persons
    end = pd.DataFrame({name: persons[name].copy() for name in ("leg", "beyond", "pace")})
    sim.close()
    return trace, end


def due_legs(trace: Trace) -> pd.DataFrame:
    """Return the legs that were due from the start of the day on."""
    legs = trace.frame("leg").set_index("leg")
    return legs[legs["depart_s"] > 4 * 3_600]


def test_whoever_set_out_arrived_is_on_the_way_or_was_unserved() -> None:
    trace, end = lived()
    done = np.concatenate([trace.column(name, "leg") for name in PEOPLE])
    assert len(np.unique(done)) == len(done), "a leg ends once"
    due = due_legs(trace)
    on_the_way = int((end["pace"] != Pace.RESTING).sum())
    open_legs = set(due.index) - set(done.tolist())
    assert len(open_legs) <= on_the_way, "but for who is on the way all that was due is over"
    assert on_the_way < 0.01 * len(due)
    assert len(due) > 5_000


def test_each_mode_ends_by_its_own_event() -> None:
    trace, _ = lived()
    legs = trace.frame("leg").set_index("leg")
    inside = (legs[["origin", "destination"]] >= 0).all(axis=1)
    mode = {name: legs["mode"].loc[trace.column(name, "leg")] for name in PEOPLE}
    assert {Mode.WALK} <= set(mode["walk"]) <= {Mode.WALK, Mode.BUS}, "instead of a bus, too"
    assert set(mode["ride"]) == {Mode.BUS}
    others = {Mode.PASSENGER, Mode.TAXI, Mode.BICYCLE}
    assert others <= set(mode["travel"]) <= {*others, Mode.BUS}
    assert (trace.column("travel", "mode") == mode["travel"].to_numpy()).all()
    carried = trace.column("travel", "leg")[mode["travel"] == Mode.BUS]
    assert not inside.loc[carried].any(), "a bus that is not of the town runs as planned"
    rode = inside.loc[trace.column("ride", "leg")]
    assert rode.any()
    assert (~rode).sum() > 20, "to and from the edge by lines of the town"
    assert set(trace.column("unserved", "reason")) <= {Unserved.GAVE_UP, Unserved.NO_BUS}
    drawn = due_legs(trace)["mode"].value_counts()
    for code in range(1, len(MODES)):
        done = sum((kind == code).sum() for kind in mode.values())
        assert done == pytest.approx(drawn[code], rel=0.02), MODES[code]


def walked_instead(trace: Trace) -> int:
    """Return how many wanted a bus and walked, as no ride saves steps."""
    mode = trace.frame("leg").set_index("leg")["mode"].loc[trace.column("walk", "leg")]
    return int((mode == Mode.BUS).sum())


def test_walkers_and_cars_meet() -> None:
    trace, _ = lived()
    assert len(trace["encounter"]) > 100
    assert trace.column("crossed", "walkers").sum() > 1_000
    assert (trace.column("walk", "straight") == 0).mean() > 0.95


def test_buses_run_and_people_ride_them() -> None:
    trace, _ = lived()
    board = trace.frame("board")
    assert (trace.column("ride", "boardings") > 0).all(), "who boards nothing is no rider"
    assert len(board) >= trace.column("ride", "boardings").sum() > 0
    assert len(trace["call"]) > 1_000
    assert (board["wait_ms"] >= 0).all()
    assert trace.column("bus", "depart_ms").max() <= 28 * 3_600_000


def test_riders_walk_on_footways_and_wait_at_crossings_as_others_do() -> None:
    """A walk to or from a stop takes the wait at each crossing on it, those with signals too."""
    trace, _ = lived()
    access, cross = trace.frame("access"), trace.frame("cross")
    assert (access["straight"] == 0).mean() > 0.95
    rode = trace.frame("leg").set_index("leg").loc[trace.column("ride", "leg")]
    walks = access.groupby("leg").size().reindex(rode.index, fill_value=0)
    ends = (rode[["origin", "destination"]] >= 0).sum(axis=1)
    assert (walks >= ends).all(), "to a stop and from one, none at the edge"
    assert len(walks) > 5
    met = access.reset_index().merge(cross, on="person", suffixes=("", "_cross"))
    met = met[met["time_ms_cross"].between(met["start_ms"], met["time_ms"])]
    waited = met.groupby("index")["wait_ms_cross"].sum().reindex(access.index, fill_value=0)
    assert (waited == access["wait_ms"]).all()
    signal = Crossings(town()).places["signal"].to_numpy(bool)
    assert (met["wait_ms_cross"][signal[met["crossing"]]] > 0).sum() > 5


def test_without_a_bus_nobody_rides_and_whoever_wants_one_is_lost() -> None:
    sim = Sim(town(), DAY)
    buses = sim.part(Buses)
    buses.departures = buses.departures[:0]
    trace = sim.run()
    sim.close()
    asked = len(trace["ask"])
    assert asked > 20
    assert len(trace["ride"]) == len(trace["board"]) == walked_instead(trace) == 0
    assert (trace.column("unserved", "reason") == Unserved.NO_BUS).sum() == asked


def test_the_trips_are_those_of_a_day_without_people() -> None:
    alone = Sim(town(), When())
    assert alone.legs() is None
    trips = alone.trips()
    both = Sim(town(), DAY)
    pd.testing.assert_frame_equal(both.trips(), trips)
    legs = both.legs()
    assert legs is not None
    assert (np.diff(legs["person"]) >= 0).all()


def test_any_stop_of_the_clock_changes_nothing() -> None:
    trace, _ = lived()
    sim = Sim(town(), DAY)
    assert sim.run(stops=np.arange(-70_000, 100_000, 4_321.7)) == trace
    sim.close()


def test_two_runs_of_one_day_are_one() -> None:
    sim = Sim(town(), DAY)
    assert sim.run() == lived()[0]
    sim.close()


def test_the_first_of_two_days_is_the_day_alone() -> None:
    one, _ = lived()
    sim = Sim(town(), When(everybody=True, hours=48.0))
    two = sim.run()
    sim.close()
    for event in (*PEOPLE, "board", "encounter", "park"):
        rows = two.frame(event)
        rows = rows[rows["time_ms"] <= 28 * 3_600_000].reset_index(drop=True)
        assert len(rows) == len(one[event])
        if len(rows):
            pd.testing.assert_frame_equal(rows, one.frame(event))


def test_whoever_needs_walkers_or_buses_gets_them_in_every_run() -> None:
    @dataclass(frozen=True)
    class Sign(Solution):
        needs: ClassVar[tuple[type, ...]] = (Crossings,)

    everywhere = resolve("city", town().city)
    for found, everybody in (((), False), ((Sign(),), True)):
        study = Study(town().city, {"base": (), "signs": found}, everywhere)
        assert study.everybody == everybody


def test_with_queues_on_the_streets_all_legs_end_too() -> None:
    city = town().city
    turns = city.tables["turns"]
    found = yields(turns, city["streets"])
    conflicts = pd.DataFrame(
        {
            "turn": np.arange(len(turns)).repeat(found.beyond - found.first),
            "foe": found.other,
            "by_light": found.by_light,
        }
    )
    layout = city_layout(city, town().network.cost, conflicts)
    sim = Sim(replace(town(), layout=layout), DAY)
    trace = sim.run()
    world = sim.world
    sim.close()
    assert world is not None
    riding = int((world.transit.riders.riding != Riding.RESTING).sum())
    over = {leg for name in PEOPLE for leg in trace.column(name, "leg").tolist()}
    assert len(set(trace.column("ask", "leg").tolist()) - over) == riding
    assert (world.cars.on[len(town().people.cars) :] == 1).sum() < 30, "few buses run at night"
    calls = trace.frame("call").merge(trace.frame("bus"), on="bus")
    free = lived()[0].frame("call").merge(lived()[0].frame("bus"), on="bus")
    late_s = [(run["time_ms"] - run["depart_ms"]).mean() / 1_000 for run in (calls, free)]
    assert late_s[0] > 1.1 * late_s[1], "signals and queues hold buses up"
    assert len(trace["encounter"]) > 100
    ends = [len(trace[name]) for name in PEOPLE]
    assert sum(ends) == pytest.approx(sum(len(lived()[0][name]) for name in PEOPLE), rel=0.01)
