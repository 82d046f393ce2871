"""Signal plans: the laws that every plan keeps, and junctions whose stages are known."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from gis.city import City
from gis.derive import complete, with_turns
from gis.derive.conflicts import conflicting
from gis.derive.signals import cycle_s, sound, splits
from gis.figures import figure
from gis.newtown import newtown
from gis.oldtown import oldtown
from gis.readers.build import read
from tests.conftest import data_file
from tests.gis.crossroads import crossroads, turns_at
from tests.gis.tiny import tiny

CROSS = (0.0, 90.0, 180.0, 270.0)
T = (0.0, 180.0, 270.0)


def lit(arms: tuple[float, ...], **arguments: object) -> City:
    """Return a signalised junction with its plans."""
    return with_turns(crossroads(arms, signal=True, **arguments))  # type: ignore[arg-type]


def spans(city: City) -> pd.DataFrame:
    """Return the greens with kind, arm and cycle of each, those over the end put together."""
    plans, turns = city.tables["signal_plans"], city.tables["turns"]
    greens = city.tables["signal_greens"].merge(
        plans.drop_duplicates(["junction", "plan"])[["junction", "plan", "cycle_s"]]
    )
    return greens.join(turns[["kind", "from_street", "to_street"]], on="turn")


def shown(city: City) -> dict[tuple[int, int], np.ndarray]:
    """Return per junction and plan whether each turn has protected green, second by second."""
    found = {}
    for key, own in spans(city).groupby(["junction", "plan"]):
        table = np.zeros((len(city.tables["turns"]), own["cycle_s"].iloc[0]), bool)
        for turn, start, stop in own.loc[~own["permissive"], ["turn", "from_s", "to_s"]].to_numpy():
            table[turn, start:stop] = True
        found[key] = table
    return found


def clashes(city: City, clear_s: int) -> list[tuple[int, int, int, int]]:
    """Return junction, plan and turns that conflict less than ``clear_s`` after each other."""
    turns = city.tables["turns"]
    a, b = conflicting(turns, city["streets"])
    once = a < b
    a, b = a[once], b[once]
    at = turns["junction"].to_numpy()[a]
    found = []
    for (junction, plan), table in shown(city).items():
        late = table.copy()
        for second in range(1, clear_s + 1):
            late |= np.roll(table, second, axis=1)
        for x, y in zip(a[at == junction], b[at == junction], strict=True):
            if (late[x] & table[y]).any() or (late[y] & table[x]).any():
                found.append((junction, plan, int(x), int(y)))
    return found


def stages(city: City, plan: int = 1) -> list[set[str]]:
    """Return the turns with green together, in order, as kinds with arms: ``straight 0``."""
    own = spans(city)
    own = own[own["plan"] == plan]
    edges = sorted({*own["from_s"], *own["to_s"]})
    found: list[set[str]] = []
    for start, stop in pairwise(edges):
        now = own[(own["from_s"] <= start) & (own["to_s"] >= stop)]
        names = {f"{k} {f // 2}" for k, f in zip(now["kind"], now["from_street"], strict=True)}
        if names and names not in found:
            found.append(names)
    return found


@pytest.fixture(scope="module", params=["town", "large town", "old town", "tiny", "cross"])
def city(request: pytest.FixtureRequest) -> City:
    if request.param == "tiny":
        return complete(tiny())
    if request.param == "old town":
        return oldtown()
    if request.param == "cross":
        return lit((0.0, 60.0, 120.0, 180.0, 270.0), lanes=3, highway="primary")
    return newtown(5_000 if request.param == "town" else 50_000)


def test_every_turn_with_a_signal_has_a_green_in_each_plan(city: City) -> None:
    turns, plans = city.tables["turns"], city.tables["signal_plans"]
    signal = turns["junction"][turns["control"] == "signal"]
    assert set(plans["junction"]) == set(signal)
    kept = sound(plans, city.tables["signal_greens"], turns)
    np.testing.assert_array_equal(kept, np.unique(signal))


def test_what_conflicts_is_never_green_together_and_clears_in_between(city: City) -> None:
    assert clashes(city, int(figure("yellow_s")) + 1) == []


def test_plans_cover_the_day_and_keep_within_their_cycle(city: City) -> None:
    plans, greens = city.tables["signal_plans"], spans(city)
    assert (plans.groupby("junction")["to_s"].max() == 86_400).all()
    seconds = (plans["to_s"] - plans["from_s"]).groupby(plans["junction"]).sum()
    assert (seconds == 86_400).all()
    assert (greens["from_s"] >= 0).all()
    assert (greens["from_s"] < greens["to_s"]).all()
    assert (greens["to_s"] <= greens["cycle_s"]).all()
    assert plans["cycle_s"].between(90, 240).all()
    assert (plans["cycle_s"] % 5 == 0).all()
    assert (plans["offset_s"] < plans["cycle_s"]).all()


def test_a_cross_with_three_lanes_leads_with_straight_on() -> None:
    city = lit(CROSS, lanes=3, highway=("primary", "tertiary", "primary", "tertiary"))
    assert stages(city) == [
        {"straight 0", "right 0", "straight 2", "right 2"},
        {"left 0", "left 2"},
        {"straight 1", "right 1", "straight 3", "right 3"},
        {"left 1", "left 3"},
    ]


def test_where_left_shares_a_lane_each_arm_has_its_own_stage() -> None:
    found = stages(lit(CROSS, lanes=1))
    assert found == [{f"{kind} {arm}" for kind in ("straight", "right", "left")}
                     for arm in (0, 2, 1, 3)]  # fmt: skip


def test_a_t_has_three_stages_and_its_main_street_goes_on_through_two() -> None:
    found = stages(lit(T, lanes=3, highway=("primary", "primary", "tertiary")))
    assert {"straight 0", "straight 1", "right 1"} in found
    assert {"left 0", "straight 0"} in found
    assert {"left 2", "right 2"} in found
    assert not any("straight 1" in stage and "left 0" in stage for stage in found)


def test_a_signal_that_only_walkers_need_stops_the_cars_for_them() -> None:
    city = lit((0.0, 180.0), lanes=2)
    own = spans(city)
    assert stages(city) == [{"straight 0", "straight 1"}]
    red = own["cycle_s"] - (own["to_s"] - own["from_s"])
    assert (red >= figure("walk_start_s") + 2 * 6.4 / figure("walk_m_s")).all()


def test_green_is_long_enough_to_walk_across_the_other_street() -> None:
    city = lit(CROSS, lanes=3, highway="primary")
    own = spans(city)
    straight = own[own["kind"] == "straight"]
    walk = figure("walk_start_s") + 3 * 6.4 / figure("walk_m_s")
    assert (straight["to_s"] - straight["from_s"] >= walk).all()


def test_the_peak_has_the_longer_cycle() -> None:
    plans = lit(CROSS, lanes=3, highway="primary").tables["signal_plans"]
    assert plans["from_s"].tolist() == [0, 25_200, 34_200, 61_200, 72_000]
    cycle = plans["cycle_s"].tolist()
    assert cycle[1] == cycle[3] == max(cycle) > cycle[0]


def test_the_cycle_is_webster_s_within_its_limits() -> None:
    assert cycle_s(0.7, 20, 0) == 120  # (1.5 x 20 + 5) / 0.3 = 116.7
    assert cycle_s(0.2, 10, 0) == 90
    assert cycle_s(0.89, 24, 0) == 180
    assert cycle_s(0.2, 24, 180) == 205


def test_splits_are_in_proportion_and_add_up() -> None:
    assert splits(np.array([0.4, 0.2]), np.array([10, 10]), 90).tolist() == [60, 30]
    assert splits(np.array([0.4, 0.2]), np.array([10, 40]), 90).tolist() == [50, 40]
    assert splits(np.zeros(3), np.array([10, 20, 30]), 60).tolist() == [10, 20, 30]
    for total in range(70, 140, 7):
        green = splits(np.array([0.31, 0.17, 0.05]), np.array([10, 37, 10]), total)
        assert green.sum() == total
        assert (green >= [10, 37, 10]).all()


def test_signals_on_a_main_street_are_offset_by_the_way_between_them() -> None:
    town = newtown(20_000)
    plans = town.tables["signal_plans"]
    day = plans[plans["from_s"] == 25_200]
    assert len(set(day["offset_s"])) > len(day) / 3
    assert (day["offset_s"] == 0).any()  # the first of its group


def test_a_plan_that_is_not_sound_gives_way_and_is_counted() -> None:
    good = lit(CROSS, lanes=3)
    plans, greens = good.tables["signal_plans"], good.tables["signal_greens"]
    wrongs = [
        {"signal_plans": plans.assign(to_s=plans["to_s"].clip(upper=80_000))},  # not the whole day
        {"signal_plans": plans.assign(cycle_s=60)},  # greens beyond the cycle
        {"signal_greens": greens[greens["turn"] != greens["turn"].iloc[0]]},  # one never green
        {"signal_greens": greens.iloc[:0]},
    ]
    for wrong in wrongs:
        whole = with_turns(replace(good, tables={**good.tables, **wrong}))
        assert whole.notes == (
            "signal_plans: those of 1 junctions are not sound (they must cover the day and give "
            "each turn a green within the cycle), derived ones stand in their place",
        )
        pd.testing.assert_frame_equal(whole.tables["signal_greens"], greens, check_dtype=False)


def test_plans_without_a_signal_are_left_out_and_counted() -> None:
    good = lit(CROSS, lanes=3)
    dark = turns_at(crossroads(CROSS, lanes=3))
    whole = with_turns(replace(crossroads(CROSS, lanes=3), tables={**good.tables, "turns": dark}))
    assert whole.notes == (
        "signal_plans: those of 1 junctions left out, since no turn there has a signal",
    )
    assert len(whole.tables["signal_plans"]) == len(whole.tables["signal_greens"]) == 0


def test_the_tables_follow_a_clip_and_a_save(tmp_path: object) -> None:
    town = newtown(5_000)
    part = town.clip(town["streets"].union_all().centroid.buffer(300))
    turns, greens = part.tables["turns"], part.tables["signal_greens"]
    heads = part["streets"]["to_junction"].to_numpy()
    assert 0 < len(turns) < len(town.tables["turns"])
    assert (heads[turns["from_street"]] == turns["junction"]).all()
    assert (turns["junction"].to_numpy()[greens["turn"]] == greens["junction"]).all()
    assert set(greens["junction"]) <= set(part.tables["signal_plans"]["junction"])
    back = City.open(part.save(tmp_path / "part"))  # type: ignore[operator]
    assert back.digest() == part.digest()
    whole = with_turns(back)
    assert clashes(whole, 4) == []
    assert set(whole.tables["turns"]["from_street"]) == set(range(len(part["streets"])))


def test_the_oracle_sees_a_clash() -> None:
    city = lit(CROSS, lanes=3)
    greens = city.tables["signal_greens"]
    longer = greens.assign(to_s=greens["to_s"] + 6)
    assert clashes(city, 4) == []
    assert clashes(replace(city, tables={**city.tables, "signal_greens": longer}), 4)


@pytest.mark.verify
def test_doan_keeps_the_plans_of_the_city() -> None:
    city = read(data_file("daejeon_doan.gpkg"))
    turns, plans = city.tables["turns"], city.tables["signal_plans"]
    assert plans.groupby("origin")["junction"].nunique().to_dict() == {"found": 109}
    assert len(sound(plans, city.tables["signal_greens"], turns)) == 109
    assert plans["cycle_s"].between(90, 220).all()
    idle = "signal_plans: those of 6 junctions left out, since no turn there has a signal"
    assert idle in city.notes
    # At ten junctions the city gives full green to paths that cross by our geometry.
    found = clashes(city, 0)
    assert len({junction for junction, *_ in found}) == 10
    assert len({(junction, plan) for junction, plan, *_ in found}) == 50


@pytest.mark.verify
def test_the_signals_of_doan_can_be_derived_from_its_streets() -> None:
    city = read(data_file("daejeon_doan.gpkg"))
    bare = {n: t for n, t in city.tables.items() if not n.startswith("signal")}
    derived = with_turns(replace(city, tables=bare))
    assert clashes(derived, 4) == []
    assert derived.tables["signal_plans"]["junction"].nunique() == 109
    both = (c.tables["signal_plans"]["cycle_s"].median() for c in (city, derived))
    ours, theirs = both
    assert 0.6 < ours / theirs < 1.7
