"""The called bus, signs at crossings and shared spaces in one city: none is alone in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from gis.city import City
from gis.newtown import newtown
from gis.readers.build import read
from scenarios.ai_crosswalk import AiCrosswalk
from scenarios.drt_bus import DrtBus
from scenarios.shared_parking import SharedParking
from tests.conftest import data_file
from tests.twin.streets import jammed
from twin.area import resolve
from twin.experiment.simulate import live
from twin.sim import When
from twin.solution import Run, Solution
from twin.trace import Trace
from twin.world.ground import Ground, ground

DAY = When(everybody=True)
KINDS = (DrtBus, AiCrosswalk, SharedParking)
LIKED = {"fleet": 4, "constant": 2.0, "app_share": 1.0, "no_answer_share": 0.0}
"""A bus that many like: with few riders a day there would be little to see."""

STANDING = {"fleet": 4, "app_share": 0.0, "rebalance_min": 0.0}
BLIND = {"recall": 0.0, "night_recall": 0.0, "rain_recall": 0.0, "false_per_h": 0.0}
OF_FLEETS = ("vehicle", "berth", "job", "shift", "breakdown", "repaired", "learned", "halt")
OF_SIGNS = ("sign", "crossing")


@pytest.fixture(scope="module")
def town() -> Ground:
    return jammed(ground(newtown(residents=2_000), queues=True))


def lived(where: Ground, *solutions: Solution) -> Run:
    return live(where, solutions, DAY, area=resolve("city", where.city))


def all_of(city: City, *settings: dict[str, object]) -> tuple[Solution, ...]:
    """Return the three solutions, each with its settings."""
    area = resolve("city", city)
    return tuple(
        kind(area=area, **own)  # type: ignore[arg-type]
        for kind, own in zip(KINDS, settings, strict=True)
    )


@pytest.fixture(scope="module")
def base(town: Ground) -> Run:
    return lived(town)


@pytest.fixture(scope="module")
def bus(town: Ground) -> Run:
    return lived(town, DrtBus(area=resolve("city", town.city), **LIKED))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def package(town: Ground) -> Run:
    return lived(town, *all_of(town.city, LIKED, {}, {"spaces": 280}))


def at_nothing(where: Ground) -> Trace:
    return lived(where, *all_of(where.city, *(dict(kind.nothing) for kind in KINDS))).trace


def test_all_at_nothing_are_the_base_day(town: Ground, base: Run) -> None:
    assert at_nothing(town) == base.trace


def test_buses_that_nobody_calls_and_signs_that_see_nobody_are_the_base_day(
    town: Ground, base: Run
) -> None:
    idle = lived(town, *all_of(town.city, STANDING, BLIND, dict(SharedParking.nothing)))
    own = (*OF_FLEETS, *OF_SIGNS)
    assert len(idle.trace["sign"]) > 0
    first = int(idle.trace.column("vehicle", "car").min())
    same = as_without(idle.trace.without(*own), first, len(idle.trace["vehicle"]))
    assert same == base.trace.without(*own)


def as_without(trace: Trace, first: int, vehicles: int) -> Trace:
    """Return a trace in which buses of lines, behind the called ones, have the numbers of today."""
    found = {}
    for name, table in trace.items():
        found[name] = table
        if "car" in table.column_names:
            car = table["car"].to_numpy()
            car = pa.array(np.where(car >= first, car - vehicles, car), table["car"].type)
            found[name] = table.set_column(table.column_names.index("car"), "car", car)
    return Trace(found)


@pytest.mark.verify
@pytest.mark.data
@pytest.mark.parametrize(
    ("file", "area"), [("daejeon_doan.gpkg", "원신흥동"), ("osm/seoul_gongdeok.osm", "city")]
)
def test_in_a_real_city_all_at_nothing_are_the_base_day(file: str, area: str) -> None:
    source = data_file(file)
    whole = read(source, name=Path(file).stem)
    near = whole if area == "city" else whole.clip(resolve(area, whole).polygon, margin_m=300)
    where = ground(near)
    assert at_nothing(where) == lived(where).trace


def test_riders_of_the_bus_leave_streets_and_kerbs(base: Run, bus: Run) -> None:
    parking = SharedParking(area=base.area)
    before, after = (parking.measure(run) for run in (base, bus))
    for name in ("parking.search_h", "parking.walk_h"):
        assert before[name] != after[name], name
    assert len(bus.trace["park"]) < len(base.trace["park"])


def test_signs_hold_the_cars_and_with_them_the_bus(bus: Run, package: Run) -> None:
    signs = AiCrosswalk(area=bus.area)
    before, after = (signs.measure(run) for run in (bus, package))
    assert (after["xwalk.yield"] or 0.0) > (before["xwalk.yield"] or 0.0) + 5.0
    assert before["xwalk.car_h"] != after["xwalk.car_h"]
    rode = [run.trace.frame("set_down").set_index("job")["ride_ms"] for run in (bus, package)]
    both = rode[0].index.intersection(rode[1].index)
    assert len(both) > 50
    assert (rode[0].loc[both] != rode[1].loc[both]).mean() > 0.1


def test_shared_spaces_are_used_by_those_whom_the_bus_leaves(bus: Run, package: Run) -> None:
    parking = SharedParking(area=bus.area, spaces=280)
    before, after = (parking.measure(run) for run in (bus, package))
    assert (after["sharing.offered"] or 0.0) > 0.0
    assert before["parking.walk_h"] != after["parking.walk_h"]


def test_who_asks_for_the_bus_does_not_hang_on_signs(bus: Run, package: Run) -> None:
    asked = [set(run.trace.column("asked", "leg").tolist()) for run in (bus, package)]
    assert asked[0]
    assert len(asked[0] ^ asked[1]) < 0.1 * len(asked[0])
    assert np.isfinite(package.trace.column("picked_up", "wait_ms")).all()
