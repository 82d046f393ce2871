"""Painted bays: as many as asked for, in the area, on streets that are wide enough."""

from __future__ import annotations

import numpy as np
import pytest

from gis.oldtown import QUARTER, oldtown
from scenarios.painted_bays import PaintedBays
from twin.area import resolve
from twin.sim import Sim
from twin.world.columns import Kind
from twin.world.ground import Ground, ground
from twin.world.parking import Parking


@pytest.fixture(scope="module")
def here() -> Ground:
    return ground(oldtown(residents=500))


def painted(here: Ground, **settings: float) -> Parking:
    sim = Sim(here)
    try:
        PaintedBays(area=resolve(QUARTER, here.city), **settings).install(sim)  # type: ignore[arg-type]
        return sim.part(Parking)
    finally:
        sim.close()


@pytest.mark.parametrize("bays", [1, 70, 281])
def test_so_many_bays_are_kept_for_residents(here: Ground, bays: int) -> None:
    before = here.lots["capacity"][here.lots["kind"] == Kind.RESIDENT_PRIORITY].sum()
    parking = painted(here, bays=bays)
    after = parking.lots["capacity"][parking.kind(Kind.RESIDENT_PRIORITY)].sum()
    assert after - before == bays


def test_kerbs_are_taken_from_where_cars_stand_illegally_in_the_area(here: Ground) -> None:
    parking = painted(here, bays=50)
    changed = np.flatnonzero(parking.lots["kind"] != here.lots["kind"])
    assert len(changed)
    assert set(here.lots["kind"][changed]) == {Kind.KERB_ILLEGAL}
    assert parking.inside(resolve(QUARTER, here.city).polygon)[changed].all()
    assert (parking.lots["capacity"][changed] <= here.lots["capacity"][changed]).all()


def test_narrow_streets_get_none(here: Ground) -> None:
    parking = painted(here, bays=5_000, clear_m=8.0)
    changed = np.flatnonzero(parking.lots["kind"] != here.lots["kind"])
    assert len(changed)
    assert (here.lots["width_m"][changed] >= 8.0).all()


def test_kerbs_are_reserved_before_the_run(here: Ground) -> None:
    sim = Sim(here)
    try:
        sim.run()
        with pytest.raises(RuntimeError, match="kerbs can be reserved before the run starts"):
            sim.part(Parking).reserve(np.array([0]), np.array([1]))
    finally:
        sim.close()
