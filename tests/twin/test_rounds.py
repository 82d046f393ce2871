"""Who goes round covers every way, charges, breaks down, waits out rain, and says what is wrong."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import islice

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.newtown import newtown
from twin.area import Area, resolve
from twin.luck import Luck
from twin.machines import Battery, Wear
from twin.patrol import Shift
from twin.rounds import (
    Kit,
    Rounder,
    covering,
    enough,
    hot_spots,
    loop,
    park_in,
    round_m,
    spread_out,
    strolls,
)
from twin.sim import Sim, When
from twin.trace import Trace
from twin.world.ground import Ground, ground
from twin.world.parks import Park, parks_of

KIT = Kit("walker", 5, 1.0, Shift(6.0, 20.0), Battery(1e9, 1e9), 100.0, in_rain=True)
DAY = When(start_h=4.0, everybody=True, warm_up=0)


@cache
def town() -> Ground:
    return ground(newtown(residents=2_000))


@cache
def park() -> Park:
    return max(parks_of(town()), key=lambda one: one.metres)


def gone(kit: Kit = KIT, replication: int = 0, when: When = DAY) -> Trace:
    """Return the day of one that goes round a park of a town."""
    sim = Sim(town(), replace(when, replication=replication))
    arcs = loop(town(), park())
    node = int(town().walks.network.tails[arcs[0]])
    Rounder(sim, 0, kit, covering(arcs), node=node)
    try:
        return sim.run()
    finally:
        sim.close()


@cache
def usual() -> pd.DataFrame:
    return gone().frame("walker_leg")


def test_a_round_covers_every_way_and_takes_its_length_over_the_speed() -> None:
    arcs = loop(town(), park())
    half = len(town().walks.network.tails) // 2
    assert set(park().ways.tolist()) <= set((arcs % half).tolist())
    legs = usual()
    assert (legs["arc"].to_numpy() == np.resize(arcs, len(legs))).all()
    assert (legs["until_ms"] - legs["from_ms"]).iloc[: len(arcs)].sum() == pytest.approx(
        1_000 * round_m(town(), park()), abs=len(arcs)
    )


def test_legs_hang_together_in_place_and_time() -> None:
    legs = usual()
    assert (legs["from_ms"].to_numpy()[1:] == legs["until_ms"].to_numpy()[:-1]).all()
    assert (legs[["x", "y"]].to_numpy()[1:] == legs[["to_x", "to_y"]].to_numpy()[:-1]).all()
    hours = legs["from_ms"] / 3_600_000
    assert hours.min() == pytest.approx(6.0, abs=1e-6)
    assert 20.0 < legs["until_ms"].max() / 3_600_000 < 20.0 + round_m(town(), park()) / 3_600 + 0.01


def test_a_battery_is_charged_at_the_base_before_it_runs_out() -> None:
    """With 3 rounds in a battery and as long for charging, it goes half of the time."""
    round_h = round_m(town(), park()) / 3_600
    battery = Battery(300.0 * round_h, 100.0)
    legs = gone(replace(KIT, battery=battery)).frame("walker_leg")
    pause_s = (legs["from_ms"].to_numpy()[1:] - legs["until_ms"].to_numpy()[:-1]) / 1_000
    assert pause_s[pause_s > 1.0] == pytest.approx(3 * round_h * 3_600, rel=0.01)
    rounds = np.flatnonzero(pause_s > 1.0) + 1
    assert (np.diff(rounds) == 3 * len(loop(town(), park()))).all()


def test_it_goes_the_share_of_time_in_which_it_works() -> None:
    """O36: MTBF / (MTBF + MTTR), over days of their own luck, within three standard errors."""
    wear = Wear(3.0, 1.0)
    shares = []
    for replication in range(12):
        legs = gone(replace(KIT, wear=wear), replication).frame("walker_leg")
        shares.append((legs["until_ms"] - legs["from_ms"]).sum() / 14 / 3_600_000)
    error = 3.0 * np.std(shares) / np.sqrt(len(shares))
    assert error < 0.12
    assert np.mean(shares) == pytest.approx(wear.availability, abs=error + 0.02)


def test_it_stands_where_it_broke_down() -> None:
    trace = gone(replace(KIT, wear=Wear(1.0, 0.5)))
    stuck, legs = trace.frame("walker_stuck"), trace.frame("walker_leg")
    assert len(stuck) > 3
    after = legs.set_index("from_ms").index
    assert sum(until in after for until in stuck["until_ms"]) >= len(stuck) - 1


def test_rain_is_waited_out_at_the_base() -> None:
    for replication in range(12):
        trace = gone(replace(KIT, in_rain=False), replication)
        weather, legs = trace.frame("weather"), trace.frame("walker_leg")
        wet = weather.loc[weather["rain_mm"] > 0, "hour"]
        if len(wet[(wet > 7) & (wet < 19)]):
            break
    began = legs["from_ms"] // 3_600_000
    later = legs["from_ms"] % 3_600_000 > 1_000 * (round_m(town(), park()) + 60)
    assert not (began.isin(wet) & later).any()
    assert len(legs)


def test_several_are_spread_evenly_over_the_loop() -> None:
    arcs = np.arange(12)
    assert [own[0] for own in spread_out(arcs, 3)] == [0, 4, 8]
    assert all(sorted(own) == list(range(12)) for own in spread_out(arcs, 5))


def test_strolls_stay_in_the_park_come_home_and_are_luck_of_their_own() -> None:
    network, arcs = town().walks.network, loop(town(), park())
    half = len(network.tails) // 2
    walks = list(islice(strolls(network, arcs, Luck(2, "turns", 0), 3), 5))
    assert walks == list(islice(strolls(network, arcs, Luck(2, "turns", 0), 3), 5))
    assert len({tuple(step.arc for step in walk) for walk in walks}) > 1
    for walk in walks:
        taken = np.array([step.arc for step in walk])
        assert (network.heads[taken[:-1]] == network.tails[taken[1:]]).all()
        assert network.heads[taken[-1]] == network.tails[taken[0]] == network.tails[arcs[0]]
        assert network.cost[taken].sum() >= round_m(town(), park())
        assert np.isin(taken % half, arcs % half).all()


def test_hot_spots_are_stayed_at_in_turn() -> None:
    arcs = loop(town(), park())
    one = next(hot_spots(town(), park(), arcs, spots=3, reach_m=15.0, stay_s=750.0))
    stays = [step.stand_s for step in one if step.arc < 0]
    assert stays == [750.0] * 3
    network, taken = town().walks.network, np.array([step.arc for step in one if step.arc >= 0])
    assert (network.heads[taken[:-1]] == network.tails[taken[1:]]).all()
    assert network.heads[taken[-1]] == network.tails[arcs[0]]


def test_a_battery_too_small_for_a_round_is_refused() -> None:
    enough(KIT, 1_000.0, what="Robot")
    small = replace(KIT, battery=Battery(10.0, 5.0, 0.1))
    told = (
        "Robot.battery_wh must be enough for a round of 1,000 m, which uses 28 Wh; of 10 Wh 9 may"
    )
    with pytest.raises(ValueError, match=told):
        enough(small, 1_000.0, what="Robot")


def test_a_park_is_found_by_name_or_by_the_longest_ways() -> None:
    area = resolve("city", town().city)
    assert park_in(town(), area, name="", what="Robot") is park()
    found = park_in(town(), area, name="한울중앙공원", what="Robot")
    assert found.name == "한울중앙공원"
    with pytest.raises(ValueError, match=r"Robot.park must be one of .*: .*다온공원.*; got 'x'"):
        park_in(town(), area, name="x", what="Robot")


def test_an_area_without_a_park_or_with_a_wood_is_told_apart() -> None:
    east, north = town().city["parks"].total_bounds[2:]
    far = Area("far", shapely.box(east + 10, north + 10, east + 500, north + 500))
    with pytest.raises(ValueError, match=r"Robot.area 'far' must hold a park, it holds none"):
        park_in(town(), far, name="", what="Robot")
    wood = gpd.GeoDataFrame(
        {"name": ["숲"]}, geometry=[shapely.box(east + 20, north + 20, east + 90, north + 90)],
        crs=town().city.crs,
    )  # fmt: skip
    green = replace(town(), city=town().city.edit(parks=wood))
    told = r"Robot.area 'far' must hold a park with a footway in it, it holds 1 without"
    with pytest.raises(ValueError, match=told):
        park_in(green, far, name="", what="Robot")
