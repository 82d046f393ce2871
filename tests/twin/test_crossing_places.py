"""Crossings found on a city, the links that bring cars onto them, and their walk phases."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from gis.city import City
from gis.newtown import newtown
from twin.world.crossings.behaviour import GivingWay
from twin.world.crossings.crossings import Crossings
from twin.world.crossings.phases import walk_phases
from twin.world.crossings.places import crossed_links, crossing_places, cut_links, keys_of
from twin.world.ground import ground


@cache
def town() -> tuple[City, pd.DataFrame, pd.DataFrame]:
    city = newtown(residents=5_000)
    places = crossing_places(city)
    return city, places, crossed_links(city, places)


def test_every_crossing_of_the_town_is_found_with_its_signal() -> None:
    city, places, _ = town()
    assert len(places) == (city["footways"]["kind"] == "crossing").sum() == len(city["crossings"])
    assert places["signal"].sum() == city["crossings"]["signal"].sum() > 0
    assert len(np.unique(keys_of(places))) == len(places)


def test_cars_keep_to_the_right_half_of_a_street() -> None:
    city, places, _ = town()
    cuts, streets = cut_links(city, places), city["streets"]
    one = np.bincount(cuts.crossing, cuts.ends)
    assert (one >= 1).all()
    assert (np.bincount(cuts.crossing, ~cuts.ends) == one).all(), "as many begin as end"
    lanes = np.bincount(cuts.crossing, streets["lanes"].to_numpy()[cuts.link])
    assert (lanes == places["lanes"]).all()


def test_without_a_signal_all_cars_matter_and_with_one_those_that_turn_right() -> None:
    city, places, watches = town()
    signal = places["signal"].to_numpy()[watches["crossing"]]
    assert (watches["into"][signal] >= 0).all()
    assert watches["turning"][signal].all()
    ends = watches[~signal & (watches["into"] < 0)]
    assert set(ends["crossing"]) == set(np.flatnonzero(~places["signal"]))
    streets = city["streets"]
    turning = watches[watches["into"] >= 0]
    head = streets["to_junction"].to_numpy()[turning["link"]]
    assert (head == streets["from_junction"].to_numpy()[turning["into"]]).all()


def planned(greens: list[tuple[str, int, int, bool]]) -> tuple[City, int]:
    """Return the town with one plan, cycle 100 s, on a crossing: (turn, from_s, to_s, permissive).

    ``in`` leaves by another arm what ends at the crossing, ``out`` and ``right`` come onto it.
    """
    city, places, _ = town()
    crossing = int(np.flatnonzero(places["signal"])[0])
    cuts, streets = cut_links(city, places), city["streets"]
    mine = cuts.crossing == crossing
    come, leave = cuts.link[mine & cuts.ends][0], cuts.link[mine & ~cuts.ends][0]
    junction = streets["to_junction"].iloc[come]
    other = np.flatnonzero(streets["to_junction"] == junction)
    other = other[other != come][0]
    away = np.flatnonzero(streets["from_junction"] == junction)
    away = away[away != leave][0]
    ends = {"in": (come, away), "out": (other, leave), "right": (other, leave)}
    turns = pd.DataFrame(
        {
            "junction": junction,
            "from_street": [a for a, _ in ends.values()],
            "to_street": [b for _, b in ends.values()],
            "kind": ["straight", "left", "right"],
        }
    )
    plans = pd.DataFrame(
        {"junction": [junction], "from_s": 0, "to_s": 86_400, "plan": 3, "cycle_s": 100,
         "offset_s": 17}
    )  # fmt: skip
    rows = [(junction, 3, list(ends).index(turn), *when) for turn, *when in greens]
    columns = ["junction", "plan", "turn", "from_s", "to_s", "permissive"]
    tables = {
        "turns": turns, "signal_plans": plans, "signal_greens": pd.DataFrame(rows, columns=columns),
    }  # fmt: skip
    return replace(city, tables=tables), crossing


CASES = {
    "cars have the first 40 s": ([("in", 0, 40, False)], lambda clear: [(40, 100 - clear)]),
    "both ways, and right turns yield": (
        [("in", 0, 30, False), ("out", 30, 45, False), ("right", 50, 95, False)],
        lambda clear: [(45, 100 - clear)],
    ),
    "permissive turns yield": (
        [("in", 0, 40, False), ("out", 40, 90, True)],
        lambda clear: [(40, 100 - clear)],
    ),
    "walking goes on over the end of the cycle": (
        [("in", 40, 60, False)],
        lambda clear: [(0, 40 - clear), (60, 100)],
    ),
    "no time to clear": ([("in", 0, 90, False)], lambda _: [(90, 97)]),
    "no car at all": ([("right", 0, 90, False)], lambda _: [(0, 100)]),
}


@pytest.mark.parametrize("case", CASES)
def test_walk_phases_come_from_the_greens(case: str) -> None:
    greens, expected = CASES[case]
    city, crossing = planned(greens)
    places = town()[1].assign(school=False)
    phases = walk_phases(city, places, GivingWay())
    mine = phases[phases["crossing"] == crossing]
    clear = int(np.ceil(places["width_m"].iloc[crossing]))
    assert list(zip(mine["from_s"], mine["to_s"], strict=True)) == expected(clear)
    assert set(mine["cycle_s"]) == {100}
    assert set(mine["offset_s"]) == {17}
    assert set(phases["crossing"]) == set(np.flatnonzero(places["signal"]))


def test_runs_share_the_walk_phases_of_their_ground_until_a_crossing_differs() -> None:
    """Bit for bit what is made anew; who changes a run's phases changes no other run's."""
    where = ground(town()[0])
    one, other, wider = (Crossings(where) for _ in range(3))
    anew = walk_phases(where.city, one.places, one.behaviour)
    pd.testing.assert_frame_equal(one.windows, anew, check_exact=True)
    one.windows["to_s"] = 0.0
    pd.testing.assert_frame_equal(other.windows, anew, check_exact=True)
    assert len(where.phases) == 1
    wider.places["width_m"] += 5.0
    assert not wider.windows.equals(anew)
    assert len(where.phases) == 2


def test_the_shares_counted_in_korea_come_back() -> None:
    where = ground(town()[0])
    crossings = Crossings(where, GivingWay(night_logit=0.0))
    watches = crossings.ground.walks.watches
    logit = crossings.start_watches().logit
    share = 1 / (1 + np.exp(-logit))
    straight = ~watches["turning"].to_numpy()
    for kmh, counted in ((30, 0.20), (50, 0.025)):
        rows = straight & (watches["kmh"].to_numpy() == kmh)
        assert rows.any()
        assert share[rows] == pytest.approx(counted)
    signal = crossings.places["signal"].to_numpy()[watches["crossing"]]
    assert share[~straight & signal] == pytest.approx(0.484)
    assert share[~straight & ~signal] == pytest.approx(0.302)


def test_a_school_zone_reaches_300_m() -> None:
    where = ground(town()[0])
    places = Crossings(where).places
    assert 0 < places["school"].sum() < len(places)
    assert (places["school"] == (places["school_m"] <= 300)).all()
