"""Drones beside the ground crew: what they see when, what stops them, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely

from gis.city import City
from scenarios import solutions
from scenarios.drone_safety_net import DroneSafetyNet
from scenarios.drone_safety_net.airspace import Airspace
from scenarios.drone_safety_net.drone import Trust
from scenarios.drone_safety_net.flight import CALM, Craft, Wind, wind_at
from scenarios.drone_safety_net.net import UNSERVED, Limits, Net, Rules, Sky
from scenarios.drone_safety_net.patrol import Beat, Rounds, passes
from tests.scenarios.drones import HOUR_MS, PLAIN, called, eye_s, flown_net, random_spots, town
from twin.area import Area, resolve
from twin.experiment.study import prepare
from twin.luck import Luck
from twin.machines import Wear
from twin.patrol import Shift
from twin.response import Case
from twin.scenario import read, write
from twin.sim import Sim, When
from twin.solution import Run
from twin.trace import Trace

RESIDENTS = 8_000
SURE = {
    "breakdown_h": 0.0, "network_h": 0.0, "no_link": 0.0, "lost_h": 0.0, "gust_ms": 40.0,
    "rain_mm": 100.0, "tells_nothing": 1.0, "wrong_clear": 0.0, "stay_min": 0.0,
}  # fmt: skip
LUCK = Luck(5, "drone tests", 0)
REAL = replace(
    PLAIN, climb=5.0, height_m=80.0, look_m=50.0, launch_s=40.0, search_s=10.0,
    endurance_s=2_100.0, reserve=0.2, charge_s=2_100.0, link_m=7_000.0,
)  # fmt: skip


@cache
def whole() -> Area:
    return resolve("city", town(RESIDENTS).city)


def drones(**settings: object) -> DroneSafetyNet:
    return DroneSafetyNet(area=whole(), **settings)  # type: ignore[arg-type]


@cache
def lived(**settings: object) -> Run:
    """Return a day without drones where no setting is given."""
    ground = town(RESIDENTS)
    sim = Sim(ground, When(start_h=0.0, warm_up=0))
    try:
        if settings:
            drones(**settings).install(sim)
        trace = sim.run(trips=sim.trips()[:0])
    finally:
        sim.close()
    return Run(ground.city, trace, whole(), (0.0, 86_400.0), "weekday", 0, ground=ground)


def judged(**settings: object) -> dict[str, float]:
    given = {key: value for key, value in settings.items() if key != "docks"}
    found = drones(**given).measure(lived(**settings))
    return {name: np.nan if value is None else value for name, value in found.items()}


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


# --- patrol ---------------------------------------------------------------------------------


def test_what_a_way_passes_is_within_half_the_width() -> None:
    way = np.array([(0.0, 0.0), (100.0, 0.0), (100.0, 100.0)])
    spots = np.array([(50.0, 9.0), (50.0, 11.0), (108.0, 50.0), (109.0, -4.0)])
    found = passes(way, 10.0, spots, 20.0)
    assert sorted(zip(found.case.tolist(), found.after_s.tolist(), strict=True)) == [
        (0, 5.0), (2, 15.0), (3, 10.0), (3, 10.0),
    ]  # fmt: skip


def patrolled(places: np.ndarray, cases: list, beat: Beat, **craft: float) -> Trace:  # type: ignore[type-arg]
    sim = Sim(town(), When(start_h=0.0, warm_up=0))
    try:
        net = Net(sim, np.zeros((1, 3)), replace(PLAIN, **craft), Rules())
        net.sky = [net.sky[0]._replace(flies=True)]
        Rounds(net, places, cases, beat)
        return sim.run(trips=sim.trips()[:0])
    finally:
        sim.close()


@pytest.mark.parametrize("mean_s", [100.0, 400.0, 1_600.0])
def test_a_loop_sees_what_lasts_long_enough(mean_s: float) -> None:
    """O32: (1 - exp(-L / tau)) / (L / tau) of what lasts exponentially, L the time of the loop."""
    places = np.array([(1_000.0, 0.0), (1_000.0, 1_000.0), (0.0, 1_000.0)])
    loop_s, number = 4_000.0 / 10.0, 8_000
    rows = np.arange(number)
    begin = (np.asarray(LUCK.of("begin").uniform(rows)) * 80_000_000).astype(np.int64)
    lasts = np.asarray(LUCK.of("lasts").exponential(rows, mean_s * 1_000)).astype(np.int64)
    where = places[rows % 3]
    cases = [
        case._replace(time_ms=int(start), call_ms=-1, end_ms=int(start + for_ms))
        for case, start, for_ms in zip(called(where, begin), begin, lasts, strict=True)
    ]
    beat = Beat(Shift(0.0, 24.0), speed=10.0, width_m=20.0, recall=1.0)
    trace = patrolled(places, cases, beat)
    seen = len(np.unique(trace.column("look", "case")))
    theory = (1 - np.exp(-loop_s / mean_s)) / (loop_s / mean_s)
    error = np.sqrt(theory * (1 - theory) / number)
    assert abs(seen / number - theory) <= 3 * error + 0.005 * theory


def test_patrols_rest_to_charge_and_find_less_the_less_they_see() -> None:
    sure = {**SURE, "docks": 2, "policy": "patrol", "patrol_from_h": 0.0, "patrol_to_h": 24.0}
    found = [judged(**sure, recall=recall)["drone.found"] for recall in (0.0, 0.5, 1.0)]
    assert found[0] == 0.0
    assert found == sorted(found)
    assert found[2] > 0.0
    gaps = [judged(**sure, charge_min=minutes)["drone.gap_p95"] for minutes in (5.0, 60.0)]
    assert gaps[1] > gaps[0]
    assert judged(**sure)["drone.ready"] < 100.0
    assert np.isnan(judged(**SURE, docks=2)["drone.gap_p95"])


def test_a_patrol_is_only_in_its_hours() -> None:
    run = lived(**SURE, docks=1, policy="patrol", patrol_from_h=2.0, patrol_to_h=4.0)
    rounds = run.trace.frame("round")
    assert rounds["time_ms"].between(2 * HOUR_MS, 4 * HOUR_MS).all()
    assert len(rounds) > 1


def on_a_round(
    call_s: float, spot: tuple[float, float], craft: Craft = REAL
) -> tuple[Trace, list[Case]]:
    """Return what came of a call while a drone flies 4 km round a square at 10 m/s."""
    places = np.array([(1_000.0, 0.0), (1_000.0, 1_000.0), (0.0, 1_000.0)])
    calls = called(np.array([spot]), np.array([round(1_000 * call_s)]), probe=0)
    sim = Sim(town(), When(start_h=0.0, warm_up=0))
    try:
        net = Net(sim, np.zeros((1, 3)), craft, Rules(stay_s=0.0))
        net.sky = [Sky(CALM, True)]
        net.serve(calls)
        Rounds(net, places, [], Beat(Shift(0.0, 0.05), speed=10.0, width_m=20.0, recall=1.0))
        return sim.run(trips=sim.trips()[:0]), calls
    finally:
        sim.close()


def test_a_drone_leaves_its_round_from_where_it_is() -> None:
    """After 16 s of climb and 150 s of way it is at (1000, 500); the call is 300 m to the east."""
    trace, calls = on_a_round(16.0 + 150.0, (1_300.0, 500.0))
    assert eye_s(trace, calls)[0] == pytest.approx(300.0 / 15.0 + 6.0 + 10.0)
    legs = trace.frame("drone_leg").sort_values("from_ms", kind="stable")
    begins, ends = legs[["x", "y", "z"]].to_numpy(), legs[["to_x", "to_y", "to_z"]].to_numpy()
    assert (legs["from_ms"].to_numpy()[1:] == legs["until_ms"].to_numpy()[:-1]).all()
    assert begins[1:] == pytest.approx(ends[:-1], abs=0.02)
    assert begins[0].tolist() == ends[-1].tolist() == [0.0] * 3
    assert trace.frame("visit")["place"].tolist() == [0], "the rest of the round is not flown"
    home_s = np.hypot(1_300.0, 500.0) / 15.0
    lasts = 166.0 + 20.0 + 6.0 + 10.0 + 6.0 + home_s + 16.0
    assert legs["until_ms"].iloc[-1] == pytest.approx(1_000 * lasts, abs=20)


def test_while_it_climbs_or_lands_it_answers_nobody() -> None:
    for call_s in (5.0, 16.0 + 400.0 + 5.0):
        trace, _ = on_a_round(call_s, (1_300.0, 500.0))
        assert [UNSERVED[why] for why in trace.column("no_drone", "why")] == ["none free"]


def test_what_it_has_flown_already_counts_against_a_call() -> None:
    """There are 1,040 s without the reserve: 66 and 805 for the call fit in, 316 and 843 do not."""
    short = replace(REAL, endurance_s=1_300.0)
    early, late = (on_a_round(16.0 + s, (6_000.0, 0.0), short)[0] for s in (50.0, 300.0))
    assert len(early["look"]) == 1
    assert len(late["look"]) == 0


def test_random_routes_differ_from_round_to_round() -> None:
    places = random_spots(12, 2_000.0, LUCK.of("places"))
    beat = Beat(Shift(0.0, 2.0), speed=10.0, width_m=20.0, recall=1.0, route="random")
    visits = patrolled(places, [], beat).frame("visit")["place"].tolist()
    assert visits[:12] != visits[12:24]
    assert sorted(visits[:12]) == sorted(visits[12:24]) == list(range(12))


# --- what is refused ------------------------------------------------------------------------


def in_degrees(x: float, y: float, city: City) -> str:
    lon, lat = pyproj.Transformer.from_crs(city.crs, 4326, always_xy=True).transform(x, y)
    return f"{lat:.6f} {lon:.6f}"


def test_docks_stand_where_somebody_has_them_in_mind() -> None:
    city = town(RESIDENTS).city
    spot = city["buildings"].geometry.iloc[3].representative_point()
    street = city["streets"].geometry.iloc[0].interpolate(0.5, normalized=True)
    docks = lived(**SURE, docks=1, places=f"3; {in_degrees(street.x, street.y, city)}").trace
    found = docks.frame("dock")
    assert found[["x", "y"]].to_numpy() == pytest.approx(
        np.array([(spot.x, spot.y), (street.x, street.y)]), abs=0.2
    )
    assert found["z"].tolist() == [float(city["buildings"]["height_m"].iloc[3]), 0.0]


def test_a_dock_in_the_water_is_refused() -> None:
    city = town(RESIDENTS).city
    spot = city["water"].geometry.iloc[0].representative_point()
    text = in_degrees(spot.x, spot.y, city)
    with pytest.raises(ValueError, match=r"places must stand on dry ground, got .* in the water"):
        lived(**SURE, docks=1, places=text)


@pytest.mark.parametrize(
    ("places", "told"),
    [
        ("99999", r"DroneSafetyNet.places must be from 0 to \d+, got 99999"),
        ("35.0 127.0", "DroneSafetyNet.places must lie in '.*', got 35.00000 127.00000"),
        ("roof", "DroneSafetyNet.places must be numbers, or pairs of latitude and longitude"),
    ],
)
def test_a_place_that_is_none_is_refused(places: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        lived(**SURE, docks=1, places=places)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"endurance_min": 1.0}, "endurance_min must last for a flight out and back beside a res"),
        ({"docks": -1}, r"docks must be in \[0, 500\], got -1|docks must be in \[0, 500\] docks"),
        ({"gust_ms": 0.0}, r"gust_ms must be in \[1, 40\] m/s, got 0.0"),
        ({"no_link": 1.5}, r"no_link must be in \[0, 1\], got 1.5"),
        ({"wrong_clear": -0.1}, r"wrong_clear must be in \[0, 1\], got -0.1"),
        ({"recall": float("nan")}, r"recall must be in \[0, 1\], got nan"),
        ({"siting": "best"}, "siting must be cover or median or p90, got 'best'"),
        ({"policy": "all"}, "policy must be calls or patrol or both, got 'all'"),
        ({"route": "zigzag"}, "route must be loop or random, got 'zigzag'"),
        ({"kinds": "fire flood"}, "kinds must be some of fire, crime, .*, got 'fire flood'"),
        ({"kinds": ""}, "kinds must be some of fire, .*, got ''"),
    ],
)
def test_what_cannot_be_is_refused(settings: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=f"DroneSafetyNet.({told})"):
        drones(**settings)


def test_an_area_without_a_roof_is_refused() -> None:
    city = town(RESIDENTS).city
    away = Area(
        "the field", shapely.box(*city["streets"].total_bounds).buffer(900.0).exterior.buffer(9.0)
    )
    sim = Sim(town(RESIDENTS), When())
    with pytest.raises(ValueError, match=r"area 'the field' must hold .*, it holds none"):
        DroneSafetyNet(area=away).install(sim)
    sim.close()


def test_no_place_may_be_where_nobody_may_fly(tmp_path: Path) -> None:
    city = town(RESIDENTS).city
    degrees = pyproj.Transformer.from_crs(city.crs, 4326, always_xy=True)
    ring = [list(degrees.transform(x, y)) for x, y in shapely.get_coordinates(whole().polygon)]
    file = tmp_path / "all.geojson"
    file.write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}))
    with pytest.raises(ValueError, match="places must lie where drones may fly"):
        lived(**SURE, docks=1, places="3", no_fly=str(file))
    with pytest.raises(ValueError, match="must hold a building for a dock, it holds none"):
        lived(**SURE, docks=1, no_fly=str(file))


@pytest.mark.verify
@pytest.mark.parametrize("lasts_s", [300.0, 1_200.0])
def test_a_random_route_finds_as_random_search_does(lasts_s: float) -> None:
    """O33: 1 - exp(-w v D f), asymptotic, 5 %.

    f is how dense random waypoints are where one looks: in the middle of a square 2.25 / A, by
    Bettstetter, Resta & Santi (2003, doi:10.1109/TMC.2003.1233531), itself an approximation.
    """
    side_m, width_m, speed, number = 4_000.0, 40.0, 15.0, 1_500
    places = random_spots(4_000, side_m, LUCK.of("waypoints"))
    rows = np.arange(number)
    begin = (np.asarray(LUCK.of("start").uniform(rows)) * 80_000_000).astype(np.int64)
    cases = [
        case._replace(time_ms=int(start), call_ms=-1, end_ms=int(start + 1_000 * lasts_s))
        for case, start in zip(
            called(random_spots(number, side_m / 8, LUCK.of("core")), begin), begin, strict=True
        )
    ]
    beat = Beat(Shift(0.0, 24.0), speed=speed, width_m=width_m, recall=1.0, route="random")
    trace = patrolled(places, cases, beat)
    seen = len(np.unique(trace.column("look", "case"))) / number
    theory = 1.0 - np.exp(-width_m * speed * lasts_s * 2.25 / side_m**2)
    error = np.sqrt(theory * (1.0 - theory) / number)
    assert abs(seen - theory) <= 3.0 * error + 0.05 * theory, f"{seen:.4f} against {theory:.4f}"


def test_the_rest_of_the_day_is_no_gap_between_visits() -> None:
    """A patrol from ten to two at night, in a day from midnight to midnight."""
    settings = {**SURE, "docks": 1, "policy": "patrol", "patrol_from_h": 22.0, "patrol_to_h": 2.0}
    visits = lived(**settings).trace.frame("visit")
    late = visits["at_ms"] > 20 * HOUR_MS
    assert late.any()
    assert not late.all()
    assert 0.0 < judged(**settings)["drone.gap_p95"] <= 4 * 60.0


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
