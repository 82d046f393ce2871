"""Drones beside the ground crew: what they see when, how they fly, and what stops them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely

from scenarios import solutions
from scenarios.drone_safety_net import DroneSafetyNet
from scenarios.drone_safety_net.airspace import Airspace
from scenarios.drone_safety_net.drone import Trust
from scenarios.drone_safety_net.flight import Wind, wind_at
from scenarios.drone_safety_net.net import UNSERVED, Limits, Net, Rules
from tests.scenarios.drones import (
    HOUR_MS,
    PLAIN,
    REAL,
    RESIDENTS,
    SURE,
    called,
    drones,
    eye_s,
    flown_net,
    judged,
    lived,
    town,
    whole,
)
from twin.area import resolve
from twin.experiment.study import prepare
from twin.machines import Wear
from twin.scenario import read, write
from twin.sim import Sim, When


def test_the_first_eye_is_earlier_with_drones_and_never_later() -> None:
    before, after = lived(), lived(docks=2, **SURE)
    crew, both = (drones().measure(run) for run in (before, after))
    assert crew["drone.eye"] is not None
    assert both["drone.eye"] is not None
    assert both["drone.eye"] < 0.5 * crew["drone.eye"]
    assert crew["drone.first"] == crew["drone.lead"] == 0.0
    lead = judged(docks=2, **SURE)["drone.lead"]
    assert lead == pytest.approx(crew["drone.eye"] - both["drone.eye"])
    assert before.trace["case"] == after.trace["case"], "the crews are those of today"


@pytest.mark.parametrize(
    ("name", "worse"),
    [("speed", (15.0, 8.0, 4.0)), ("launch_s", (0.0, 60.0, 240.0)), ("no_link", (0.0, 0.4, 1.0)),
     ("docks", (4, 1)), ("search_s", (0.0, 120.0))],
)  # fmt: skip
def test_a_worse_drone_sees_later(name: str, worse: tuple[float, ...]) -> None:
    settings = [{**SURE, "docks": 2, name: value} for value in worse]
    found = [judged(**each)["drone.eye"] for each in settings]
    assert found == sorted(found)
    assert found[-1] > found[0]


def test_drones_that_cannot_be_seen_by_change_nothing_for_anybody() -> None:
    """Without a link the calls are seen when the crew comes, as today."""
    blind = judged(**{**SURE, "no_link": 1.0, "docks": 2})
    assert blind["drone.eye"] == drones().measure(lived())["drone.eye"]
    assert np.isnan(blind["drone.t_eye"])
    assert blind["drone.cleared"] == blind["drone.crew_h"] == 0.0


def test_what_is_told_from_the_air_spares_crews_by_share() -> None:
    found = [judged(**{**SURE, "docks": 2, "tells_nothing": share}) for share in (0.0, 0.5, 1.0)]
    hours = [each["drone.crew_h"] for each in found]
    assert hours[0] == 0.0
    assert hours == sorted(hours)
    assert hours[2] > 0.0
    assert all(each["drone.wrong_clear"] == 0.0 for each in found)
    wrong = judged(**{**SURE, "docks": 2, "wrong_clear": 1.0})
    assert wrong["drone.wrong_clear"] > 0.0


def test_what_a_minute_is_worth_is_only_a_price() -> None:
    free, priced = (judged(**{**SURE, "docks": 2, "minute_krw": krw}) for krw in (0, 10_000))
    assert free["drone.lead_worth"] == 0.0
    assert priced["drone.lead_worth"] > 0.0
    assert {**priced, "drone.lead_worth": 0.0} == pytest.approx(free, nan_ok=True)


def test_docks_for_the_ninth_decile_leave_fewer_behind_than_docks_for_the_mean() -> None:
    late = {}
    for siting in ("median", "p90"):
        found = judged(**{**SURE, "docks": 2, "siting": siting})
        late[siting] = found["drone.t_eye_p90"]
    assert late["p90"] <= late["median"] * 1.05


def test_costs_are_by_what_was_put_up() -> None:
    costs = drones(docks=5).costs(lived(docks=2, **SURE))
    put_up = len(lived(docks=2, **SURE).trace["dock"])
    assert costs[0].capex == put_up * DroneSafetyNet().dock_cost
    assert costs[1].opex == DroneSafetyNet().pilot_year
    assert all(cost.tag == "GK" for cost in costs)


# --- flight ---------------------------------------------------------------------------------


def test_the_wind_triangle() -> None:
    """Against 5 m/s at 15: 10; with it 20; across sqrt(15^2 - 5^2)."""
    east, north = np.array([1_000.0, -1_000.0, 0.0]), np.array([0.0, 0.0, 1_000.0])
    found = PLAIN.cruise_s(east, north, Wind(5.0, 0.0))
    assert found == pytest.approx([1_000 / 20, 1_000 / 10, 1_000 / np.sqrt(200)])
    assert np.isinf(PLAIN.cruise_s(-east[:1], north[:1], Wind(15.0, 0.0))).all()
    assert np.isinf(PLAIN.cruise_s(np.zeros(1), np.ones(1), Wind(16.0, 0.0))).all()
    assert (PLAIN.cruise_s(np.zeros(1), np.zeros(1), Wind(16.0, 0.0)) == 0.0).all()


def test_wind_comes_from_where_it_is_said_and_grows_with_height() -> None:
    west = wind_at(80.0, 4.0, 270.0, 0.25)
    assert west.east == pytest.approx(4.0 * 8.0**0.25)
    assert west.north == pytest.approx(0.0, abs=1e-9)
    assert wind_at(5.0, 4.0, 0.0, 0.25) == pytest.approx((0.0, -4.0), abs=1e-9)


def test_a_mission_takes_launch_climb_cruise_stoop_and_search() -> None:
    calls = called(np.array([(1_500.0, 0.0)]), np.array([HOUR_MS]), probe=0)
    trace, net = flown_net(np.zeros((1, 2)), calls, Rules(stay_s=0.0), craft=REAL)
    assert eye_s(trace, calls)[0] == pytest.approx(40.0 + 16.0 + 100.0 + 6.0 + 10.0)
    whole_s = 40.0 + 16.0 + 100.0 + 6.0 + 10.0 + 6.0 + 100.0 + 16.0
    assert trace.frame("mission")["free_ms"][0] == HOUR_MS + round(1_000 * whole_s)
    legs = trace.frame("drone_leg")
    assert (legs["from_ms"].to_numpy()[1:] == legs["until_ms"].to_numpy()[:-1]).all()
    assert (legs[["x", "y", "z"]].to_numpy()[1:] == legs[["to_x", "to_y", "to_z"]][:-1]).all(
        axis=None
    )
    ends = legs[["x", "y", "z"]].iloc[0].tolist(), legs[["to_x", "to_y", "to_z"]].iloc[-1].tolist()
    assert ends == ([0.0] * 3, [0.0] * 3)
    used = net.drones[0].battery.capacity_wh - net.drones[0].left_wh
    assert used == pytest.approx((whole_s - 40.0) / REAL.endurance_s * 100.0)


def test_a_drone_is_charged_before_it_flies_so_far_again() -> None:
    """It uses 540 of 1,680 s usable on each mission of 4 km; the fourth has to wait."""
    far = np.tile((3_900.0, 0.0), (12, 1))
    moments = HOUR_MS + np.arange(12) * 700_000
    trace, net = flown_net(
        np.zeros((1, 2)), called(far, moments, probe=0), Rules(stay_s=0.0), craft=REAL
    )
    flown = trace.frame("mission")["case"].tolist()
    assert 3 <= len(flown) < 12
    assert {UNSERVED[why] for why in trace.column("no_drone", "why")} == {"none free"}
    empty = net.drones[0].battery.capacity_wh * REAL.reserve
    assert net.drones[0].left_wh >= empty - 1e-6


@pytest.mark.parametrize(
    ("spot", "why"), [((6_900.0, 0.0), None), ((7_100.0, 0.0), "out of reach")]
)
def test_no_drone_goes_beyond_its_link(spot: tuple[float, float], why: str | None) -> None:
    trace, _ = flown_net(
        np.zeros((1, 2)), called(np.array([spot]), np.array([HOUR_MS])),
        craft=replace(REAL, endurance_s=1e5),
    )  # fmt: skip
    told = [UNSERVED[code] for code in trace.column("no_drone", "why")]
    assert told == ([why] if why else [])


def test_the_second_call_of_one_moment_gets_the_second_drone() -> None:
    docks = np.array([(0.0, 0.0), (3_000.0, 0.0)])
    calls = called(np.zeros((3, 2)), np.full(3, HOUR_MS), probe=0)
    trace, _ = flown_net(docks, calls, craft=REAL)
    assert trace.frame("mission")["machine"].tolist() == [0, 1]
    assert trace.column("no_drone", "case").tolist() == [2]


def test_a_lost_drone_is_seen_no_more_and_replaced_later() -> None:
    trust = Trust(lost_h=1e-9, replace_h=5.0)
    calls = called(np.tile((100.0, 0.0), (3, 1)), HOUR_MS * np.array([1, 3, 8]), probe=0)
    trace, _ = flown_net(np.zeros((1, 2)), calls, Rules(trust=trust), craft=REAL)
    assert len(trace["drone_lost"]) == 2
    assert len(trace["look"]) == 0
    assert trace.column("no_drone", "case").tolist() == [1]


def test_a_net_that_is_down_answers_nobody() -> None:
    trust = Trust(outage=Wear(1e-6, 1e9))
    calls = called(np.zeros((2, 2)), np.array([HOUR_MS, 2 * HOUR_MS]))
    trace, _ = flown_net(np.zeros((1, 2)), calls, Rules(trust=trust))
    assert {UNSERVED[why] for why in trace.column("no_drone", "why")} == {"outage"}


def test_a_wind_that_never_lets_anything_fly_leaves_all_to_the_crews() -> None:
    calls = called(np.zeros((3, 2)), HOUR_MS * np.arange(1, 4))
    rules = Rules(limits=replace(Limits(), gust=0.0))
    trace, _ = flown_net(np.zeros((1, 2)), calls, rules, craft=REAL, calm=False)
    assert [UNSERVED[why] for why in trace.column("no_drone", "why")] == ["weather"] * 3
    stormy = judged(**{**SURE, "docks": 2, "gust_ms": 1.0, "gust_factor": 3.0, "shear": 0.6})
    still = judged(**SURE, docks=2)
    assert stormy["drone.unserved"] > 50.0 > still["drone.unserved"]
    assert stormy["drone.ready"] < 50.0 < still["drone.ready"]
    assert stormy["drone.eye"] > 2.0 * still["drone.eye"]


def test_rain_dark_and_gusts_keep_drones_down() -> None:
    def ready(**limits: float) -> int:
        net = _net(Rules(limits=replace(Limits(), **limits)))
        return sum(sky.flies for sky in net.sky)

    assert ready() == 24
    assert 0 < ready(in_the_dark=False) < 24
    assert ready(gust=0.0) == 0
    assert ready(gust=3.0, gust_factor=3.0) < ready(gust=3.0) < 24


def _net(rules: Rules) -> Net:
    sim = Sim(town(), When(start_h=0.0, warm_up=0, replication=2))
    try:
        return Net(sim, np.zeros((1, 3)), REAL, rules)
    finally:
        sim.close()


# --- airspace -------------------------------------------------------------------------------

WALL = Airspace(shapely.box(400.0, -1_000.0, 600.0, 500.0))


def test_the_way_round_what_is_closed_is_the_shortest() -> None:
    way = WALL.way((0.0, 0.0), (1_000.0, 0.0))
    assert way is not None
    metres = np.hypot(*np.diff(way, axis=0).T).sum()
    assert metres == pytest.approx(2 * np.hypot(390.0, 510.0) + 220.0, rel=1e-6)
    assert not WALL.blocked(np.stack([way[:-1], way[1:]], axis=1)).any()
    straight = WALL.way((0.0, 600.0), (1_000.0, 600.0))
    assert straight is not None
    assert len(straight) == 2
    assert WALL.way((0.0, 0.0), (500.0, 0.0)) is None


def test_nobody_flies_through_what_is_closed_nor_to_it() -> None:
    calls = called(np.array([(1_000.0, 0.0), (500.0, 0.0)]), np.array([1, 5]) * HOUR_MS, probe=0)
    trace, _ = flown_net(np.zeros((1, 2)), calls, Rules(space=WALL), craft=REAL)
    legs = trace.frame("drone_leg")
    lines = np.stack([legs[["x", "y"]].to_numpy(), legs[["to_x", "to_y"]].to_numpy()], axis=1)
    assert not WALL.blocked(lines).any()
    assert trace.column("no_drone", "case").tolist() == [1]
    assert eye_s(trace, calls)[0] > 72.0 + 1_000.0 / 15.0 + 10.0


def test_a_no_fly_file_is_read_and_kept_to(tmp_path: Path) -> None:
    city = town(RESIDENTS).city
    here = shapely.centroid(whole().polygon).buffer(150.0)
    degrees = pyproj.Transformer.from_crs(city.crs, 4326, always_xy=True)
    ring = [list(degrees.transform(x, y)) for x, y in shapely.get_coordinates(here)]
    file = tmp_path / "closed.geojson"
    file.write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}))
    free, kept = ({**SURE, "docks": 2, **more} for more in ({}, {"no_fly": str(file)}))
    assert judged(**kept)["drone.eye"] >= judged(**free)["drone.eye"]
    docks = lived(**kept).trace.frame("dock")
    closed = resolve(str(file), city).polygon
    assert not shapely.intersects_xy(closed, docks["x"], docks["y"]).any()


def test_a_no_fly_file_lies_beside_its_scenario(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    city = town().city
    degrees = pyproj.Transformer.from_crs(city.crs, 4326, always_xy=True)
    spot = shapely.centroid(resolve("city", city).polygon).buffer(50.0)
    ring = [list(degrees.transform(x, y)) for x, y in shapely.get_coordinates(spot)]
    shape = json.dumps({"type": "Polygon", "coordinates": [ring]})
    (tmp_path / "one" / "closed.geojson").write_text(shape)
    text = "name: it\ncity: {newtown: {residents: 2000}}\nalternatives:\n"
    text += "  a: [{drone_safety_net: {docks: 1, no_fly: closed.geojson}}]\n"
    (tmp_path / "one" / "it.yaml").write_text(text)
    scenario = read(tmp_path / "one" / "it.yaml", solutions())
    moved = read(write(scenario, tmp_path / "two" / "it.yaml"), solutions())
    for each in (scenario, moved):
        (net,) = prepare(each, city).alternatives["a"]
        assert isinstance(net, DroneSafetyNet)
        assert Path(net.no_fly).read_text() == shape
