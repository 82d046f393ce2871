"""Drones on patrol: what they pass and see, and how they leave a round for a call."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenarios.drone_safety_net.flight import CALM, Craft
from scenarios.drone_safety_net.net import UNSERVED, Net, Rules, Sky
from scenarios.drone_safety_net.patrol import Beat, Rounds, passes
from tests.scenarios.drones import (
    HOUR_MS,
    LUCK,
    PLAIN,
    REAL,
    SURE,
    called,
    eye_s,
    judged,
    lived,
    random_spots,
    town,
)
from twin.patrol import Shift
from twin.response import Case
from twin.sim import Sim, When
from twin.trace import Trace


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
