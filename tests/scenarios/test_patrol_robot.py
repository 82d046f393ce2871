"""Patrols of a park: what is seen keeps to theory, and what is not there is said."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely

from gis.newtown import newtown
from scenarios.patrol_robot import PatrolRobot
from scenarios.patrol_robot import patrollers as module
from scenarios.patrol_robot.indicators import (
    Events,
    Eye,
    Seen,
    View,
    Watch,
    camera_places,
    sampled,
    seen_by,
    standing,
    walking,
)
from twin.area import Area, resolve
from twin.experiment.simulate import live
from twin.luck import Luck
from twin.park_kpis import Legs, legs
from twin.response import ROBOT, Case, eyes
from twin.rounds import loop, park_in
from twin.sim import When
from twin.solution import Run
from twin.world.ground import Ground, ground
from twin.world.incidents import INCIDENT_KINDS, thinned
from twin.world.parks import Park, parks_of

DAY = When(everybody=True)
H, MS_PER_S = 3_600.0, 1_000
EYE = Eye(reach_m=0.5, chance=1.0, deters=0.0)
STEADY = {"from_h": 0.0, "to_h": 24.0, "breakdown_h": 0.0, "battery_wh": 100_000.0,
          "charge_w": 50_000.0, "false_per_h": 0.0}  # fmt: skip


@cache
def town() -> Ground:
    return ground(newtown(residents=2_000))


@cache
def area() -> Area:
    return resolve("city", town().city)


@cache
def own_park() -> Park:
    return park_in(town(), area(), name="", what="PatrolRobot")


def patrol(**settings: object) -> PatrolRobot:
    return PatrolRobot(area=area(), **settings)  # type: ignore[arg-type]


@cache
def day(replication: int = 0, **settings: object) -> Run:
    when = replace(DAY, replication=replication)
    return live(town(), (patrol(**settings),), when, area=area())


@cache
def measured(run: Run) -> dict[str, float | None]:
    return patrol(fleet=9, see_crime=0.01).measure(run)


def found(name: str, run: Run) -> float:
    value = measured(run)[f"patrol.{name}"]
    assert value is not None
    return value


@cache
def dry() -> int:
    """Return a replication without rain, in which robots go round all day."""
    for replication in range(40):
        run = day(replication, fleet=0, cameras=1)
        if not (run.trace.column("weather", "rain_mm") > 0).any():
            return replication
    raise AssertionError("it rains in every replication")


def on_ways(run: Run, event: str = "patrol") -> tuple[Legs, Seen]:
    """Return the legs of a run, and what they saw of the middles of the park's ways."""
    gone = legs(run, event, town(), own_park())
    ends = gone.table[["x", "y", "to_x", "to_y"]].to_numpy().reshape(-1, 2, 2)
    points = np.unique(ends.mean(axis=1).round(6), axis=0)
    middle = replace(own_park())
    object.__setattr__(middle, "points", points)
    view = View(middle, np.arange(len(points)), Luck(1, "parks"))
    span = gone.table["from_ms"].min() / 1_000, gone.table["until_ms"].max() / 1_000
    return gone, Seen(seen_by([walking(gone, view, EYE)], len(points)), span, every_s=20.0)


def anywhere(seen: Seen, lasts_min: float) -> Events:
    places = len(seen.seen.first) - 1
    return Events(1.0, np.full(places, 1.0 / places), np.full(24, 1.0 / 24), lasts_min)


@pytest.mark.parametrize("fixed", [False, True])
@pytest.mark.parametrize("lasts_min", [2.0, 5.0, 30.0])
@pytest.mark.parametrize("fleet", [1, 2])
def test_a_loop_patrol_sees_what_theory_says(fleet: int, lasts_min: float, fixed: bool) -> None:
    """O32, by the production run: each gap g of a place is a loop of its own.

    An event is seen with (1 - exp(-g / tau)) / (g / tau), or min(1, D / g), for the gap it falls
    in; gaps are those of the plan: the way along the round from one pass of a place to the next.
    """
    run = day(dry(), fleet=fleet, **STEADY)
    gone, seen = on_ways(run)
    network, arcs = town().walks.network, loop(town(), own_park())
    metres, half = network.cost[arcs], len(network.tails) // 2
    at = np.cumsum(metres) - metres / 2.0
    stretch = gone.seconds.sum() / fleet / (len(gone) / fleet / len(arcs)) / metres.sum()
    theory, lasts = [], 60.0 * lasts_min
    for way in np.unique(arcs % half):
        shift = np.cumsum(metres)[(np.arange(fleet) * len(arcs)) // fleet - 1] * (
            np.arange(fleet) > 0
        )
        passes = np.sort((at[arcs % half == way][:, None] - shift[None]).ravel() % metres.sum())
        gaps = np.diff(np.append(passes, passes[0] + metres.sum())) * stretch
        each = np.minimum(gaps, lasts) if fixed else lasts * (1.0 - np.exp(-gaps / lasts))
        theory.append(each.sum() / gaps.sum())
    share, _ = seen.chance(anywhere(seen, lasts_min), fixed=fixed)
    assert share == pytest.approx(np.mean(theory), rel=0.03)


def test_a_stroll_at_random_sees_as_koopman_says() -> None:
    """O33: 1 - exp(-v D / M) on ways of M metres, for a short D: it has not come back yet."""
    run = day(dry(), fleet=1, policy="random", **STEADY)
    gone, seen = on_ways(run)
    lasts_min = 1.5
    speed = gone.metres.sum() / gone.seconds.sum()
    metres = np.unique(gone.table["arc"] % (len(town().walks.network.tails) // 2))
    length = town().walks.network.cost[metres].sum()
    share, _ = seen.chance(anywhere(seen, lasts_min), fixed=True)
    assert share == pytest.approx(1.0 - math.exp(-speed * 60.0 * lasts_min / length), rel=0.15)


def test_cameras_anywhere_cover_the_share_of_a_boolean_model() -> None:
    """O34: 1 - exp(-g pi r2) of places are in reach of points of a Poisson field."""
    side, reach, mean = 400.0, 30.0, 40
    square = replace(own_park(), polygon=shapely.box(0, 0, side, side))
    view, covered = sampled(square, Luck(1, "parks")), []
    wide = (side + 2 * reach) ** 2
    for trial in range(60):
        luck = Luck(9, "cameras", trial)
        count = int(luck.poisson(0, mean * wide / side**2))
        xy = np.asarray(luck.uniform(np.arange(count)[:, None], look=np.arange(1, 3)[None]))
        cameras = pd.DataFrame(xy * (side + 2 * reach) - reach, columns=["x", "y"])
        watch = standing(cameras, view, Eye(reach, 1.0, 0.0), (0.0, H))
        covered.append(Seen(seen_by([watch], len(view.rows)), (0.0, H)).reached())
    theory = 1.0 - math.exp(-mean / side**2 * math.pi * reach**2)
    error = 3.0 * np.std(covered) / math.sqrt(len(covered))
    assert error < 0.03
    assert np.mean(covered) == pytest.approx(theory, abs=error)


def test_presence_thins_crime_by_what_it_deters() -> None:
    """O35: rate' = rate (1 - e); with 12.5 minutes' stay e is what was published."""
    eye = Eye(10.0, 1.0, 0.16)
    stay = pd.DataFrame({"point": [0], "begin_s": [0.0], "end_s": [750.0]})
    seen = Seen(seen_by([Watch(stay, eye)], 1), (745.0, 755.0), every_s=10.0)
    share = seen.deterred(anywhere(seen, 5.0))
    assert share == pytest.approx(0.16, rel=0.01)
    crimes = 40_000
    table = pa.table(
        {"cell": np.arange(crimes), "hour": np.zeros(crimes, int), "nth": np.zeros(crimes, int),
         "kind": np.full(crimes, INCIDENT_KINDS.index("crime"))}
    )  # fmt: skip
    left = len(thinned(table, share, Luck(3, "deterred", 0)))
    mean = crimes * (1.0 - share)
    assert left == pytest.approx(mean, abs=3.0 * math.sqrt(crimes * share * (1.0 - share)))
    assert Eye(10.0, 1.0, 0.0).strength == 0.0


def test_crime_of_the_day_is_thinned_by_luck_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 400 crimes those are left that presence does not prevent."""
    run = day(fleet=1, breakdown_h=0.0, from_h=0.0, to_h=24.0)
    table = run.trace.frame("case").iloc[[0] * 400]
    x, y = own_park().points[len(own_park().points) // 2]
    crimes = table.assign(
        x=x, y=y, kind=INCIDENT_KINDS.index("crime"), real=1, weight=1.0, nth=0, cell=range(400),
        time_ms=20 * 3_600_000, hour=20,
    )  # fmt: skip
    made = type(run.trace)({**run.trace, "case": pa.Table.from_pandas(crimes)})
    left = {}
    for share in (0.0, 0.5, 0.9):
        monkeypatch.setattr(Seen, "put_off", lambda *_, share=share: np.full(400, share))
        left[share] = patrol().measure(replace(run, trace=made))["patrol.crimes"]
    assert left[0.0] == 365 * 400
    assert left[0.5] == pytest.approx(365 * 200, abs=365 * 4 * 10)
    assert left[0.9] == pytest.approx(365 * 40, abs=365 * 4 * 6)


def test_what_presence_prevents_is_told_place_by_place() -> None:
    stay = pd.DataFrame({"point": [0], "begin_s": [0.0], "end_s": [750.0]})
    view = sampled(own_park(), Luck(1, "parks"))
    seen = Seen(seen_by([Watch(stay, Eye(10.0, 1.0, 0.16))], len(view.rows)), (0.0, H))
    x, y = view.points[[0, 40]].T
    assert seen.put_off(view, x, y, np.full(2, 750.0)) == pytest.approx([0.16, 0.0])


def test_who_sees_more_comes_out_so() -> None:
    robot, two = day(fleet=1, breakdown_h=0.0), day(fleet=2, breakdown_h=0.0)
    guard, none = day(fleet=0, guards=1), day(fleet=0, cameras=1)
    for name in ("coverage", "detect_fire", "detect_crime", "detect_fall", "seen"):
        assert 0.0 < found(name, robot) < found(name, two)
        assert found(name, robot) < found(name, guard)
    assert found("gap_p95", two) < found("gap_p95", robot) <= 0.95 * 720.0 + 1.0
    assert found("guard_h", guard) == found("guard_h", none) == 0.0
    assert found("fire_loss", guard) < found("fire_loss", none)
    assert found("deterred", robot) < found("deterred", guard)


def test_hot_spots_are_deterred_most_and_seen_least() -> None:
    round_about = day(fleet=1, breakdown_h=0.0, deters=0.16)
    stays = day(fleet=1, breakdown_h=0.0, deters=0.16, policy="hotspots", spots=2)
    assert found("deterred", stays) > found("deterred", round_about)
    assert found("coverage", stays) < found("coverage", round_about)


def test_the_benefit_that_was_promised_is_not_there() -> None:
    """Crime deterred and fire averted in a year are worth less than a hundredth of a robot."""
    robot, none = day(fleet=1), day(fleet=0, cameras=1)
    crime = 365 * found("deterred", robot) * 50e6
    fire = 365 * (found("fire_loss", none) - found("fire_loss", robot))
    assert 0.0 < crime + fire < 0.01 * 40e6


def test_what_a_run_is_set_to_is_what_it_is_judged_by() -> None:
    run = day(fleet=1, breakdown_h=0.0)
    for name in ("uptime", "detect_crime", "true_share", "operator_h"):
        assert found(name, run) == patrol(fleet=1, breakdown_h=0.0).measure(run)[f"patrol.{name}"]


def test_false_alarms_are_poisson_and_cost_time() -> None:
    counts = [found("alarms", day(r, fleet=1, breakdown_h=0.0, false_per_h=4.0)) for r in range(3)]
    hours = [
        float(legs(day(r, fleet=1, breakdown_h=0.0, false_per_h=4.0), "patrol", town(), own_park())
              .seconds.sum()) / H
        for r in range(3)
    ]  # fmt: skip
    assert sum(counts) == pytest.approx(4.0 * sum(hours), abs=4 * math.sqrt(4.0 * sum(hours)))
    calm = day(fleet=1, breakdown_h=0.0, false_per_h=0.0)
    assert found("alarms", calm) == 0.0
    assert found("km", calm) > found("km", day(fleet=1, breakdown_h=0.0, false_per_h=4.0))


@pytest.fixture
def case() -> Case:
    """Return a crime on the way of a robot, seven minutes after its first pass there."""
    gone = legs(day(dry(), fleet=1, **STEADY), "patrol", town(), own_park())
    row = gone.table.iloc[40]
    begins = int(row["until_ms"]) + 420_000
    kind = INCIDENT_KINDS.index("crime")
    x, y = (row["x"] + row["to_x"]) / 2.0, (row["y"] + row["to_y"]) / 2.0
    return Case(7, kind, x, y, begins, -1, -1, begins + 3_600_000, 1, -1, 0)


def watched(monkeypatch: pytest.MonkeyPatch, case: Case, **settings: object) -> pd.DataFrame:
    """Return who looked at a case, in a run in which it is all that happens."""
    monkeypatch.setattr("scenarios.patrol_robot.cases", lambda *_: [case])
    own = patrol(**{"fleet": 1, **STEADY, "see_crime": 1.0, "online": 1.0, **settings})
    when = replace(DAY, replication=dry())
    return live(town(), (own,), when, area=area()).trace.frame("look")


def test_a_robot_sees_what_goes_on_beside_its_way_once(
    monkeypatch: pytest.MonkeyPatch, case: Case
) -> None:
    looks = watched(monkeypatch, case)
    assert len(looks) == 1
    seen = looks.iloc[0]
    assert (seen["case"], seen["who"], seen["machine"]) == (7, ROBOT, 0)
    assert case.time_ms <= seen["at_ms"] <= case.end_ms
    tour_ms = 1_000 * town().walks.network.cost[loop(town(), own_park())].sum()
    assert seen["at_ms"] - case.time_ms <= 1.2 * tour_ms


@pytest.mark.parametrize("change", ["over", "far", "blind", "mistaken"])
def test_it_does_not_see_what_is_over_far_away_or_nothing(
    monkeypatch: pytest.MonkeyPatch, case: Case, change: str
) -> None:
    settings: dict[str, object] = {}
    if change == "over":
        case = case._replace(end_ms=case.time_ms + 60_000)
    elif change == "far":
        case = case._replace(x=case.x + 500.0)
    elif change == "mistaken":
        case = case._replace(real=0)
    else:
        settings = {"see_crime": 0.0}
    assert not len(watched(monkeypatch, case, **settings))


def test_it_stays_for_a_case_and_not_for_a_probe(
    monkeypatch: pytest.MonkeyPatch, case: Case
) -> None:
    monkeypatch.setattr("scenarios.patrol_robot.cases", lambda *_: [case])
    runs = []
    for one in (case, case._replace(probe=1)):
        monkeypatch.setattr("scenarios.patrol_robot.cases", lambda *_, one=one: [one])
        own = patrol(fleet=1, **STEADY, see_crime=1.0, online=1.0, check_min=30.0)  # type: ignore[arg-type]
        runs.append(live(town(), (own,), replace(DAY, replication=dry()), area=area()))
    stands = [(run.trace.column("patrol_leg", "arc") < 0).sum() for run in runs]
    assert stands == [1, 0]


def test_who_is_second_on_the_scene_is_not_first() -> None:
    """The first eye counts: a look after the crew's arrival leads by nothing."""
    run = day(dry(), fleet=1, **STEADY)
    table = run.trace.frame("case")
    one = table[table["call_ms"] >= 0].iloc[[0]]
    for late_ms, first in ((-1_000, True), (1_000, False)):
        look = pd.DataFrame(
            {"time_ms": [0], "case": one["case"].to_numpy(), "who": [ROBOT], "machine": [0],
             "at_ms": one["scene_ms"].to_numpy() + late_ms}
        )  # fmt: skip
        trace = type(run.trace)({**run.trace, "look": pa.Table.from_pandas(look)})
        told = (
            eyes(trace, shapely.box(-1e9, -1e9, 1e9, 1e9))
            .set_index("case")
            .loc[int(one["case"].iloc[0])]
        )
        assert (told["eye_ms"] == told["robot_ms"]) == first
        assert (told["lead_s"] > 0) == first


def test_the_nearest_place_of_a_way() -> None:
    ends = np.array([[0.0, 0.0], [10.0, 0.0]])
    assert module._nearest(ends, np.array([4.0, 3.0])) == pytest.approx((0.4, 3.0))
    assert module._nearest(ends, np.array([-3.0, 4.0])) == pytest.approx((0.0, 5.0))
    assert module._nearest(ends[[0, 0]], np.array([3.0, 4.0])) == pytest.approx((0.0, 5.0))


def test_cameras_stand_on_ways_where_most_crime_is_in_reach() -> None:
    lasting = Luck(1, "parks")
    places = camera_places(own_park(), 3, 30.0, lasting)
    assert len(places) == 3
    assert shapely.dwithin(
        shapely.points(places), shapely.multilinestrings(own_park().lines), 0.1
    ).all()
    assert (camera_places(own_park(), 2, 30.0, lasting)[:1] == places[:1]).all()
    assert not len(camera_places(own_park(), 0, 30.0, lasting))


def test_costs_name_who_pays_for_robots_cameras_and_guards() -> None:
    costs = {one.item: one for one in patrol(fleet=2, cameras=3, guards=1).costs(day())}
    assert costs["patrol robots"].capex == 160_000_000
    assert costs["cameras"].capex == 3 * 12_650_000
    assert costs["guards"].opex == 12 * 365 * 14_000
    assert {one.payer for one in costs.values()} == {"programme", "local"}


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"policy": "zigzag"}, r"policy must be one of loop, random, hotspots, got 'zigzag'"),
        ({"duration": "long"}, r"duration must be one of exponential, fixed, got 'long'"),
        ({"see_fire": 1.2}, r"see_fire must be in \[0, 1\], got 1.2"),
        ({"deters": -0.1}, r"deters must be in \[0, 0.99\], got -0.1"),
        ({"fleet": -1}, r"fleet must be in \[0, 100\] robots, got -1"),
    ],
)
def test_bad_settings_are_refused(settings: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        patrol(**settings)


def test_no_park_an_unknown_one_and_a_battery_too_small_are_told() -> None:
    east, north = town().city["parks"].total_bounds[2:]
    far = PatrolRobot(area=Area("far", shapely.box(east + 9, north + 9, east + 99, north + 99)))
    with pytest.raises(ValueError, match=r"PatrolRobot.area 'far' must hold a park, it holds none"):
        live(town(), (far,), DAY, area=area())
    with pytest.raises(ValueError, match=r"PatrolRobot.park must be one of .*; got '없는공원'"):
        live(town(), (patrol(park="없는공원"),), DAY, area=area())
    with pytest.raises(ValueError, match=r"PatrolRobot.battery_wh must be enough for a round of"):
        live(town(), (patrol(battery_wh=20.0),), DAY, area=area())
    assert len(parks_of(town()))
