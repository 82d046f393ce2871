"""Bad input of delivery robots: each gives one line that says what is wrong and what is allowed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from shapely import box, unary_union

from gis.city import City
from gis.newtown import newtown
from scenarios.delivery_robot import DeliveryRobot
from twin.area import Area, resolve
from twin.sim import Sim, When
from twin.world.ground import Ground, ground


@pytest.fixture(scope="module")
def town() -> Ground:
    return ground(newtown(residents=2_000))


def installed(town: Ground, **settings: object) -> None:
    area = settings.pop("area", None) or resolve("city", town.city)
    sim = Sim(town, When(everybody=True))
    try:
        DeliveryRobot(area=area, **settings).install(sim)  # type: ignore[arg-type]
    finally:
        sim.close()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"fleet": -1}, r"DeliveryRobot.fleet must be in \[0, 2000\] robots, got -1"),
        ({"uptake": 1.5}, r"DeliveryRobot.uptake must be in \[0, 1\], got 1.5"),
        ({"step_in": -0.1}, r"DeliveryRobot.step_in must be in \[0, 1\], got -0.1"),
        ({"speed_kmh": 20.0}, r"DeliveryRobot.speed_kmh must be in \[0.5, 15\] km/h, got 20.0"),
        ({"seats": 0}, r"DeliveryRobot.seats must be in \[1, 500\] seats, got 0"),
        ({"meals": float("nan")}, r"DeliveryRobot.meals must be in \[0, 2\] 1/person/day, got nan"),
        ({"meals": 0.0, "parcels": 0.0}, "must not both be 0: nobody orders"),
        ({"from_h": 12.0, "to_h": 12.0}, r"to_h must be more than from_h \(12 h\), got 12"),
        ({"sight_m": 1.0}, r"sight_m must be at least 1.4 m, in which a robot stops from 6 km/h"),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DeliveryRobot(**settings)  # type: ignore[arg-type]


def test_a_battery_too_small_for_any_trip(town: Ground) -> None:
    with pytest.raises(ValueError, match=r"battery_wh must be at least \d+ Wh, for the shortest"):
        installed(town, battery_wh=2.0)


def test_an_area_without_a_shop(town: Ground) -> None:
    x, y = town.city["junctions"].total_bounds[:2]
    corner = Area("corner", box(x - 50, y - 50, x - 40, y - 40))
    with pytest.raises(ValueError, match=r"area 'corner' must hold a shop or a restaurant"):
        installed(town, area=corner)


def test_a_reach_without_a_resident(town: Ground) -> None:
    shop = town.city["buildings"].geometry[town.city["buildings"]["use"] == "shop"].iloc[0]
    alone = Area("shop", shop.buffer(1.0))
    with pytest.raises(ValueError, match=r"reach_m must bring a resident of 'shop' within reach"):
        installed(town, area=alone)


def stepped(city: City) -> City:
    """Return the city with steps for footways."""
    return replace(city, layers={**city.layers, "footways": city["footways"].assign(kind="steps")})


def test_footways_that_are_steps(town: Ground) -> None:
    """A shop, and a home at another node of the footways, which are all steps."""
    buildings, node = town.city["buildings"], town.walks.spots.node
    shop = int(np.flatnonzero(buildings["use"] == "shop")[0])
    lives = town.people.residents["home"].to_numpy()
    home = int(lives[node[lives] != node[shop]][0])
    area = Area("two", unary_union(buildings.geometry.iloc[[shop, home]].tolist()))
    with pytest.raises(ValueError, match="must have footways without steps from a shop to a home"):
        installed(ground(stepped(town.city)), area=area, reach_m=3_000.0)


def test_a_run_of_cars_alone(town: Ground) -> None:
    sim = Sim(town, When())
    DeliveryRobot(area=resolve("city", town.city), fleet=2).install(sim)
    with pytest.raises(ValueError, match="machines on footways need a run with everybody in it"):
        sim.run()
    sim.close()
