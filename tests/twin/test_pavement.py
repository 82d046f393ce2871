"""Machines on footways: against the naive city, the laws, and what they meet and wait for."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from gis.newtown import newtown
from tests.twin.told import Sending, Told, naively, same
from twin.luck import Luck
from twin.sim import Process, Sim, When
from twin.trace import Trace
from twin.world.columns import AT
from twin.world.ground import Ground, ground
from twin.world.walking.pavement import MOST_ARCS, Pavement, Walked

MORNING = When(everybody=True, warm_up=0, hours=6.0)
ROUNDS, MPS = 6, 1.6


@cache
def town() -> Ground:
    return ground(newtown(residents=2_000), queues=True)


def errands(sim: Sim, machines: int, give_way_s: float = 2.0) -> list[Walked]:
    """Send machines from door to door, and return what they walked."""
    pavement, walked = sim.part(Pavement), []
    doors = np.flatnonzero([pavement.reaches(i, i) for i in range(len(sim.ground.place_x))])
    luck = Luck(0, "errands")

    def life(number: int) -> Process:
        yield sim.wait(5_400 + 60 * number)
        for errand in range(ROUNDS):
            goal = doors[int(luck.uniform(number, trip=errand) * len(doors))]
            walked.append((yield pavement.go(number, int(goal))))
            yield sim.wait(60)

    for number in range(machines):
        pavement.add(int(doors[number]), mps=MPS, give_way_s=give_way_s)
        sim.start(life(number), key=(20, number))
    return walked


def lived(machines: int, *, sent: bool = True) -> Trace:
    sim = Sim(town(), MORNING)
    if sent:
        errands(sim, machines)
    else:
        for _ in range(machines):
            sim.part(Pavement).add(0, mps=MPS)
    return sim.run()


def test_machines_are_the_naive_ones() -> None:
    sim = Told(town(), MORNING)
    pavement = sim.parts[Pavement] = Sending(town(), sim)
    pavement.sent = []
    walked = errands(sim, 20)
    sim.run()
    city = naively(sim, sent=pavement.sent)
    same(sim.told, city.told)
    codes = [row[1] for row in city.told]
    assert codes.count(AT.ROLLED) == len(walked) == 20 * ROUNDS
    assert sum(way.met for way in walked) > 10
    assert sum(way.blocked_s for way in walked) > 10
    assert sum(way.wait_s > 0 for way in walked) > 20


def test_machines_that_stand_still_change_nothing() -> None:
    assert lived(5, sent=False) == lived(0)


def test_what_happens_to_machines_is_kept_apart_from_what_happens_to_residents() -> None:
    trace, residents = lived(20), len(town().people.residents)
    for name in ("encounter", "cross", "conflict"):
        assert (trace.column(name, "person") < residents).all()
    assert trace.column("machine_cross", "machine").max() < 20
    assert len(trace["machine_cross"]) > 50
    over = trace.frame("crossed")["walkers"].sum()
    assert over == lived(0).frame("crossed")["walkers"].sum(), "machines are not counted as walkers"


def test_a_way_takes_its_metres_over_the_speed_and_the_waits() -> None:
    sim = Sim(town(), MORNING)
    walked = errands(sim, 10)
    sim.run()
    for way in walked:
        moves_s = way.metres / MPS
        assert way.seconds == pytest.approx(moves_s + way.wait_s + way.blocked_s, abs=0.1)


def bad(send: Any) -> None:
    sim = Sim(town(), MORNING)
    pavement = sim.part(Pavement)
    pavement.add(0, mps=MPS)

    def life() -> Process:
        yield send(pavement, town().walks)

    sim.start(life(), key=(20, 0))
    sim.run()


def test_bad_ways_are_answered() -> None:
    with pytest.raises(ValueError, match="footway 0 of a way must leave node"):
        bad(lambda pavement, walks: pavement.along(0, elsewhere(walks)))
    with pytest.raises(ValueError, match=f"a way may have {MOST_ARCS} footways"):
        bad(lambda pavement, walks: pavement.along(0, to_and_fro(walks, MOST_ARCS + 2)))


def elsewhere(walks: Any) -> Any:
    node = walks.spots.node[0]
    return np.flatnonzero(walks.network.tails != node)[:1]


def to_and_fro(walks: Any, times: int) -> Any:
    arc = int(np.flatnonzero(walks.network.tails == walks.spots.node[0])[0])
    half = len(walks.ways) // 2
    return np.resize([arc, (arc + half) % (2 * half)], times)


def test_machines_want_everybody_about() -> None:
    sim = Sim(town(), When(warm_up=0, hours=1.0))
    sim.part(Pavement).add(0, mps=MPS)
    with pytest.raises(ValueError, match="a run with everybody in it"):
        sim.run()
    early = Sim(town(), MORNING).part(Pavement)
    number = early.add(0, mps=MPS)
    with pytest.raises(RuntimeError, match="once the run has begun"):
        early.go(number, 0)
