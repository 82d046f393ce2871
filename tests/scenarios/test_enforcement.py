"""Enforcement: what drivers expect is what patrols and cameras give, in the hours they work."""

from __future__ import annotations

import numpy as np
import pytest

from gis.newtown import newtown
from scenarios.enforcement import Enforcement
from twin.area import Area, resolve
from twin.experiment.simulate import live
from twin.patrol import Shift, city_beat, patrol_city, round_of
from twin.sim import Sim, When
from twin.solution import Run
from twin.world.behaviour import Behaviour
from twin.world.columns import Kind
from twin.world.ground import Ground, ground
from twin.world.indicators import stays
from twin.world.parking import Parking

MS_PER_H = 3_600_000

QUIET = Behaviour(patrols_per_10000_cars=0, aversion_krw=500)
"""No patrols of the city's own, and enough cars in a small town for those of the test."""


@pytest.fixture(scope="module")
def town() -> Ground:
    """Return the ground of a small town."""
    return ground(newtown(2_000))


@pytest.fixture(scope="module")
def area(town: Ground) -> Area:
    """Return the whole town as an area."""
    return resolve("city", town.city)


def day(town: Ground, area: Area, *, replication: int = 0, **fields: float) -> Run:
    """Live a day under enforcement alone, with no patrols of the city's own."""
    chosen = Enforcement(area=area, **fields)  # type: ignore[arg-type]
    return live(town, (chosen,), When(replication=replication), area=area, behaviour=QUIET)


def expected(town: Ground, run: Run, fields: dict[str, float], area: Area) -> float:
    """Return the tickets that drivers expected on the stays of a run."""
    sim = Sim(town, behaviour=QUIET)
    Enforcement(area=area, **fields).install(sim)  # type: ignore[arg-type]
    parking = sim.part(Parking)
    table, illegal = parking.tickets(), parking.kind(Kind.KERB_ILLEGAL)
    sim.close()
    every = stays(run.trace, round(run.span_s[1] * 1000))
    every = every[illegal[every["lot"]]]

    def by(time_ms: np.ndarray, lots: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
        days, hours = np.divmod(time_ms / MS_PER_H, 24)
        whole = hours.astype(int)
        step = table[lots, whole + 1] - table[lots, whole]
        return days * table[lots, 24] + table[lots, whole] + (hours - whole) * step

    lots = every["lot"].to_numpy()
    tickets = by(every["end_ms"].to_numpy(), lots) - by(every["start_ms"].to_numpy(), lots)
    return float((1 - np.exp(-tickets)).sum())


@pytest.mark.parametrize(
    "fields", [{"patrols": 2, "cite_share": 0.05}, {"patrols": 0, "cameras": 24}]
)
def test_drivers_get_the_tickets_they_expect(
    town: Ground, area: Area, fields: dict[str, float]
) -> None:
    runs = [day(town, area, replication=r, **fields) for r in range(10)]
    given = sum(len(run.trace["ticket"]) for run in runs)
    believed = sum(expected(town, run, fields, area) for run in runs)
    assert believed > 60
    assert given == pytest.approx(believed, abs=3 * np.sqrt(believed) + 0.1 * believed)


def test_tickets_are_given_in_the_hours_of_the_shift_only(town: Ground, area: Area) -> None:
    for from_h, to_h in ((9.0, 12.0), (20.0, 3.0)):
        fields = {"patrols": 1, "cameras": 5, "cite_share": 0.01, "camera_rate": 0.03}
        run = day(town, area, from_h=from_h, to_h=to_h, **fields)
        hours = run.trace.column("ticket", "time_ms") / MS_PER_H % 24
        inside = (hours - from_h) % 24 <= (to_h - from_h) % 24
        assert len(hours) > 0
        assert inside.all()


def test_drivers_weigh_the_hours(town: Ground, area: Area) -> None:
    by_day = day(town, area, patrols=5, from_h=8.0, to_h=20.0).trace
    by_night = day(town, area, patrols=5, from_h=22.0, to_h=2.0).trace
    assert by_day["park"] != by_night["park"]


def test_a_round_drives_every_link_of_the_beat_and_closes(town: Ground) -> None:
    sim = Sim(town)
    links = city_beat(sim).links
    sim.close()
    driven, network = round_of(town, links), town.network
    inside = network.core[network.tails[links]] & network.core[network.heads[links]]
    assert set(links[inside]) <= set(driven)
    assert (network.heads[driven] == np.roll(network.tails[driven], -1)).all()


def test_a_car_gets_one_ticket_a_stay(town: Ground, area: Area) -> None:
    run = day(town, area, patrols=3, cite_share=0.05)
    given = run.trace.frame("ticket").groupby(["car", "lot"]).size()
    parked = run.trace.frame("park").groupby(["car", "lot"]).size()
    assert len(given) > 10
    assert (given <= parked.loc[given.index]).all()


def test_a_shift_may_go_past_midnight() -> None:
    spells = Shift(22.0, 2.0).spells(4 * 3_600)
    assert next(spells) == (22 * 3_600, 26 * 3_600)
    assert next(Shift(22.0, 6.0).spells(4 * 3_600)) == (-2 * 3_600, 6 * 3_600)
    assert list(Shift(0.0, 0.0).spells(0.0)) == []


def sent(town: Ground, **of_the_city: float) -> tuple[np.ndarray, list[int]]:  # type: ignore[type-arg]
    """Return the tickets a day to expect on each lot, and the links that each patrol passed."""
    sim = Sim(town, behaviour=Behaviour(**of_the_city))  # type: ignore[arg-type]
    patrol_city(sim)
    expected = sim.part(Parking).tickets()[:, -1]
    began = [patrol.passed for patrol in sim.agents]
    sim.run()
    passed = [patrol.passed - start for patrol, start in zip(sim.agents, began, strict=True)]
    sim.close()
    return expected, passed


def test_half_a_patrol_comes_by_half_as_often(town: Ground) -> None:
    whole, one = sent(town, patrols=1, patrols_per_10000_cars=0)
    half, slow = sent(town, patrols=0.5, patrols_per_10000_cars=0)
    np.testing.assert_allclose(half, whole / 2)
    assert slow == pytest.approx([one[0] / 2], rel=0.01)
    more, three = sent(town, patrols=2.5, patrols_per_10000_cars=0)
    np.testing.assert_allclose(more, 2.5 * whole)
    assert len(three) == 3


def test_a_city_has_patrols_by_its_cars(town: Ground) -> None:
    cars = int((town.people.cars["home"] >= 0).sum())
    by_cars, _ = sent(town, patrols_per_10000_cars=20_000 / cars)
    by_number, _ = sent(town, patrols=2, patrols_per_10000_cars=0)
    np.testing.assert_allclose(by_cars, by_number)
    default, _ = sent(town)
    np.testing.assert_allclose(default, by_number * 0.29 * cars / 10_000 / 2)


def test_a_slow_patrol_begins_elsewhere_every_day(town: Ground) -> None:
    starts = set()
    for replication in range(5):
        sim = Sim(town, When(replication=replication))
        patrol_city(sim)
        starts |= {patrol.passed for patrol in sim.agents}
        sim.close()
    assert len(starts) == 5


def test_what_a_camera_costs_has_a_source_and_its_life_has_none(town: Ground, area: Area) -> None:
    _, cameras = Enforcement(cameras=3).costs(live(town, (), When(), area=area))
    assert (cameras.capex, cameras.source, cameras.assumed) == (3 * 12.65e6, "CCTV6", ("life",))
