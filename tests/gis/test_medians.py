"""Medians: nobody turns across one without a signal, and every place is reached."""

from __future__ import annotations

import numpy as np
import pytest

from gis.city import City
from gis.newtown import newtown
from gis.turning import Turning


@pytest.fixture(scope="module", params=[5_000, 60_000])
def town(request: pytest.FixtureRequest) -> City:
    return newtown(request.param)


def divided(town: City) -> np.ndarray:
    """Return which streets have three lanes each way or a busway in their middle."""
    streets = town["streets"]
    ends = ["from_junction", "to_junction"]
    busways = set(streets.loc[streets["highway"] == "busway", ends].itertuples(index=False))
    beside = np.array([pair in busways for pair in streets[ends].itertuples(index=False)])
    cars = (streets["highway"] != "busway").to_numpy()
    return np.asarray(cars & (beside | (streets["lanes"].to_numpy() >= 3)))


def test_nobody_turns_left_over_a_median_without_a_signal(town: City) -> None:
    turns, wide = town.tables["turns"], divided(town)
    a, b = turns["from_street"].to_numpy(), turns["to_street"].to_numpy()
    car = (town["streets"]["highway"] != "busway").to_numpy()
    ahead = wide[a] & wide[b] & (turns["kind"] == "straight").to_numpy()
    passed = np.zeros(len(town["junctions"]), bool)
    passed[turns["junction"][ahead]] = True
    free = ~town["junctions"]["signal"].to_numpy()[turns["junction"]]
    crossing = turns["kind"].isin(["left", "straight"]).to_numpy() & ~(wide[a] & wide[b])
    assert passed.any()
    assert not (passed[turns["junction"]] & free & crossing & car[a] & car[b]).any()


def test_bans_name_turns_that_there_would_be(town: City) -> None:
    bans, streets = town.tables["turn_bans"], town["streets"]
    assert len(bans)
    ends = streets["to_junction"].to_numpy()[bans["from_street"]]
    assert (ends == streets["from_junction"].to_numpy()[bans["to_street"]]).all()
    assert not town["junctions"]["signal"].to_numpy()[ends].any()


def test_every_street_for_cars_is_still_reached_from_every_other(town: City) -> None:
    car = (town["streets"]["highway"] != "busway").to_numpy()
    assert Turning.driving(town).core[car].all()
