"""The kernel does what the naive reference does, bit for bit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from shapely import box

from gis.newtown import newtown
from tests.twin import reference
from tests.twin.reference import Day, Happened
from tests.twin.worlds import grid, land, lots
from twin.luck import Luck
from twin.sim import Sim, When
from twin.trace import Trace
from twin.world.behaviour import Behaviour
from twin.world.columns import EVENTS, Kind
from twin.world.day import build
from twin.world.ground import Ground, ground
from twin.world.parking import Parking
from twin.world.rows import Rows

CARS, PLACES, SIZE = 400, 12, 7
RARE = {"move", "call", "board", "alight", "ride", "unserved", "ask"}
"""Events that a day of these worlds need not hold: motion, and those of buses."""


@dataclass(eq=False)
class Prepared(Parking):
    """Parking with shared spaces that are open from the start until noon or for ever."""

    def open(self, parents: NDArray[np.int64]) -> None:
        shared = self.share(parents, 300.0)
        self.inform(0.6, np.flatnonzero(self.kind(Kind.PUBLIC))[::2])
        self.lots.loc[shared, "capacity"] = 2

    def start(self) -> Rows:
        rows = super().start()
        shared = np.flatnonzero(self.kind(Kind.SHARED))
        rows.closes_ms[shared[::2]] = 12 * 3_600_000
        return rows


def made_up(seed: int) -> tuple[Ground, pd.DataFrame]:
    """Return a crowded little town with every kind of lot, and the trips of its day."""
    network, luck = grid(SIZE), Luck(seed, "made up", 0)
    streets, nodes = len(network.tails), SIZE * SIZE

    def pick(purpose: str, size: int, below: int) -> NDArray[Any]:
        drawn = np.asarray(luck.of(purpose).uniform(np.arange(size)))
        return (drawn * below).astype(int)

    places = pick("place", PLACES, nodes)
    legal, illegal = np.arange(0, streets, 3), np.arange(1, streets, 2)
    heads = network.heads
    priority = pick("priority", 4, nodes)
    everything = pd.concat(
        [
            lots(network, Kind.PUBLIC, pick("public", 5, nodes), 4, price_krw_h=900.0),
            lots(network, Kind.PRIVATE, places, 5, building=np.arange(PLACES)),
            lots(network, Kind.RESIDENT_PRIORITY, priority, 6),
            lots(
                network, Kind.KERB_LEGAL, heads[legal], 1 + legal % 2, arc=legal,
                price_krw_h=600.0, open_from_h=9.0, open_to_h=18.0,
            ),
            lots(network, Kind.KERB_ILLEGAL, heads[illegal], 1, arc=illegal),
        ]
    )  # fmt: skip
    homes = np.where(np.arange(CARS) % 3 == 0, pick("home", CARS, PLACES), -1)
    gates = np.array([0, nodes - 1])
    return land(network, everything, places, homes=homes, gates=gates, apart_m=40.0), trips(luck)


def trips(luck: Luck) -> pd.DataFrame:
    """Return up to four trips a car, to places and outside, in a few busy hours."""
    car = np.repeat(np.arange(CARS), 4)
    order = np.tile(np.arange(4), CARS)

    def draw(purpose: str) -> NDArray[Any]:
        return np.asarray(luck.of(purpose).uniform(car, trip=order))

    goal = np.where(draw("out") < 0.25, -1, (draw("goal") * PLACES).astype(int))
    table = pd.DataFrame(
        {
            "car": car,
            "order": order,
            "depart_s": 3_600 * (6 + 2.5 * order + 2 * draw("hour")),
            "destination": goal,
            "gate": np.where(draw("gate") < 0.5, 0, SIZE * SIZE - 1),
            "purpose": 0,
        }
    )
    return table[draw("made") < 0.85].reset_index(drop=True)


def lived(sim: Sim, parking: Parking, trips: pd.DataFrame) -> Happened:
    """Return the rows of the reference on the same ground, parking and trips."""
    world = build(sim.ground, parking, trips, sim.luck("day"), sim.span)
    homes = sim.ground.people.cars["home"].tolist()
    return reference.live(Day(world, sim.span.start_ms), homes, sim.span.end_ms)


def rows(trace: Trace) -> Happened:
    """Return the events of a trace in the reference's form."""
    return {
        name: list(trace.frame(name).itertuples(index=False, name=None))
        for name, _ in EVENTS.values()
        if len(trace[name]) and name != "call"
    }


@cache
def pair(seed: int, name: str) -> tuple[Happened, Happened]:
    """Return what happened in a made-up town by the kernel and by the reference."""
    where, journeys = made_up(seed)
    behaviour = BEHAVIOURS[name]
    sim = Sim(where, When(replication=seed), behaviour=behaviour)
    parkings = [Prepared(where, behaviour) for _ in range(2)]
    for parking in parkings:
        parking.open(np.arange(5, 5 + PLACES))
        illegal = np.flatnonzero(parking.kind(Kind.KERB_ILLEGAL))
        parking.raise_ticket_rate(illegal, np.full(len(illegal), 0.2), 8.5, 20.0)
        parking.raise_ticket_rate(illegal[::2], np.full(len(illegal[::2]), 0.1), 22.0, 5.25)
    sim.parts[Parking] = parkings[0]
    trace = sim.run(trips=journeys)
    sim.close()
    return rows(trace), lived(sim, parkings[1], journeys)


BEHAVIOURS = {
    "as it comes": Behaviour(area_m=150.0),
    "kerbs first": Behaviour(
        area_m=250.0, belief_kerb=1.0, belief_public=0.0, scale_krw=5_000, patience_min=30
    ),
    "illegal is fine": Behaviour(aversion_krw=0, fine_krw=0, belief_illegal=1.0, area_m=100.0),
    "impatient": Behaviour(patience_min=1, patience_cv=2.0, aversion_krw=40_000),
    "far destinations": Behaviour(area_m=50.0, observe_m=400.0, radius_m=10.0, radius_growth=20.0),
    "no tickets, no looks": Behaviour(look_s=0, no_show_share=0.5, overstay_share=0.5),
}


@pytest.mark.parametrize("name", BEHAVIOURS)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_crowded_town_lives_the_same_day(seed: int, name: str) -> None:
    kernel, naive = pair(seed, name)
    assert kernel.keys() == naive.keys()
    for event in kernel:
        assert kernel[event] == naive[event], event


def test_the_crowded_towns_hold_every_event() -> None:
    seen = [pair(1, name)[0] for name in BEHAVIOURS]
    counts = {name: sum(len(day.get(name, [])) for day in seen) for name, _ in EVENTS.values()}
    assert {name for name, count in counts.items() if count < 10} == RARE
    parked = [row for day in seen for row in day["park"]]
    assert max(row[5] for row in parked) > 10, "somebody circled"
    assert any(row[3] < 0 for row in parked), "somebody stood at home when the day began"
    failed = [row for day in seen for row in day["fail"]]
    assert any(row[3] < 0 for row in failed), "and somebody found no space at home"


def test_a_town_lives_the_same_day() -> None:
    town = ground(newtown(residents=2_000))
    sim = Sim(town, When())
    journeys = sim.trips()
    kernel = rows(sim.run(trips=journeys))
    assert kernel == lived(sim, Parking(town, Behaviour()), journeys)


def test_watched_links_show_the_same_motion() -> None:
    where, journeys = made_up(3)
    sim = Sim(where, When())
    world = build(where, sim.part(Parking), journeys, sim.luck("day"), sim.span)
    world.links.watched[:] = 1
    homes = where.people.cars["home"].tolist()
    naive = reference.live(Day(world, sim.span.start_ms), homes, sim.span.end_ms)
    watching = Sim(where, When())
    watching.watch(box(-1, -1, SIZE * 100, SIZE * 100))
    kernel = rows(watching.run(trips=journeys))
    assert len(kernel["move"]) > 1_000
    assert kernel == naive
