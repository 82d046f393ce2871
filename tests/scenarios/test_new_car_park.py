"""A new car park: its spaces are used, fewer cars stand illegally, and nobody else is moved."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from shapely import contains_xy

from gis.oldtown import QUARTER, oldtown
from scenarios.new_car_park import NewCarPark
from twin.area import Area, resolve
from twin.experiment.simulate import live
from twin.sim import Sim, When
from twin.solution import Run
from twin.world.behaviour import Behaviour
from twin.world.columns import Kind
from twin.world.ground import Ground, ground
from twin.world.parking import Parking

SPACES = 60
WATCHED = Behaviour(patrols=1)
"""So many tickets that people pay for a space."""


@pytest.fixture(scope="module")
def quarter() -> Ground:
    return ground(oldtown(residents=1_000))


@pytest.fixture(scope="module")
def area(quarter: Ground) -> Area:
    return resolve(QUARTER, quarter.city)


@pytest.fixture(scope="module")
def base(quarter: Ground, area: Area) -> Run:
    return live(quarter, (), When(), area=area, behaviour=WATCHED)


@pytest.fixture(scope="module")
def built(quarter: Ground, area: Area) -> Run:
    solutions = (NewCarPark(area=area, spaces=SPACES),)
    return live(quarter, solutions, When(), area=area, behaviour=WATCHED)


def new_lots(run: Run, base: Run) -> list[int]:
    return run.trace.frame("lot")["lot"].tolist()[len(base.trace["lot"]) :]


def most_at_once(run: Run, lot: int) -> int:
    """Return the most cars that stood on a lot at the same time."""
    rows = pd.concat(
        [run.trace.frame("leave").assign(step=-1), run.trace.frame("park").assign(step=1)]
    )
    rows = rows[rows["lot"] == lot].sort_values(["time_ms", "step"], kind="stable")
    return int(rows["step"].cumsum().max())


def test_it_lies_in_the_area(built: Run, base: Run, area: Area) -> None:
    (lot,) = new_lots(built, base)
    row = built.trace.frame("lot").iloc[lot]
    assert (row["kind"], row["capacity"]) == (Kind.PUBLIC, SPACES)
    assert (row["x"], row["y"]) == area.polygon.representative_point().coords[0]


def test_its_spaces_are_used_and_never_more_than_there_are(built: Run, base: Run) -> None:
    (lot,) = new_lots(built, base)
    assert SPACES // 3 < most_at_once(built, lot) <= SPACES


@pytest.mark.parametrize("kpi", ["parking.illegal_veh_h", "parking.illegal_daily"])
def test_fewer_cars_stand_illegally(built: Run, base: Run, area: Area, kpi: str) -> None:
    judge = NewCarPark(area=area)
    before, after = (judge.measure(run)[kpi] for run in (base, built))
    assert before is not None
    assert after is not None
    assert after < before


def test_supply_rises_by_its_spaces(built: Run, base: Run) -> None:
    stock = [run.trace.frame("lot") for run in (base, built)]
    public = [lots.loc[lots["kind"] == Kind.PUBLIC, "capacity"].sum() for lots in stock]
    assert public[1] - public[0] == SPACES


def test_two_at_one_place_are_two(quarter: Ground, area: Area) -> None:
    found = []
    for _ in range(2):
        sim = Sim(quarter, When())
        for spaces in (10, 20):
            NewCarPark(area=area, spaces=spaces).install(sim)
        found.append(sim.part(Parking).lots)
        sim.close()
    keys = found[0]["key"].to_numpy()
    assert len(np.unique(keys)) == len(keys)
    assert keys.tolist() == found[1]["key"].tolist()
    assert keys[:-2].tolist() == quarter.lot_key.tolist(), "the other lots keep theirs"


def test_two_at_one_place_are_liked_by_different_drivers(quarter: Ground, area: Area) -> None:
    both = (NewCarPark(area=area, spaces=500), NewCarPark(area=area, spaces=500))
    run = live(quarter, both, When(), area=area)
    parked = run.trace.column("park", "lot")
    first = len(quarter.lots)
    came = [int((parked == lot).sum()) for lot in (first, first + 1)]
    assert min(came) > 0.25 * sum(came) > 0


@pytest.mark.parametrize("detour", [1.0, 1.3])
def test_the_walk_is_judged_by_the_detour_that_drivers_reckon_with(
    quarter: Ground, area: Area, detour: float
) -> None:
    run = live(quarter, (), When(), area=area, behaviour=Behaviour(walk_detour=detour))
    trips = run.trace.frame("trip").set_index("trip")
    ended = run.trace.frame("park").merge(run.trace.frame("lot"), on="lot")
    ended = ended[ended["trip"] >= 0]
    to = trips.loc[ended["trip"]]
    here = contains_xy(area.polygon, to["x"].to_numpy(), to["y"].to_numpy())
    apart = np.hypot(to["x"].to_numpy() - ended["x"], to["y"].to_numpy() - ended["y"])[here]
    assert NewCarPark(area=area).measure(run)["parking.walk"] == pytest.approx(
        detour * apart.mean()
    )


@pytest.mark.parametrize("speed", [3_600, 4_320])
def test_walking_takes_the_time_that_drivers_reckon_with(
    quarter: Ground, area: Area, speed: float
) -> None:
    run = live(quarter, (), When(), area=area, behaviour=Behaviour(walk_m_per_h=speed))
    found = NewCarPark(area=area).measure(run)
    trips = run.trace.frame("park").query("trip >= 0")["trip"]
    to = run.trace.frame("trip").set_index("trip").loc[trips]
    came = int(contains_xy(area.polygon, to["x"].to_numpy(), to["y"].to_numpy()).sum())
    walk, hours = found["parking.walk"], found["parking.walk_h"]
    assert walk is not None
    assert hours == pytest.approx(2 * came * walk / speed)


@pytest.mark.parametrize("spaces", [0, 1, 100])
def test_it_costs_what_a_space_costs(area: Area, base: Run, spaces: int) -> None:
    ours = NewCarPark(area=area, spaces=spaces)
    (cost,) = ours.costs(base)
    assert (cost.capex, cost.opex) == (spaces * 72e6, spaces * 4e5)
    assert (cost.source, cost.price_year, cost.assumed) == ("PRK2", 2020, ("opex", "life"))
