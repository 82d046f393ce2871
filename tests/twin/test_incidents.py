"""Incidents are Poisson, keep to their rates and hours, and move nobody else's."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.stats import chi2

from gis.newtown import newtown
from tests.page.collect import Page, Panel
from twin.luck import Luck
from twin.sim import Sim, When
from twin.world import incidents as module
from twin.world.ground import Ground, ground
from twin.world.incidents import INCIDENT_KINDS, Incidents, rates, thinned
from twin.world.parks import parks_of, weights
from twin.world.weather import Weather

COUNTS = Panel(
    "incidents", "Incidents are Poisson", "사건 수는 푸아송 분포", "incidents in a day",
    "mean of 200 days",
    "Beside rate × people, places and hours; the bars are four standard errors of a Poisson count. "
    "The ratio of variance to mean is 1 for a Poisson process.",
)  # fmt: skip
PROFILE = Panel("incidents", "The hours of fires", "화재의 시간대", "hour", "share of the day")
REPLICATIONS = 200
TIMES = 2_000.0


@cache
def busy() -> Ground:
    """Return a town in whose buildings very many live and work."""
    town = ground(newtown(residents=2_000))
    buildings = town.city["buildings"].copy()
    for name in ("dwellings", "jobs"):
        buildings[name] = buildings[name] * int(TIMES)
    return replace(town, city=town.city.edit(buildings=buildings))


def drawn(town: Ground, replication: int, month: int = 6) -> pd.DataFrame:
    sim = Sim(town, When(replication=replication, start_h=0.0))
    sim.part(Weather).month = month
    return sim.part(Incidents).table().to_pandas()


@cache
def many() -> list[pd.DataFrame]:
    return [drawn(busy(), r) for r in range(REPLICATIONS)]


def expected(kind: str) -> float:
    """Return the incidents of a kind expected in a day of June, from the layers alone."""
    buildings, streets = busy().city["buildings"], busy().city["streets"]
    driven = streets[streets["highway"] != "busway"]
    amount = {
        "resident": buildings["dwellings"].sum() * 0.93 * 2.25,
        "job": buildings["jobs"].sum(),
        "street_km": driven["length_m"].sum() / 2_000,
        "park_ha": sum(park.hectares for park in parks_of(busy())),
    }
    yearly = sum(r.a_year * amount[r.base] for r in rates().entries.values() if r.kind == kind)
    months = np.array(module._read("months", module.Profile)[kind].values)
    return float(yearly * months[5] / 30 / months.sum()) * (365 / 365.25)


@pytest.mark.parametrize("kind", INCIDENT_KINDS)
def test_counts_are_poisson_with_the_rate(kind: str, page: Page) -> None:
    code = INCIDENT_KINDS.index(kind)
    counts = np.array([(frame["kind"] == code).sum() for frame in many()])
    mean = expected(kind)
    spread = ((counts - counts.mean()) ** 2).sum() / counts.mean()
    low, high = chi2.ppf([0.001, 0.999], REPLICATIONS - 1)
    ratio, least, largest = np.array([spread, low, high]) / (REPLICATIONS - 1)
    half, most = 4 * float(np.sqrt(mean / REPLICATIONS)), 1.1 * max(map(expected, INCIDENT_KINDS))
    page.add(
        COUNTS, curves={"as many as expected": ([0, most], [0, most])},
        points={kind: [(mean, counts.mean(), half)]},
        rows=[{"kind": kind, "expected": mean, "found": float(counts.mean()),
               "variance / mean": ratio, "0.1 % of Poisson": least, "99.9 %": largest}],
    )  # fmt: skip
    assert counts.mean() == pytest.approx(mean, abs=half)
    assert low < spread < high


@pytest.mark.parametrize("kind", ["fire", "crime", "medical"])
def test_the_hours_are_the_profiles(kind: str, page: Page) -> None:
    frames = pd.concat(many())
    hours = frames.loc[frames["kind"] == INCIDENT_KINDS.index(kind), "hour"]
    counts = np.bincount(hours, minlength=24)
    profile = np.array(module._read("hours", module.Profile)[kind].values)
    wanted = counts.sum() * profile / profile.sum()
    if kind == "fire":
        spread = 3 * np.sqrt(counts) / counts.sum()
        page.add(
            PROFILE, curves={"published profile": (np.arange(24), profile / profile.sum())},
            points={"twin": zip(range(24), counts / counts.sum(), spread, strict=True)},
        )  # fmt: skip
    assert ((counts - wanted) ** 2 / wanted).sum() < chi2.ppf(0.999, 23)


def test_the_kernel_counts_what_the_columns_count() -> None:
    luck = Luck(1, "fire", 4)
    cells, hours = np.arange(50), np.arange(20, 44)
    a_hour, factor = np.linspace(0.0, 2.0, 50), np.linspace(0.1, 3.0, 24)
    grid = np.meshgrid(cells, hours, indexing="ij")
    naive = luck.poisson(grid[0], np.outer(a_hour, factor), day=grid[1] // 24, trip=grid[1] % 24)
    assert (module._counts(luck.key, cells, a_hour, factor, hours) == naive).all()
    assert naive.sum() > 100


def test_a_building_more_moves_no_others_incidents() -> None:
    town = busy()
    buildings = town.city["buildings"]
    new = buildings.iloc[[0]].translate(7.0, 3.0).to_frame("geometry")
    more = pd.concat([buildings, buildings.iloc[[0]].assign(geometry=new["geometry"].to_numpy())])
    more = gpd.GeoDataFrame(more.reset_index(drop=True), crs=buildings.crs)
    wider = replace(
        town, city=town.city.edit(buildings=more),
        place_x=np.append(town.place_x, town.place_x[0] + 7),
        place_y=np.append(town.place_y, town.place_y[0] + 3),
    )  # fmt: skip
    before, after = drawn(town, 1), drawn(wider, 1)
    others = after[after["place"] != len(buildings)].reset_index(drop=True)
    assert len(others) < len(after)
    pd.testing.assert_frame_equal(others, before)


def test_a_thinned_process_is_poisson_with_what_is_left_of_the_rate() -> None:
    counts = []
    for replication, frame in enumerate(many()):
        table = module.pa.Table.from_pandas(frame[frame["kind"] == 0], preserve_index=False)
        counts.append(len(thinned(table, 0.4, Luck(2, "prevented", replication))))
    mean = 0.6 * expected("fire")
    assert np.mean(counts) == pytest.approx(mean, abs=4 * np.sqrt(mean / REPLICATIONS))
    low, high = chi2.ppf([0.001, 0.999], REPLICATIONS - 1)
    assert low < ((np.array(counts) - np.mean(counts)) ** 2).sum() / np.mean(counts) < high


def test_a_street_without_a_fire_has_probability_exp_minus_rate() -> None:
    luck = Luck(9, "fire", 0)
    cells = np.arange(20_000)
    none = module._counts(luck.key, cells, np.full(20_000, 0.05), np.ones(24), np.arange(24)) == 0
    assert none.all(axis=1).mean() == pytest.approx(np.exp(-1.2), abs=0.013)


def test_more_prevention_never_brings_an_incident_back() -> None:
    table = module.pa.Table.from_pandas(many()[0], preserve_index=False)
    luck = Luck(2, "prevented", 0)
    left = [thinned(table, share, luck).to_pandas() for share in (0.0, 0.3, 0.7, 1.0)]
    assert len(left[0]) == len(table)
    assert len(left[3]) == 0
    marks = [set(zip(f["cell"], f["hour"], f["kind"], f["nth"], strict=True)) for f in left]
    assert marks[3] < marks[2] < marks[1] < marks[0]


def test_incidents_lie_where_they_happen() -> None:
    frame = pd.concat(many())
    inside = frame[frame["place"] >= 0]
    assert (inside["x"] == busy().place_x[inside["place"]]).all()
    outside = frame[frame["street"] >= 0]
    assert len(outside) > 20
    spots = gpd.points_from_xy(outside["x"], outside["y"], crs=busy().city.crs)
    lines = busy().city["streets"].geometry.to_numpy()[outside["street"]]
    assert gpd.GeoSeries(spots).distance(gpd.GeoSeries(lines, crs=spots.crs)).max() < 1e-6
    inside_of = [frame[name] >= 0 for name in ("place", "street", "park")]
    assert (sum(inside_of) == 1).all()
    assert set(frame["severity"]) == {0, 1, 2}


def of_parks(times: float) -> module.DataTable[module.Rate]:
    """Return the rates, those of parks so many times."""
    every = rates()
    changed = {
        name: replace(rate, a_year=rate.a_year * (times if rate.base == "park_ha" else 1.0))
        for name, rate in every.entries.items()
    }
    return replace(every, entries=changed)


def test_what_happens_in_parks_lies_in_them_and_moves_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "rates", lambda: of_parks(0.0))
    without = drawn(busy(), 1)
    monkeypatch.setattr(module, "rates", lambda: of_parks(2e4))
    found = drawn(busy(), 1)
    green = found[found["park"] >= 0]
    pd.testing.assert_frame_equal(
        found[found["park"] < 0].reset_index(drop=True), without.reset_index(drop=True)
    )
    polygons = busy().city["parks"].geometry.to_numpy()[green["park"]]
    assert shapely.dwithin(shapely.points(green[["x", "y"]]), polygons, 1e-6).all()
    ha = sum(park.hectares for park in parks_of(busy()))
    crimes = (green["kind"] == INCIDENT_KINDS.index("crime")).sum()
    mean = 2e4 * 0.18 * ha / 365.25 * 365 / 12 / 30
    assert crimes == pytest.approx(mean, abs=4 * np.sqrt(mean))


def test_half_of_the_crime_of_parks_keeps_to_one_square_in_twenty() -> None:
    """Of a lognormal with s = 1.645 the top twentieth holds Phi(1.645 - 1.645) = 1/2."""
    park = replace(parks_of(busy())[0], polygon=shapely.box(0, 0, 2_000, 2_000))
    weight = np.sort(weights(park, "crime", Luck(1, "parks")))[::-1]
    assert len(weight) > 159_000
    assert weight[: len(weight) // 20].sum() == pytest.approx(0.5, abs=0.05)
    assert np.ptp(weights(park, "fall", Luck(1, "parks"))) == 0


def test_a_run_records_them_in_its_own_hours() -> None:
    trace = Sim(busy(), When(replication=1, start_h=4.5, hours=3.0)).run()
    times = trace.column("incident", "time_ms")
    assert len(times)
    assert times.min() >= 4.5 * 3_600_000
    assert times.max() < 7.5 * 3_600_000
    assert (np.diff(times) >= 0).all()
    assert trace.column("weather", "hour").tolist() == [4, 5, 6, 7]


@pytest.mark.parametrize(
    ("make", "wording"),
    [
        (lambda: module.Rate("x", "fire", "job", -1.0), "a_year must be at least 0, got -1"),
        (lambda: module.Profile("x", [1.0], ""), "values must be 12 or 24 numbers"),
        (lambda: module.Severity("x", 0.9, 0.2), "must be shares that sum to 1 at most"),
    ],
)
def test_bad_figures_are_refused(make: object, wording: str) -> None:
    with pytest.raises(ValueError, match=wording):
        make()  # type: ignore[operator]
