"""The old quarter made in code: whole, exact in its spaces, the same for the same arguments."""

from __future__ import annotations

import pytest

from gis.city import City
from gis.oldtown import COMPLEX, QUARTER, oldtown
from gis.schema import validate


@pytest.fixture(scope="module")
def quarter() -> City:
    return oldtown()


def test_every_layer_keeps_to_the_schema_and_says_that_it_is_made_up(quarter: City) -> None:
    validate(quarter, complete=True)
    assert quarter.synthetic
    for frame in quarter.layers.values():
        assert set(frame["origin"]) <= {"synthetic"}
    assert quarter.attributions() == ["Synthetic quarter made by Dongne; not a real place"]


@pytest.mark.parametrize("spaces", [0, 1, 144, 250])
def test_as_many_spaces_are_open_to_others_as_were_asked_for(spaces: int) -> None:
    parks = oldtown(spaces=spaces)["car_parks"]
    here = parks[parks["kind"].isin(["public", "resident_priority", "kerb_legal"])]
    assert here["spaces"].sum() == spaces
    assert (here["spaces"] > 0).all()


def test_the_residents_live_in_the_quarter_and_none_in_the_works(quarter: City) -> None:
    people = quarter["districts"].set_index("name")["population"]
    assert people[QUARTER] == 2_000
    assert people[COMPLEX] == 0
    homes = quarter["buildings"][quarter["buildings"]["dwellings"] > 0]
    inside = quarter["districts"].set_index("name").geometry[QUARTER]
    assert homes.representative_point().within(inside).all()


def test_buildings_stand_apart_and_clear_of_the_streets(quarter: City) -> None:
    buildings, streets = quarter["buildings"], quarter["streets"]
    assert buildings.union_all().area == pytest.approx(buildings.area.sum())
    ground = streets.buffer(streets["width_m"] / 2, cap_style="flat")
    assert not ground.union_all().intersects(buildings.union_all())


def test_the_lanes_are_narrow_and_most_kerbs_are_illegal(quarter: City) -> None:
    streets, parks = quarter["streets"], quarter["car_parks"]
    lanes = streets[streets["highway"] == "residential"]
    assert set(lanes["width_m"]) <= {6.0, 6.4}
    assert lanes["length_m"].sum() > 0.5 * streets["length_m"].sum()
    room = parks.groupby("kind")["spaces"].sum()
    # more than the 266 cars that were counted, so that room does not decide
    assert room["kerb_illegal"] > 2 * 266


def test_the_same_arguments_give_the_same_quarter_and_another_seed_another() -> None:
    assert oldtown(seed=3).digest() == oldtown(seed=3).digest()
    assert oldtown(seed=3).digest() != oldtown(seed=4).digest()


@pytest.mark.parametrize(
    ("arguments", "wording"),
    [
        ({"residents": 100}, r"oldtown.residents must be in \[500, 5000\], got 100"),
        ({"spaces": 251}, r"oldtown.spaces must be in \[0, 250\], got 251"),
        ({"seed": -1}, r"oldtown.seed must be in \[0, 4294967295\], got -1"),
    ],
)
def test_what_is_out_of_range_is_refused(arguments: dict[str, int], wording: str) -> None:
    with pytest.raises(ValueError, match=wording):
        oldtown(**arguments)


def test_what_is_no_whole_number_is_refused() -> None:
    with pytest.raises(TypeError, match=r"oldtown.residents must be a whole number, got 2000.5"):
        oldtown(residents=2000.5)  # type: ignore[arg-type]
