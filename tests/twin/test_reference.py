"""The kernel does what the naive reference does, bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from shapely import box

from gis.newtown import newtown
from tests.twin.naive.city import City, Happened
from tests.twin.worlds import grid, land, lots
from twin.luck import Luck
from twin.sim import Sim, Span, When
from twin.trace import Trace
from twin.world.behaviour import Behaviour
from twin.world.columns import EVENTS, Kind
from twin.world.day import Others, build
from twin.world.ground import Ground, ground
from twin.world.parking import Parking
from twin.world.rows import Rows
from twin.world.streets.columns import Ways

CARS, PLACES, SIZE = 400, 12, 7
RARE = {
    "move", "arrive", "squeeze", "encounter", "cross", "walk", "travel", "call", "board", "alight",
    "ride", "unserved", "ask", "access", "asked", "granted", "picked_up", "set_down", "lost",
    "hailed", "stop", "drive", "alarm", "lit", "brake", "conflict", "roll", "rolled",
}  # fmt: skip
"""Events that a day of these worlds need not hold: motion, people without a car, fleets, signs,
machines."""

ALONE = When(warm_up=0)
WITH_OTHERS = (When(), When(hours=48.0), When(start_h=10.25, hours=3.5), When(start_h=1.5, hours=6))


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
    days = pd.concat([trips(luck, day) for day in range(-1, 3)])
    days = days.sort_values("car", kind="stable", ignore_index=True)
    where = land(network, everything, places, homes=homes, gates=gates, apart_m=40.0)
    return replace(where, base={("weekday", False): three_sets(where)}), days


def three_sets(where: Ground) -> Ways:
    """Return base routes of two periods: one set until 10:00, then two.

    Of three goals in a row 80 % of the drivers to the first take the second set, 40 % of those to
    the next, and nobody to the last.
    """
    net, ways, goals = where.turning, where.ways("weekday"), len(where.goals)
    longer = net.cost * (1.0 + np.arange(len(net.cost)) % 5)
    other = net.towards(where.goals, costs=longer)
    return ways._replace(
        next_slot=np.concatenate([ways.next_slot, ways.next_slot, other.next_slot[None]]),
        first_slot=np.concatenate([ways.first_slot, ways.first_slot, other.first_slot[None]]),
        period=(np.arange(48) >= 20).astype(np.int8),
        set_first=np.array([0, 1, 3], np.int32),
        upto=np.array([np.ones(goals), 0.2 + 0.4 * (np.arange(goals) % 3), np.ones(goals)]),
        wait_ms=np.tile((7_000 * (np.arange(len(ways.onward)) % 4)).astype(np.int32), (2, 1)),
        pass_ms=np.zeros((2, len(net.cost)), np.int32),
        gap=np.zeros(2),
    )


def trips(luck: Luck, day: int) -> pd.DataFrame:
    """Return up to four trips a car, to places and outside, in a few busy hours of a day."""
    car = np.repeat(np.arange(CARS), 4)
    order = np.tile(np.arange(4), CARS)

    def draw(purpose: str) -> NDArray[Any]:
        return np.asarray(luck.of(purpose).uniform(car, day=day + 1, trip=order))

    goal = np.where(draw("out") < 0.25, -1, (draw("goal") * PLACES).astype(int))
    table = pd.DataFrame(
        {
            "car": car,
            "order": order,
            "depart_s": 3_600 * (24 * day + 6 + 2.5 * order + 2 * draw("hour")),
            "destination": goal,
            "gate": np.where(draw("gate") < 0.5, 0, SIZE * SIZE - 1),
            "purpose": 0,
        }
    )
    return table[draw("made") < 0.85].reset_index(drop=True)


def lived(
    sim: Sim,
    parking: Parking,
    trips: pd.DataFrame,
    *,
    watched: bool = False,
    others: Others | None = None,
) -> Happened:
    """Return the rows of the reference on the same ground, parking and trips."""
    span = sim.span
    world = build(sim.ground, parking, trips, sim.luck("day"), span.epoch_ms, others)
    world.links.watched[:] = watched
    homes = sim.ground.people.cars["home"].tolist()
    city = City(world, span.begin_ms)
    city.live(span.end_ms, homes)
    happened = city.happened()
    found: Happened = {"park": standing(happened, span)} if sim.when.warm_up else {}
    shown: dict[str, Callable[[int], int]] = {
        "trip": numbered(world.trips.depart_ms.tolist(), span).__getitem__,
        "leg": numbered(world.walking.legs.depart_ms.tolist(), span).__getitem__,
        "start_ms": lambda time: time - span.epoch_ms,
    }
    for event, columns in EVENTS.values():
        for time, *row in happened.get(event, []):
            if time > span.start_ms or not sim.when.warm_up:
                named = zip(columns, row, strict=True)
                values = (shown.get(name, int)(value) for name, value in named)
                found.setdefault(event, []).append((time - span.epoch_ms, *values))
    return found


def standing(happened: Happened, span: Span) -> list[tuple[int, ...]]:
    """Return a row for each car that stands somewhere at the start, as if it parked just then."""
    went = [(t, 0, car, -1) for t, car, *_ in happened["leave"]]
    came = [(t, 1, car, lot) for t, car, lot, *_ in happened["park"]]
    last = {car: lot for t, _, car, lot in sorted(went + came) if t <= span.start_ms}
    at = span.start_ms - span.epoch_ms
    return [(at, car, lot, -1, 0, 0, 0) for car, lot in sorted(last.items()) if lot >= 0]


def numbered(due: list[int], span: Span) -> dict[int, int]:
    """Return the number of each trip in the trace: those before the start, then day by day."""
    day = [max(-1, (t - span.start_ms - 1) // 86_400_000) for t in due]
    order = sorted((day[trip], trip) for trip, t in enumerate(due) if t <= span.end_ms)
    return {trip: number for number, (_, trip) in enumerate(order)} | {-1: -1}


def rows(trace: Trace) -> Happened:
    """Return the events of a trace in the reference's form."""
    return {
        name: list(trace.frame(name).itertuples(index=False, name=None))
        for name, _ in EVENTS.values()
        if len(trace[name]) and name != "call"
    }


@cache
def pair(seed: int, name: str, when: When = ALONE) -> tuple[Happened, Happened]:
    """Return what happened in a made-up town by the kernel and by the reference."""
    where, journeys = made_up(seed)
    behaviour = BEHAVIOURS[name]
    lives_ms = when.span.begin_ms - when.span.epoch_ms
    journeys = journeys[journeys["depart_s"] * 1_000 >= lives_ms].reset_index(drop=True)
    sim = Sim(where, replace(when, replication=seed), behaviour=behaviour)
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
    "slow on foot": Behaviour(walk_m_per_h=2_500, walk_weight=3.0, scale_krw=100),
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


@pytest.mark.parametrize("when", WITH_OTHERS, ids=lambda when: f"{when.start_h} + {when.hours} h")
@pytest.mark.parametrize("name", ["as it comes", "no tickets, no looks"])
def test_a_crowded_town_lives_the_same_days_after_a_warm_up(name: str, when: When) -> None:
    kernel, naive = pair(1, name, when)
    assert len(kernel["park"]) > CARS / 4
    assert kernel == naive


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
    town = replace(ground(newtown(residents=2_000)), layout=None)
    sim = Sim(town, When())
    kernel = rows(sim.run())
    assert kernel == lived(sim, Parking(town, Behaviour()), sim.trips())


def test_watched_links_show_the_same_motion() -> None:
    where, journeys = made_up(3)
    sim = Sim(where, When())
    naive = lived(sim, sim.part(Parking), journeys, watched=True)
    watching = Sim(where, When())
    watching.watch(box(-1, -1, SIZE * 100, SIZE * 100))
    kernel = rows(watching.run(trips=journeys))
    assert len(kernel["move"]) > 1_000
    assert kernel == naive
