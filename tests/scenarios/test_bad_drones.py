"""What drones are refused: places, words and numbers that cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely

from gis.city import City
from scenarios.drone_safety_net import DroneSafetyNet
from tests.scenarios.drones import RESIDENTS, SURE, drones, lived, town, whole
from twin.area import Area
from twin.sim import Sim, When


def in_degrees(x: float, y: float, city: City) -> str:
    lon, lat = pyproj.Transformer.from_crs(city.crs, 4326, always_xy=True).transform(x, y)
    return f"{lat:.6f} {lon:.6f}"


def test_docks_stand_where_somebody_has_them_in_mind() -> None:
    city = town(RESIDENTS).city
    spot = city["buildings"].geometry.iloc[3].representative_point()
    street = city["streets"].geometry.iloc[0].interpolate(0.5, normalized=True)
    docks = lived(**SURE, docks=1, places=f"3; {in_degrees(street.x, street.y, city)}").trace
    found = docks.frame("dock")
    assert found[["x", "y"]].to_numpy() == pytest.approx(
        np.array([(spot.x, spot.y), (street.x, street.y)]), abs=0.2
    )
    assert found["z"].tolist() == [float(city["buildings"]["height_m"].iloc[3]), 0.0]


def test_a_dock_in_the_water_is_refused() -> None:
    city = town(RESIDENTS).city
    spot = city["water"].geometry.iloc[0].representative_point()
    text = in_degrees(spot.x, spot.y, city)
    with pytest.raises(ValueError, match=r"places must stand on dry ground, got .* in the water"):
        lived(**SURE, docks=1, places=text)


@pytest.mark.parametrize(
    ("places", "told"),
    [
        ("99999", r"DroneSafetyNet.places must be from 0 to \d+, got 99999"),
        ("35.0 127.0", "DroneSafetyNet.places must lie in '.*', got 35.00000 127.00000"),
        ("roof", "DroneSafetyNet.places must be numbers, or pairs of latitude and longitude"),
    ],
)
def test_a_place_that_is_none_is_refused(places: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        lived(**SURE, docks=1, places=places)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"endurance_min": 1.0}, "endurance_min must last for a flight out and back beside a res"),
        ({"docks": -1}, r"docks must be in \[0, 500\], got -1|docks must be in \[0, 500\] docks"),
        ({"gust_ms": 0.0}, r"gust_ms must be in \[1, 40\] m/s, got 0.0"),
        ({"no_link": 1.5}, r"no_link must be in \[0, 1\], got 1.5"),
        ({"wrong_clear": -0.1}, r"wrong_clear must be in \[0, 1\], got -0.1"),
        ({"recall": float("nan")}, r"recall must be in \[0, 1\], got nan"),
        ({"siting": "best"}, "siting must be cover or median or p90, got 'best'"),
        ({"policy": "all"}, "policy must be calls or patrol or both, got 'all'"),
        ({"route": "zigzag"}, "route must be loop or random, got 'zigzag'"),
        ({"kinds": "fire flood"}, "kinds must be some of fire, crime, .*, got 'fire flood'"),
        ({"kinds": ""}, "kinds must be some of fire, .*, got ''"),
    ],
)
def test_what_cannot_be_is_refused(settings: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=f"DroneSafetyNet.({told})"):
        drones(**settings)


def test_an_area_without_a_roof_is_refused() -> None:
    city = town(RESIDENTS).city
    away = Area(
        "the field", shapely.box(*city["streets"].total_bounds).buffer(900.0).exterior.buffer(9.0)
    )
    sim = Sim(town(RESIDENTS), When())
    with pytest.raises(ValueError, match=r"area 'the field' must hold .*, it holds none"):
        DroneSafetyNet(area=away).install(sim)
    sim.close()


def test_no_place_may_be_where_nobody_may_fly(tmp_path: Path) -> None:
    city = town(RESIDENTS).city
    degrees = pyproj.Transformer.from_crs(city.crs, 4326, always_xy=True)
    ring = [list(degrees.transform(x, y)) for x, y in shapely.get_coordinates(whole().polygon)]
    file = tmp_path / "all.geojson"
    file.write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}))
    with pytest.raises(ValueError, match="places must lie where drones may fly"):
        lived(**SURE, docks=1, places="3", no_fly=str(file))
    with pytest.raises(ValueError, match="must hold a building for a dock, it holds none"):
        lived(**SURE, docks=1, no_fly=str(file))
