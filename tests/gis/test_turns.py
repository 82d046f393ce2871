"""Turns derived at junctions whose answer is known: by hand, and by symmetry."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gis.derive import complete, with_turns
from gis.derive.conflicts import conflicting, yields
from gis.derive.turns import complete_turns, joined
from gis.newtown import newtown
from gis.schema import validate
from tests.gis.crossroads import crossroads, named, turns_at
from tests.gis.tiny import tiny

CROSS = (0.0, 90.0, 180.0, 270.0)  # east, north, west, south


def rule(turns: pd.DataFrame, kind: str) -> set[tuple[int, int]]:
    lanes = turns[turns["kind"] == kind]
    return set(zip(lanes["lane_first"], lanes["lane_last"], strict=True))


def test_joined_pairs_equal_keys() -> None:
    rows, found = joined(np.array([3, 1, 9]), np.array([1, 3, 1]))
    assert list(zip(rows, found, strict=True)) == [(0, 1), (1, 0), (1, 2)]


def test_a_symmetric_cross_has_each_kind_four_times_and_no_way_back() -> None:
    turns = turns_at(crossroads(CROSS))
    assert named(turns) == {
        **{(a, (a + 2) % 4): "straight" for a in range(4)},
        **{(a, (a + 1) % 4): "right" for a in range(4)},  # from the east, north is on the right
        **{(a, (a + 3) % 4): "left" for a in range(4)},
    }  # fmt: skip
    assert set(turns["origin"]) == {"derived"}


@pytest.mark.parametrize("turn", [0.0, 17.0, 133.0])
def test_turning_the_whole_place_changes_nothing(turn: float) -> None:
    here, there = (turns_at(crossroads([a + t for a in CROSS])) for t in (0.0, turn))
    pd.testing.assert_frame_equal(here, there)


def test_a_t_has_two_of_each() -> None:
    assert named(turns_at(crossroads((0.0, 180.0, 270.0)))) == {
        (0, 1): "straight", (1, 0): "straight", (0, 2): "left", (1, 2): "right",
        (2, 0): "right", (2, 1): "left",
    }  # fmt: skip


def test_five_arms_have_one_straight_on_at_most() -> None:
    turns = turns_at(crossroads((0.0, 60.0, 120.0, 180.0, 270.0)))
    assert len(turns) == 20
    straight = turns[turns["kind"] == "straight"]
    assert straight["from_street"].is_unique
    assert named(turns)[(0, 3)] == named(turns)[(3, 0)] == "straight"
    assert named(turns)[(4, 1)] == "right"  # of two ways 30 degrees off, the one is straight on
    assert named(turns)[(4, 2)] == "straight"


def test_a_fork_goes_straight_on_by_the_lesser_bend() -> None:
    kinds = named(turns_at(crossroads((180.0, 5.0, 325.0))))
    assert (kinds[(0, 1)], kinds[(0, 2)]) == ("straight", "right")


def test_one_way_arms_give_no_turn_against_them() -> None:
    city = crossroads(CROSS, oneway={0: "in", 1: "out"})
    turns = turns_at(city)
    tails, heads = city["streets"]["from_junction"], city["streets"]["to_junction"]
    assert (heads.to_numpy()[turns["from_street"]] == 0).all()
    assert (tails.to_numpy()[turns["to_street"]] == 0).all()
    assert len(turns) == 3 + 2 + 2  # from the east all three; the others not into the east
    assert "uturn" not in set(turns["kind"])


def test_only_a_dead_end_turns_back() -> None:
    city = crossroads(CROSS)
    turns = complete_turns(None, None, city["streets"], city["junctions"])
    ends = turns[turns["junction"] > 0]
    assert set(ends["kind"]) == {"uturn"}
    assert len(ends) == 4
    assert (ends["control"] == "none").all()


def test_bans_are_kept_and_a_street_with_nothing_left_turns_back() -> None:
    city = crossroads(CROSS)
    bans = pd.DataFrame({"from_street": [0, 0, 2], "to_street": [3, 5, 1]})
    assert len(turns_at(city, bans)) == 12 - 3
    shut = pd.DataFrame({"from_street": [0, 0, 0], "to_street": [3, 5, 7]})
    turns = turns_at(city, shut)
    assert turns.loc[turns["from_street"] == 0, "kind"].tolist() == ["uturn"]
    assert turns.loc[turns["from_street"] == 0, "to_street"].tolist() == [1]


@pytest.mark.parametrize(
    ("lanes", "right", "straight", "left"),
    [
        (1, (0, 0), (0, 0), (0, 0)),
        (2, (0, 0), (0, 1), (1, 1)),  # left shares the inner lane
        (3, (0, 0), (0, 1), (2, 2)),  # left has the inmost for itself
        (5, (0, 0), (0, 3), (4, 4)),
    ],
)
def test_lanes_of_a_cross(
    lanes: int, right: tuple[int, int], straight: tuple[int, int], left: tuple[int, int]
) -> None:
    turns = turns_at(crossroads(CROSS, lanes=lanes))
    assert (rule(turns, "right"), rule(turns, "straight")) == ({right}, {straight})
    assert rule(turns, "left") == {left}


@pytest.mark.parametrize(
    ("lanes", "right", "left"), [(1, (0, 0), (0, 0)), (2, (0, 0), (1, 1)), (4, (0, 1), (2, 3))]
)
def test_lanes_of_the_stem_of_a_t(
    lanes: int, right: tuple[int, int], left: tuple[int, int]
) -> None:
    turns = turns_at(crossroads((0.0, 180.0, 270.0), lanes=lanes))
    stem = turns[turns["from_street"] == 4]
    assert (rule(stem, "right"), rule(stem, "left")) == ({right}, {left})


def test_every_lane_serves_a_turn() -> None:
    for lanes in range(1, 7):
        for arms in (CROSS, (0.0, 180.0, 270.0), (0.0, 90.0, 180.0, 230.0, 300.0)):
            turns = turns_at(crossroads(arms, lanes=lanes))
            for _, own in turns.groupby("from_street"):
                spans = zip(own["lane_first"], own["lane_last"], strict=True)
                assert {n for a, b in spans for n in range(a, b + 1)} == set(range(lanes))


def test_the_higher_class_is_major_and_equals_are_not() -> None:
    kinds = ("tertiary", "residential", "tertiary", "residential")
    turns = turns_at(crossroads(CROSS, highway=kinds))
    assert set(turns["control"]) == {"priority"}
    assert turns.groupby("from_street")["major"].first().tolist() == [True, False, True, False]
    same = turns_at(crossroads(CROSS))
    assert (set(same["control"]), same["major"].any()) == ({"none"}, False)
    wider = turns_at(crossroads(CROSS, lanes=(1, 2, 1, 2)))
    assert wider.groupby("from_street")["major"].first().tolist() == [False, True, False, True]
    lit = turns_at(crossroads(CROSS, highway=kinds, signal=True))
    assert (set(lit["control"]), lit["major"].any()) == ({"signal"}, False)


def pairs(turns: pd.DataFrame, a: np.ndarray, b: np.ndarray) -> set[tuple[str, str]]:
    """Return pairs of turns as compass words: who comes from where and goes where."""
    word = [f"{'ENWS'[f // 2]}{'ENWS'[t // 2]}" for f, t in
            zip(turns["from_street"], turns["to_street"], strict=True)]  # fmt: skip
    return {(word[i], word[j]) for i, j in zip(a, b, strict=True)}


def test_conflicts_of_a_cross_are_those_of_the_textbook() -> None:
    city = crossroads(CROSS)
    turns = turns_at(city)
    a, b = conflicting(turns, city["streets"])
    found = pairs(turns, a, b)
    assert {(y, x) for x, y in found} == found
    # 16 crossing points, and three streams that merge on each leg: 12 pairs.
    assert len(found) == 2 * (16 + 12)
    assert {y for x, y in found if x == "NS"} == {"EW", "WE", "SW", "WN", "ES", "WS"}
    assert {y for x, y in found if x == "NE"} == {"EW", "SN", "ES", "WN", "WE", "SE"}
    assert {y for x, y in found if x == "NW"} == {"EW", "SW"}
    assert ("NE", "SW") not in found  # opposite left turns pass each other
    assert ("NS", "SN") not in found


def test_who_yields_at_a_cross_of_equals() -> None:
    city = crossroads(CROSS)
    turns = turns_at(city)
    order = yields(turns, city["streets"])
    rows = np.repeat(np.arange(len(turns)), order.beyond - order.first)
    found = pairs(turns, rows, order.other)
    assert not order.by_light.any()
    for pair in found:  # never both
        assert pair[::-1] not in found
    assert {y for x, y in found if x == "NE"} >= {"SN", "SE"}  # left: opposite straight and right
    assert ("EW", "NS") in found  # from the east, the north is on the right
    assert ("NS", "EW") not in found


def test_the_minor_yields_to_all_that_is_major() -> None:
    city = crossroads(CROSS, highway=("tertiary", "service", "tertiary", "service"))
    turns = turns_at(city)
    order = yields(turns, city["streets"])
    rows = np.repeat(np.arange(len(turns)), order.beyond - order.first)
    found = pairs(turns, rows, order.other)
    assert {y for x, y in found if x == "NS"} == {"EW", "WE", "ES", "WN", "WS"}
    assert not any(x[0] in "EW" and y[0] in "NS" for x, y in found)


def test_at_a_signal_a_right_turn_on_red_yields_by_light() -> None:
    city = crossroads(CROSS, signal=True)
    turns = turns_at(city)
    order = yields(turns, city["streets"])
    rows = np.repeat(np.arange(len(turns)), order.beyond - order.first)
    always = pairs(turns, rows[~order.by_light], order.other[~order.by_light])
    by_light = pairs(turns, rows[order.by_light], order.other[order.by_light])
    assert {y for x, y in always | by_light if x == "NW"} == {"EW", "SW"}
    assert ("NW", "EW") in always  # what goes straight on goes first whatever the lights
    assert ("NW", "SW") in by_light  # a protected left turn does, a permissive one does not


def test_what_is_given_is_kept_and_what_lacks_is_filled_and_marked() -> None:
    city = crossroads(CROSS)
    given = pd.DataFrame({"junction": 0, "from_street": [0, 0], "to_street": [5, 3]})
    turns = complete_turns(given, None, city["streets"], city["junctions"])
    assert turns["origin"].tolist()[:2] == ["found"] * 2
    assert len(turns[turns["from_street"] == 0]) == 2  # the left turn, not listed, is banned
    assert (turns["from_street"][2:] != 0).all()
    assert turns["kind"].tolist()[:2] == ["straight", "right"]
    assert set(turns["kind_origin"]) == {"derived"}


def test_a_complete_city_is_whole_and_stays_the_same() -> None:
    city = complete(tiny())
    validate(city, complete=True)
    assert with_turns(city).digest() == city.digest()
    states = {row.layer: row for row in city.check().layers}
    assert states["turns"].derived == states["signal_greens"].derived == 1.0


def test_a_busway_goes_its_own_way() -> None:
    city = newtown(20_000)
    streets, turns = city["streets"], city.tables["turns"]
    bus = (streets["highway"] == "busway").to_numpy()
    a, b = turns["from_street"].to_numpy(), turns["to_street"].to_numpy()
    change = bus[a] != bus[b]
    assert set(turns["kind"][change]) == {"straight", "left"}
    assert set(turns["kind"][bus[a] & bus[b]]) >= {"straight", "left", "right"}
    assert set(turns["origin"]) == {"synthetic"}
    # Cars get on without the busways.
    out = np.bincount(a[~bus[a] & ~bus[b]], minlength=len(streets))
    assert (out[~bus] > 0).all()
