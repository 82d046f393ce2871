"""Quarantine robots: who is met, told and wears a mask; who is infected; and what is not there."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
import shapely

from gis.newtown import newtown
from scenarios.quarantine_robot import QuarantineRobot
from scenarios.quarantine_robot.exposure import Air, Masks, infected, quanta, wearing
from scenarios.quarantine_robot.indicators import Detector, Response, met, passes_per_h
from twin.area import Area, resolve
from twin.experiment.simulate import live
from twin.luck import Luck
from twin.park_kpis import Crowd, Legs, crowd, legs
from twin.rounds import park_in, round_m
from twin.sim import When
from twin.solution import Run
from twin.world.ground import Ground, ground
from twin.world.parks import Park
from twin.world.sensors import predictive_value

DAY = When(everybody=True)
AIR = Air(quanta_h=100.0, breath_m3_h=0.8, section_m2=4.0, least_mps=0.3)
NONE = Masks(0.0, 0.0)


@cache
def town() -> Ground:
    return ground(newtown(residents=2_000))


@cache
def area() -> Area:
    return resolve("city", town().city)


def robots(**settings: object) -> QuarantineRobot:
    return QuarantineRobot(area=area(), **settings)  # type: ignore[arg-type]


@cache
def day(fleet: int = 1, response: float = 1.0, sensitivity: float = 0.94) -> Run:
    """Return a day of people who all may put on a mask when told: few would be seen in a town."""
    return live(town(), (asked(fleet, response, sensitivity),), DAY, area=area())


def asked(fleet: int = 1, response: float = 1.0, sensitivity: float = 0.94) -> QuarantineRobot:
    return robots(
        fleet=fleet, response=response, sensitivity=sensitivity, complacency=0.0, breakdown_h=0.0
    )


def own_park() -> Park:
    return park_in(town(), area(), name="", what="QuarantineRobot")


def measured(run: Run, name: str) -> float:
    value = robots(fleet=7, response=0.9, sensitivity=0.1).measure(run)[f"quarantine.{name}"]
    assert value is not None
    return value


def test_a_run_is_judged_by_what_was_installed_in_it_not_by_who_judges() -> None:
    for name in ("uptime", "warned", "compliance", "averted", "cost_per_point"):
        assert measured(day(), name) == asked().measure(day())[f"quarantine.{name}"]


def test_robots_bring_masks_and_never_take_one_off() -> None:
    shares = [measured(day(fleet), "compliance") for fleet in (0, 1, 4)]
    assert shares[0] <= shares[1] <= shares[2]
    assert shares[0] < shares[2]
    assert shares[0] == pytest.approx(88.8, abs=6.0)
    assert shares[0] < measured(day(1, 0.5), "compliance") <= shares[1]
    assert measured(day(1, 0.0), "compliance") == shares[0]


def test_nobody_is_told_by_robots_that_see_nothing() -> None:
    assert measured(day(1, 1.0, 0.0), "warned") == 0.0
    assert measured(day(), "warned") > 0.0
    assert measured(day(0), "encounters") == 0.0
    assert robots().measure(day(0))["quarantine.true_share"] is None
    assert robots().measure(day(0))["quarantine.cost_per_point"] is None


def test_the_infection_benefit_is_not_there() -> None:
    """Did all who are told by four robots put on a mask, hardly an infection would be averted."""
    averted, left = measured(day(4), "averted"), measured(day(4), "infections") / 365
    assert 0.0 < averted < 0.2 * left
    assert averted * 365 * 3.1e6 < 0.01 * 4 * 30e6
    assert measured(day(0), "averted") == 0.0


def test_true_alarms_are_as_many_as_the_predictive_value_says() -> None:
    """O42: pi Se / (pi Se + (1 - pi)(1 - Sp)) with pi the share without a mask of those met."""
    people = crowd(day(), town(), own_park(), walk_mps=1.34)
    detector, luck = Detector(0.5, 0.94, 0.97), Luck(1, "masks", 0)
    found = met(
        people, np.full(len(people.passing_h), 2.0), Response(0.888, 0.1, 1.0), detector, luck
    )
    bare = found.true / detector.faces / detector.sensitivity / found.encounters
    assert 0.05 < bare < 0.2
    told = predictive_value(bare, detector.sensitivity, detector.specificity)
    assert found.predictive == pytest.approx(told, rel=1e-12)
    run = {name: measured(day(), name) for name in ("warned", "false_alarms", "true_share")}
    total = run["warned"] + run["false_alarms"]
    assert run["true_share"] == pytest.approx(100.0 * run["warned"] / total)


def test_wells_riley_is_exact_for_poisson_doses() -> None:
    """O43: of people who breathe in Poisson numbers of quanta, those with one and more."""
    hours = np.array([0.25, 1.0, 4.0])
    dose = quanta(AIR, hours, np.full(3, 200.0), masks=NONE, others=np.ones(3), wears=np.ones(3))
    assert dose == pytest.approx(100.0 * 0.8 * hours / 200.0)
    people = 200_000
    drawn = np.asarray(Luck(3, "dose", 0).poisson(np.arange(people)[:, None], dose[None, :]))
    share = (drawn > 0).mean(axis=0)
    error = 3.0 * np.sqrt(share * (1.0 - share) / people)
    assert (error < 0.03 * share).all()
    assert (np.abs(share - infected(dose)) <= error).all()


def test_masks_on_both_sides_multiply() -> None:
    one = np.ones(1)
    bare = quanta(AIR, one, 300.0 * one, masks=Masks(0.5, 0.3), others=0 * one, wears=0 * one)
    both = quanta(AIR, one, 300.0 * one, masks=Masks(0.5, 0.3), others=one, wears=one)
    assert both == pytest.approx(bare * 0.5 * 0.7)


def test_in_the_open_it_is_as_much_safer_as_has_been_found() -> None:
    """Odds indoors over those in the open: 18.7 (6.0 to 57.9), Bulfone et al. 2021."""
    room_m3_h = 8.0 * 8.0 * 2.6 * 3.0  # a room for company, aired three times an hour
    ratio = AIR.fresh_m3_h(np.array([0.5, 1.0, 2.0])) / room_m3_h
    assert (ratio > 6.0).all()
    assert (ratio < 57.9).all()
    assert AIR.fresh_m3_h(np.zeros(1)) == pytest.approx(4.0 * 0.3 * 3_600)


def test_masks_follow_encounters_up_to_a_most() -> None:
    dose = np.array([0.0, 1.0, 1e9])
    share = wearing(0.6, dose, most=0.5, half=1.0)
    assert share == pytest.approx([0.6, 0.6 + 0.4 * 0.25, 0.8])
    assert wearing(0.6, dose, most=0.5, half=0.0) == pytest.approx([0.6, 0.8, 0.8])


@pytest.mark.parametrize("mps", [0.5, 1.34, 3.0])
def test_robots_pass_people_as_on_a_ring(mps: float) -> None:
    """Who sits is passed v T / L times, who walks |v - u| or (v + u) T / L times an hour."""
    length, hours, walk = 1_000.0, 1.0, 1.34
    sits = mps * hours * 3_600 / length
    walks = 0.5 * (abs(mps - walk) + mps + walk) * hours * 3_600 / length
    gone = Legs(day_leg(mps * 3_600), (0, 3_600_000))
    ring = replace(
        own_park(), lines=np.array([shapely.LineString([(0, 0), (length, 0)])], object)
    )  # fmt: skip
    found = passes_per_h(gone, ring, 1, mps=mps, walk_mps=walk)
    assert found == pytest.approx([0.5 * (sits + walks)])


def day_leg(metres: float) -> pd.DataFrame:
    columns = {"machine": 0, "from_ms": 0, "until_ms": 3_600_000, "x": 0.0, "y": 0.0}
    return pd.DataFrame([{**columns, "to_x": metres, "to_y": 0.0, "arc": 0, "met": 0}])


def test_everybody_of_the_day_is_counted_once() -> None:
    """Person-hours of a day with nobody on visit are those of the walkers on the park's ways."""
    run = day(0)
    people = crowd(run, town(), own_park(), walk_mps=1.34)
    table = run.trace.frame("footfall")
    network = town().walks.network
    half = len(network.tails) // 2
    own = table[np.isin(table["arc"] % half, own_park().ways)]
    metres = float((own["walkers"] * network.cost[own["arc"]]).sum())
    assert people.passing_h.sum() == pytest.approx(metres / 1.34 / 3_600)
    stayed = (people.visits["until_ms"] - people.visits["from_ms"]).sum() / 3_600_000
    assert people.person_h.sum() == pytest.approx(stayed + people.passing_h.sum(), rel=1e-6)
    assert isinstance(people, Crowd)


def test_what_is_sprayed_is_a_swath_until_the_tank_is_empty() -> None:
    gone, tour = legs(day(), "quarantine", town(), own_park()), round_m(town(), own_park())
    rounds = gone.metres.sum() / tour
    assert measured(day(), "km") == pytest.approx(gone.metres.sum() / 1_000.0)
    per_round = measured(day(), "disinfected") * gone.seconds.sum() / 3_600 / rounds
    assert per_round == pytest.approx(min(2.0 * tour, 20.0 / 0.02), rel=1e-6)
    wished = 2.0 * 2.0 * own_park().metres / 1_000.0
    assert measured(day(4), "worker_h") == pytest.approx(wished)


def test_costs_are_of_the_fleet_and_say_what_is_assumed() -> None:
    two = robots(fleet=2).costs(day())
    assert sum(cost.capex for cost in two) == 120_000_000
    assert {cost.payer for cost in two} == {"programme", "local"}
    assert two[1].opex == 2 * (0.25 * 24_000_000 + 5_000_000)


@pytest.mark.parametrize("name", ["sensitivity", "specificity", "masks", "response", "faces"])
def test_shares_beyond_one_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=rf"QuarantineRobot.{name} must be in \[0, 1\], got 1.5"):
        robots(**{name: 1.5})


def test_an_area_without_a_park_and_a_battery_too_small_are_refused() -> None:
    east, north = town().city["parks"].total_bounds[2:]
    far = Area("far", shapely.box(east + 10, north + 10, east + 500, north + 500))
    elsewhere = QuarantineRobot(area=far)
    with pytest.raises(ValueError, match=r"QuarantineRobot.area 'far' must hold a park, it holds"):
        live(town(), (elsewhere,), DAY, area=area())
    weak = robots(battery_wh=20.0)
    with pytest.raises(ValueError, match=r"QuarantineRobot.battery_wh must be enough for a round"):
        live(town(), (weak,), DAY, area=area())
    assert set(elsewhere.measure(day()).values()) == {None}
