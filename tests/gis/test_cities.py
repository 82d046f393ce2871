"""Published cities: whom a city travels like, what it aims at, and by which gates it is left."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pyproj import Transformer

from gis.city import City
from gis.figures import TABLES, figure
from gis.newtown import newtown
from gis.population import lived, people, totals
from gis.population.cars import gate_of, gates_of
from gis.population.cities import HOME, like
from gis.population.modes import CLASSES, MODES, Mode, aims, constants, driving
from gis.population.places import places
from twin.luck import Luck


@pytest.fixture(scope="module")
def town() -> City:
    return newtown(2_000)


def test_each_published_city_has_aims_and_constants_of_every_class() -> None:
    for city in TABLES["cities"].rows:
        assert aims(city).shape == constants(city).shape == (len(CLASSES), len(MODES))
        assert np.allclose(aims(city).sum(axis=1), 1.0)
        assert np.all(constants(city)[:, Mode.BUS] == 0.0)
        assert np.array_equal(constants(city) == -99.0, aims(city) == 0.0)


def test_a_made_up_city_travels_like_home_and_drives_as_often(town: City) -> None:
    assert like(town) == people(town, Luck(1, "people")).like == HOME
    assert all(driving(HOME, kind) == 1.0 for kind in CLASSES if kind != "school")


def test_a_real_city_travels_like_the_nearest_published_one_or_like_home(
    town: City,
) -> None:
    for name, (lon, lat) in TABLES["cities"].rows.items():
        assert like(_moved(town, lon, lat)) == name
    assert like(_moved(town, 129.07, 35.18)) == HOME  # Busan, of which nothing is stored


@pytest.mark.parametrize("city", ["seoul", "daejeon"])
def test_modes_stand_beside_those_of_the_city_that_people_travel_like(
    town: City, city: str
) -> None:
    who = people(_moved(town, *TABLES["cities"].rows[city]), Luck(1, "people"))
    day = lived(who, Luck(1, "day", 0), 0)
    rows = totals(who, day).set_index("name")
    for by in ("car", "bus"):
        told = rows.loc[f"all by {by}, not on foot"]
        assert told["published"] == figure(f"mode_{by}_not_on_foot_{city}")
        assert np.isnan(rows.loc[f"all by {by}, inside", "published"])
    number = day.tours.sum(axis=1).to_numpy(float)
    for part, name in (
        (slice(0, 2), "bus to work, of those who go"),
        (slice(0, 6), "tours by bus"),
    ):
        wanted = np.average(aims(city)[part, Mode.BUS], weights=number[part])
        assert rows.loc[name, "aim"] == pytest.approx(wanted)
        assert rows.loc[name, "value"] == pytest.approx(
            day.tours["bus"].iloc[part].sum() / number[part].sum()
        )


def _moved(city: City, lon: float, lat: float) -> City:
    """Return the city as a real one around a place."""
    x, y = Transformer.from_crs("EPSG:4326", city.crs, always_xy=True).transform(lon, lat)
    left, low, right, high = city["streets"].total_bounds
    streets = city["streets"].copy()
    streets["geometry"] = streets.translate(x - (left + right) / 2.0, y - (low + high) / 2.0)
    return replace(city.edit(streets=streets), synthetic=False)


def test_gates_near_a_place_are_taken_more_often_and_none_is_forgotten(town: City) -> None:
    where = places(town)
    gates = gates_of(town, where)
    junctions = town["junctions"].geometry.iloc[gates.row]
    far = np.hypot(
        where.cell_x[:, None] - junctions.x.to_numpy(),
        where.cell_y[:, None] - junctions.y.to_numpy(),
    )
    assert np.allclose(gates.use.sum(axis=1), 1.0)
    assert np.all(gates.use > 0.0)
    assert (gates.use * far).sum(axis=1).mean() < (gates.use.mean(axis=0) * far).sum(axis=1).mean()
    chance = np.linspace(0.0, 1.0, 10_001)[:-1]
    drawn = gate_of(gates, np.zeros(len(chance), dtype=np.int64), chance)
    share = [(drawn == row).mean() for row in gates.row]
    assert np.allclose(share, gates.use[0], atol=2e-4)
