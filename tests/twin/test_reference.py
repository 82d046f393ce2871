"""The kernel does what the naive reference does, bit for bit."""

from __future__ import annotations

import pandas as pd
import pytest

from gis.newtown import newtown
from tests.twin import reference
from twin.sim import Sim, When
from twin.trace import Trace
from twin.world.columns import EVENTS
from twin.world.day import build
from twin.world.ground import Ground, ground
from twin.world.parking import Parking


def lived(sim: Sim, trips: pd.DataFrame) -> dict[str, list[tuple[int, ...]]]:
    """Return the rows of the reference on the same ground, parking and trips."""
    parking = Parking(sim.ground, sim.part(Parking).behaviour)
    world = build(sim.ground, parking, trips, sim.luck("day"), sim.span)
    homes = sim.ground.people.cars["home"].tolist()
    return reference.live(world, homes, sim.span.start_ms, sim.span.end_ms)


def rows(trace: Trace) -> dict[str, list[tuple[int, ...]]]:
    """Return the events of a trace in the reference's form."""
    return {
        name: list(trace.frame(name).itertuples(index=False, name=None))
        for name, _ in EVENTS.values()
        if len(trace[name])
    }


@pytest.fixture(scope="module")
def town() -> Ground:
    return ground(newtown(residents=2_000))


def test_a_town_lives_the_same_day(town: Ground) -> None:
    sim = Sim(town, When())
    trips = sim.trips()
    assert rows(sim.run(trips=trips)) == lived(sim, trips)
