"""Parks have ways, points and visitors, who come by distance, hour and rain as they should."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gis.newtown import newtown
from twin.luck import Luck
from twin.world.ground import Ground, ground
from twin.world.parks import LATTICE_M, Park, lattice, parks_of, points_in, weights
from twin.world.visitors import HOURS, Visiting, minutes_by_hour, visits

DRY, WET = np.zeros(24, bool), np.ones(24, bool)


@cache
def town() -> Ground:
    return ground(newtown(residents=20_000))


@cache
def central() -> Park:
    return max(parks_of(town()), key=lambda park: park.metres)


def come(replication: int = 0, **more: object) -> int:
    """Return how many visits all parks of a dry weekday have."""
    rule = replace(Visiting(), **more)  # type: ignore[arg-type]
    luck = Luck(1, "visits", replication)
    return sum(len(visits(town(), park, luck, DRY, visiting=rule)) for park in parks_of(town()))


def test_parks_are_those_with_ways_in_them() -> None:
    city, every = town().city, parks_of(town())
    assert 5 < len(every) < len(city["parks"])
    assert "둘레숲" not in {park.name for park in every}
    for park in every:
        assert park.metres == pytest.approx(
            city["footways"]["length_m"].iloc[park.ways].sum(), rel=0.1
        )
        inside = shapely.length(shapely.intersection(park.lines, park.polygon))
        assert (inside >= 0.5 * shapely.length(park.lines)).all()


def test_a_city_without_parks_or_ways_has_none() -> None:
    city = town().city
    empty = gpd.GeoDataFrame({"name": []}, geometry=[], crs=city.crs)
    assert parks_of(replace(town(), city=city.edit(parks=empty))) == ()
    wood = gpd.GeoDataFrame({"name": ["숲"]}, geometry=[shapely.box(0, 0, 50, 50)], crs=city.crs)
    assert parks_of(replace(town(), city=city.edit(parks=wood))) == ()


def test_points_lie_in_a_park_one_for_each_square_of_the_lattice() -> None:
    shape = shapely.Point(0, 0).buffer(100.0)
    points = lattice(shape)
    assert shapely.contains_xy(shape, points[:, 0], points[:, 1]).all()
    assert len(points) == pytest.approx(shape.area / LATTICE_M**2, rel=0.02)
    tiny = lattice(shapely.box(1.0, 1.0, 2.0, 2.0))
    assert len(tiny) == 1
    assert shapely.contains_xy(shapely.box(1, 1, 2, 2), *tiny[0])


def test_what_happens_falls_on_points_by_their_weight() -> None:
    weight = weights(central(), "crime", Luck(1, "parks"))
    chance = np.asarray(Luck(5, "falls", 0).uniform(np.arange(50_000)))
    found = points_in(central(), weight, chance)
    top = central().points[weight.argmax()]
    hit = (found == top).all(axis=1).mean()
    assert hit == pytest.approx(weight.max(), abs=4 * np.sqrt(weight.max() / 50_000))


def test_residents_come_as_often_as_they_say() -> None:
    people = town().people.residents
    able = ((people["home"] >= 0) & (people["age"] >= 5)).sum()
    counts = [come(r) for r in range(3)]
    assert max(counts) <= able * 0.32 * 1.02
    assert np.mean(counts) > able * 0.32 * 0.9  # hardly anybody of a new town has no park in reach
    assert come(reach_m=100.0) < 0.5 * np.mean(counts)
    assert come(a_day=0.0) == 0


def test_nobody_is_in_two_parks_at_once_and_more_comers_hold_those_of_fewer() -> None:
    luck = Luck(1, "visits", 4)
    every = [visits(town(), park, luck, DRY) for park in parks_of(town())]
    persons = np.concatenate([found["person"] for found in every])
    assert len(np.unique(persons)) == len(persons)
    dry = visits(town(), central(), luck, DRY)
    wet = visits(town(), central(), luck, WET)
    assert len(wet) == pytest.approx(0.3 * len(dry), rel=0.2)
    assert set(wet["person"]) < set(dry["person"])
    holiday = visits(town(), central(), luck, DRY, holiday=True)
    assert len(holiday) == pytest.approx(1.5 * len(dry), rel=0.1)


def test_who_lives_near_comes_more() -> None:
    edge = next(park for park in parks_of(town()) if park.name == "다온공원")
    found = visits(town(), edge, Luck(1, "visits", 0), DRY)
    people = town().people.residents
    home = people["home"].to_numpy()[found["person"]]
    tree = shapely.multilinestrings(edge.lines)
    place = shapely.points(town().place_x, town().place_y)
    came = shapely.distance(tree, place[home])
    lives = shapely.distance(tree, place[people["home"][people["home"] >= 0]])
    near, far = ((came < 300).sum() / (lives < 300).sum(), (came > 700).sum() / (lives > 700).sum())
    assert near > 2.0 * far
    assert came.max() * 1.3 <= 1_500.0 + 1.3 * 100.0


def test_hours_and_stays_are_those_of_the_survey() -> None:
    found = visits(town(), central(), Luck(1, "visits", 1), DRY)
    hour = (found["from_ms"] // 3_600_000).to_numpy()
    for hours in (range(13, 18), range(18, 22)):
        share = np.isin(hour, hours).mean()
        assert share == pytest.approx(HOURS[list(hours)].sum() / HOURS.sum(), abs=0.04)
        assert share == pytest.approx(0.34, abs=0.06)
    stay = (found["until_ms"] - found["from_ms"]) / 60_000
    assert stay.mean() == pytest.approx(50.0, rel=0.06)
    assert minutes_by_hour(found, 48).sum() == pytest.approx(stay.sum(), rel=1e-9)
