"""26 stations and two minutes: what is published of Daejeon, on its own outline and people."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

import scenarios
from scenarios.drone_safety_net import DroneSafetyNet
from scenarios.drone_safety_net.reach import (
    MEASURES,
    SITINGS,
    Dongs,
    Reached,
    ReachTrial,
    lattice,
    reach,
    read_reach_trial,
    spread,
)  # fmt: skip
from tests.conftest import data_file
from tests.page.collect import Page, Panel
from twin.claims.claims import read_claims
from twin.params import broken_rule, specs

FILE = Path(scenarios.__file__).parent / "trials" / "daejeon_drones.trial.yaml"
REACH = Panel(
    "drones", "Daejeon: what 26 stations have in view", "대전: 스테이션 26곳이 볼 수 있는 주민",
    "minutes from the call", "% of the people",
    "Mean of the drones drawn. Stations at random, on a lattice, and where most people are.",
)  # fmt: skip


@cache
def trial() -> ReachTrial:
    return read_reach_trial(FILE)


def daejeon() -> Dongs:
    layer = gpd.read_file(data_file("seven_cities_dongs.gpkg"), layer="dongs")
    own = layer[layer["city"] == "daejeon"]
    return Dongs(own.geometry.to_numpy(), own["population"].to_numpy(float))


@cache
def reached() -> Reached:
    return reach(trial(), daejeon())


def test_the_file_names_claims_and_ranges_of_the_drone() -> None:
    known = {f"drone_safety_net.{spec.name}": spec for spec in specs(DroneSafetyNet)}
    for prior in trial().priors:
        assert all(broken_rule(known[prior.name], x) is None for x in (prior.low, prior.high))
    assert trial().plan.target in DroneSafetyNet.claims
    assert trial().plan.stations == read_claims()["T15S"].after
    assert trial().plan.within_min == read_claims()["T15"].after


SQUARE = Dongs(
    np.array([shapely.box(x, y, x + 5_000, y + 5_000) for x in (0, 5_000) for y in (0, 5_000)]),
    np.array([100.0, 0.0, 0.0, 300.0]),
)


def test_a_made_up_city_is_reached_as_geometry_says() -> None:
    """Of a square of 100 km2: discs that do not overlap, and all in the end."""
    found = reach(trial(), SQUARE, draws=20)
    shares = found.curves.groupby(["draw", "siting", "measure"])["share"]
    assert (shares.diff().dropna() > -1e-9).all()
    late = found.curves[found.curves["minute"] == 8.0]
    assert (late.loc[late["siting"] == "lattice", "share"] > 99.0).all()
    people = found.curves[found.curves["measure"] == "people, spread"].groupby("siting")["share"]
    assert people.mean()["most people"] > people.mean()["random"]
    assert (found.times["p50"] <= found.times["p90"]).all()
    assert "PREDICTION T15" in str(found)


def test_a_lattice_has_as_many_as_fit() -> None:
    square = shapely.box(0.0, 0.0, 10_000.0, 10_000.0)
    found = lattice(square, 25)
    assert len(found) == 25
    assert len(spread(square, 1_000.0)) == 100
    assert len(spread(shapely.Point(0, 0).buffer(3.0), 100.0)) == 1


@pytest.mark.data
def test_without_any_delay_they_reach_what_theory_says_of_an_even_spread() -> None:
    """Published behaviour: 39 % at random to 49 % on a lattice at 15 m/s, the edge aside."""
    outline = shapely.union_all(daejeon().shapes)
    spots, radius, stations = spread(outline, 500.0), 120.0 * 15.0, 26
    discs = stations * np.pi * radius**2 / outline.area
    assert discs == pytest.approx(0.49, abs=0.005)
    assert 1 - np.exp(-discs) == pytest.approx(0.39, abs=0.005)
    near = np.linalg.norm(spots[:, None] - lattice(outline, stations)[None], axis=2).min(axis=1)
    share = float((near <= radius).mean())
    assert 0.40 < share <= discs, "some discs reach beyond the edge of the city"


@pytest.mark.verify
@pytest.mark.data
def test_26_stations_do_not_show_daejeon_within_two_minutes(page: Page) -> None:
    """The claim of the plan fails by ground and by people, wherever the stations stand."""
    found = reached()
    curves = found.curves[found.curves["measure"] == MEASURES[1]]
    mean = curves.groupby(["siting", "minute"])["share"].mean()
    page.add(REACH, curves={s: (list(mean[s].index), list(mean[s])) for s in SITINGS},
             bounds={"the plan: 2 min": ([2.0, 2.0], [0.0, 100.0])})  # fmt: skip
    for siting in SITINGS:
        assert found.share(siting, "area", 2.0)[2] < 49.0
    best = found.share("most people", "people, spread", 2.0)
    assert 15.0 < best[0] < 45.0
    assert found.ninth_decile("lattice", "people, spread")[0] > 3.0
    assert found.outcome == trial().plan.outcome == "disagrees"
