"""Cities put side by side: every number follows its thing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from gis.city import City
from gis.newtown import newtown
from gis.schema import validate
from gis.unite import united


@pytest.fixture(scope="module")
def one() -> City:
    return newtown(residents=2_000)


def both(one: City) -> City:
    layers, tables = united([one, one])
    return City("both", one.crs, layers, tables, synthetic=True)


def test_a_city_alone_is_itself(one: City) -> None:
    layers, tables = united([one])
    assert City(one.name, one.crs, layers, tables).digest() == one.digest()


def test_two_hold_all_of_both_and_keep_to_the_schema(one: City) -> None:
    validate(both(one), complete=True)
    for name, frame in {**one.layers, **one.tables}.items():
        pair = {**both(one).layers, **both(one).tables}[name]
        assert len(pair) == 2 * len(frame), name


def test_what_the_second_refers_to_is_its_own(one: City) -> None:
    """A thing in the second stands to what it refers to as it does in the first."""
    pair, n = both(one), {name: len(frame) for name, frame in {**one.layers, **one.tables}.items()}
    turns = pair.tables["turns"].iloc[n["turns"] :].reset_index(drop=True)
    expected = one.tables["turns"].assign(
        junction=one.tables["turns"]["junction"] + n["junctions"],
        from_street=one.tables["turns"]["from_street"] + n["streets"],
        to_street=one.tables["turns"]["to_street"] + n["streets"],
    )
    pd.testing.assert_frame_equal(turns, expected)
    parks = pair["car_parks"]["building"].to_numpy()
    alone = (one["car_parks"]["building"] < 0).to_numpy()
    assert (parks[n["car_parks"] :][alone] == -1).all()
    assert (parks[n["car_parks"] :][~alone] >= n["buildings"]).all()


@pytest.mark.parametrize(
    ("layer", "columns"), [("streets", ["way"]), ("footways", ["from_node", "to_node"])]
)
def test_ways_and_nodes_are_numbered_on(one: City, layer: str, columns: list[str]) -> None:
    number = both(one)[layer][columns].to_numpy()
    first, second = np.split(number, 2)
    assert second.min() == first.max() + 1
    np.testing.assert_array_equal(second - second.min(), first)


def test_cities_in_different_systems_are_refused(one: City) -> None:
    with pytest.raises(ValueError, match=r"must share one coordinate system, got \['EPSG:5186', "):
        united([one, replace(one, crs="EPSG:5179")])
    with pytest.raises(ValueError, match=r"must share one coordinate system, got \[\]"):
        united([])
