"""Large new towns: what small ones were stays, bit for bit; large ones are whole and grow."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gis.city import City
from gis.newtown import newtown
from gis.newtown.plan import LARGE_TOWN, Plan
from gis.newtown.uses import programme
from gis.schema import SCHEMA, validate

# What towns of up to 50,000 residents were before larger ones could be made.
BEFORE = {
    (2_000, 1): "58f5910ce19e4b5f",
    (5_000, 2): "de44d30550161840",
    (20_000, 4): "cc52d4b5e13cfa07",
    (50_000, 1): "4ed4a1a0b7582ecd",
}


def digest(city: City) -> str:
    """Return a hash of every coordinate and value of a city."""
    found = hashlib.sha256()
    for name in sorted(city.layers):
        layer = city[name]
        found.update(b"".join(layer.geometry.to_wkb()))
        for column in sorted(layer.columns.drop("geometry")):
            values = pd.util.hash_pandas_object(layer[column], index=False)
            found.update(values.to_numpy().tobytes())
    return found.hexdigest()[:16]


@pytest.fixture(scope="module")
def town() -> City:
    return newtown(60_000, seed=2)


@pytest.mark.parametrize("arguments", BEFORE)
def test_small_towns_are_what_they_were(arguments: tuple[int, int]) -> None:
    assert digest(newtown(*arguments)) == BEFORE[arguments]


def test_a_large_town_is_the_same_twice(town: City) -> None:
    assert digest(town) == digest(newtown(60_000, seed=2))


def whole(city: City, residents: int) -> None:
    """Assert that a town has every layer, is connected, and adds up."""
    validate(city, complete=True)
    assert set(city.layers) == set(SCHEMA)
    streets, dongs, buildings = city["streets"], city["districts"], city["buildings"]
    cars = streets[streets["highway"] != "busway"]
    number = len(city["junctions"])
    ends = (cars["from_junction"], cars["to_junction"])
    link = coo_array((np.ones(len(cars)), ends), shape=(number, number))
    assert connected_components(link, connection="strong")[0] == 1
    assert dongs["population"].sum() == residents
    assert (dongs.filter(regex=r"^age_\d+$").sum(axis=1) == dongs["population"]).all()
    assert dongs["households"].sum() == buildings["dwellings"].sum() == round(residents / 2.2)
    assert buildings["jobs"].sum() == round(0.4 * residents)
    assert dongs["name"].is_unique
    assert dongs["households"].min() > 0


def test_a_large_town_is_whole(town: City) -> None:
    whole(town, 60_000)


def test_a_large_town_has_two_dongs_for_each_two_gaps_between_arterials(town: City) -> None:
    dongs = town["districts"]
    assert len(dongs) == town["junctions"]["gate"].sum() == 6
    assert shapely.area(shapely.union_all(dongs.geometry)) == pytest.approx(dongs.area.sum())


def test_schools_of_a_large_town_are_of_three_levels(town: City) -> None:
    names = town["buildings"].query("use == 'school'")["name"]
    level = names.str.extract("(초등학교|중학교|고등학교)$")[0].value_counts()
    assert level["초등학교"] > level["중학교"] >= level["고등학교"] > 0


def plan(residents: int) -> Plan:
    return Plan(residents, 1, 65.0 + 5.0 * residents**0.5)


def test_a_town_gets_more_radials_rings_and_centres_as_it_grows() -> None:
    plans = [plan(n) for n in (LARGE_TOWN, 100_000, 200_000, 388_000)]
    for counts in (
        [len(each.arterials) for each in plans],
        [len(each.rings) for each in plans],
        [len(each.centres) for each in plans],
        [programme(each.residents).schools for each in plans],
    ):
        assert counts == sorted(counts)
        assert counts[0] < counts[-1]
    assert plans[0].outer_brt == plans[0].brt
    assert plans[-1].outer_brt > plans[-1].brt
    assert len(plans[0].centres) == 0


@pytest.mark.verify
def test_a_town_of_388_000_grows_in_proportion_and_in_little_time() -> None:
    from time import process_time  # the test measures; nothing it makes depends on the clock

    small = newtown(50_000)
    start = process_time()
    large = newtown(388_000)
    assert process_time() - start < 90.0
    whole(large, 388_000)
    for layer in ("streets", "junctions", "buildings", "car_parks", "bus_stops", "trees"):
        grown = len(large[layer]) / len(small[layer])
        assert 3.0 < grown < 388 / 50 * 1.6, layer
    centre = large["buildings"].query("use == 'office'").centroid
    off = np.hypot(centre.x - 227_600.0, centre.y - 432_400.0)
    assert (off > 1_500.0).mean() > 0.25
