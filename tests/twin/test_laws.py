"""What every solution promises: the shared contract, the zero law, the split law.

The laws are tried on streets without traffic, on jammed ones, and on these with everybody about.
"""

from __future__ import annotations

import dataclasses
import inspect
from dataclasses import dataclass

import numpy as np
import pytest

from gis.newtown import newtown
from scenarios import solutions
from tests.twin.streets import jammed
from twin.area import resolve
from twin.experiment.runner import Job
from twin.experiment.simulate import Study, live
from twin.experiment.study import conduct
from twin.luck import Luck
from twin.params import specs
from twin.patrol import patrol_city
from twin.sim import Sim, When
from twin.solution import KPI, Cost, Run, Solution
from twin.trace import Trace
from twin.world.ground import Ground, ground
from twin.world.walking.pavement import Pavement

PAYERS = {"programme", "local", "national", "operator", "owners", "users"}
ACCOUNTS = {"social", "local", "national", "operator", "owners", "users"}
HOURS = (-20.0, 52.0)
"""A warm-up and two days, in hours of the trace."""

TWO_DAYS = When(hours=48.0)
EVENTFUL = (
    "park", "squeeze", "cross", "call", "board", "lit", "alarm", "brake", "granted", "picked_up",
    "hailed", "lost", "stop", "rolled",
)  # fmt: skip
"""Events at which the clock is stopped: those of every part."""


@dataclass(frozen=True, eq=False)
class Place:
    """Where the laws are tried: a town with its streets, and whether everybody is about."""

    town: Ground
    everybody: bool = False

    def when(self, **more: object) -> When:
        return When(everybody=self.everybody, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def town() -> Ground:
    return ground(newtown(residents=2_000))


@pytest.fixture(scope="module")
def jam(town: Ground) -> Ground:
    return jammed(ground(town.city, queues=True))


@pytest.fixture(scope="module", params=["free flow", "queues", "everybody"])
def place(request: pytest.FixtureRequest, town: Ground, jam: Ground) -> Place:
    if request.param == "free flow":
        return Place(town)
    return Place(jam, everybody=request.param == "everybody")


@pytest.fixture(scope="module")
def base(town: Ground) -> Run:
    return lived(Place(town))


@pytest.fixture(scope="module")
def untouched(place: Place) -> Trace:
    return lived(place).trace


@pytest.fixture(params=list(solutions().values()), ids=list(solutions()))
def kind(request: pytest.FixtureRequest) -> type[Solution]:
    found: type[Solution] = request.param
    return found


def lived(place: Place, *installed: Solution, **more: object) -> Run:
    area = resolve("city", place.town.city)
    return live(place.town, installed, place.when(**more), area=area)


def peopled(kind: type[Solution], place: Place) -> Place:
    """Return the place, with everybody about where a solution sends machines among them."""
    if place.everybody or Pavement not in kind.needs:
        return place
    return dataclasses.replace(place, everybody=True)


def placed(kind: type[Solution], town: Ground, **settings: object) -> Solution:
    return kind(area=resolve("city", town.city), **settings)


def stopped(place: Place, stops: list[float], *installed: Solution) -> Trace:
    sim = Sim(place.town, place.when(hours=48.0))
    try:
        patrol_city(sim)
        for solution in installed:
            solution.install(sim)
        return sim.run(stops)
    finally:
        sim.close()


def test_it_is_described_where_it_is_defined(kind: type[Solution]) -> None:
    module = inspect.getmodule(kind)
    assert module is not None
    assert kind.__doc__
    assert kind.__doc__.strip()
    assert module.__doc__, "the module says what the solution is and by which source"
    assert kind.__name__ in module.__all__


def test_its_parameters_are_declared_with_a_unit_a_range_and_a_source(
    kind: type[Solution],
) -> None:
    declared = {spec.name: spec for spec in specs(kind)}
    named = {f.name for f in dataclasses.fields(kind)} - {"area"}
    assert set(declared) == named
    assert all(spec.source for spec in declared.values())
    assert set(kind.nothing) <= named
    assert kind.nothing, "there are settings at which it does nothing"


def test_its_kpis_are_defined_once_each(kind: type[Solution]) -> None:
    names = [kpi.name for kpi in kind.kpis]
    assert names
    assert len(set(names)) == len(names)
    assert all(type(kpi) is KPI and bool(kpi.unit) and bool(kpi.definition) for kpi in kind.kpis)
    assert {kpi.account for kpi in kind.kpis} <= ACCOUNTS
    assert all(kpi.better in ("more", "less") for kpi in kind.kpis)


def test_it_names_the_parts_it_needs(kind: type[Solution], town: Ground) -> None:
    sim = Sim(town, When())
    assert kind.needs
    assert all(isinstance(sim.part(part), part) for part in kind.needs)


def test_it_measures_exactly_its_kpis(kind: type[Solution], town: Ground, base: Run) -> None:
    values = placed(kind, town).measure(base)
    assert set(values) == {kpi.name for kpi in kind.kpis}
    assert all(v is None or isinstance(v, float) for v in values.values())


def test_to_measure_changes_nothing(kind: type[Solution], town: Ground) -> None:
    run = lived(Place(town), replication=3)
    before = Trace(dict(run.trace))
    first = placed(kind, town).measure(run)
    assert run.trace == before
    assert placed(kind, town).measure(run) == first


def test_its_costs_say_who_pays_and_why(kind: type[Solution], town: Ground) -> None:
    solution = placed(kind, town)
    costs = solution.costs(lived(peopled(kind, Place(town)), solution))
    assert costs
    for cost in costs:
        assert isinstance(cost, Cost)
        assert min(cost.capex, cost.opex) >= 0
        assert cost.life > 0
        assert 1990 <= cost.price_year <= 2030
        assert cost.payer in PAYERS
        assert cost.source
        assert cost.tag


def test_doing_nothing_costs_nothing(kind: type[Solution], town: Ground) -> None:
    idle = placed(kind, town, **kind.nothing)
    costs = idle.costs(lived(Place(town), idle))
    assert sum(cost.capex + cost.opex for cost in costs) == 0


def test_the_jam_in_which_the_laws_are_tried_is_one(jam: Ground) -> None:
    trace = lived(Place(jam, everybody=True)).trace
    assert len(trace["squeeze"]) > 20
    assert len(trace["encounter"]) > 30
    assert len(trace["call"]) > 1_000
    assert trace.column("cross", "wait_ms").max() > 0


def test_zero_law(kind: type[Solution], place: Place, untouched: Trace) -> None:
    idle = placed(kind, place.town, **kind.nothing)
    trace = lived(place, idle).trace
    assert list(trace) == list(untouched)
    for event in untouched:
        assert trace[event].equals(untouched[event]), event


def test_zero_law_over_two_days(kind: type[Solution], place: Place) -> None:
    idle = placed(kind, place.town, **kind.nothing)
    assert lived(place, idle, hours=48.0).trace == lived(place, hours=48.0).trace


def test_it_does_something(kind: type[Solution], place: Place, untouched: Trace) -> None:
    about = peopled(kind, place)
    base = untouched if about is place else lived(about).trace
    assert lived(about, placed(kind, place.town)).trace != base


def test_split_law(kind: type[Solution], place: Place) -> None:
    solution, place = placed(kind, place.town), peopled(kind, place)
    whole = stopped(place, [], solution)
    for trial in range(3):
        assert stopped(place, by_luck(1 + 40 * trial, trial), solution) == whole
    moments = [whole.column(event, "time_ms") for event in EVENTFUL]
    at_events = np.concatenate([time_ms[::7] for time_ms in moments]) / 1_000
    assert stopped(place, list(at_events), solution) == whole


def by_luck(number: int, trial: int) -> list[float]:
    """Return so many moments (s) of the time that is lived."""
    share = np.asarray(Luck(7, "stops", 0).uniform(np.arange(number), look=trial))
    return list((share * (HOURS[1] - HOURS[0]) + HOURS[0]) * 3_600)


def test_zero_law_of_all_at_once(place: Place, untouched: Trace) -> None:
    idle = [placed(kind, place.town, **kind.nothing) for kind in solutions().values()]
    assert lived(place, *idle).trace == untouched


def test_split_law_of_all_at_once(jam: Ground) -> None:
    """A run split in two at any moment equals the whole, with everybody and every solution."""
    place = Place(jam, everybody=True)
    every = [placed(kind, jam) for kind in solutions().values()]
    whole = stopped(place, [], *every)
    held = [event for event in EVENTFUL if len(whole[event])]
    assert {"squeeze", "board", "brake", "hailed", "lit", "stop"} <= set(held)
    for moment in by_luck(3, 9):
        assert stopped(place, [moment], *every) == whole
    for event in held:
        time_ms = whole.column(event, "time_ms")
        assert stopped(place, [time_ms[len(time_ms) // 2] / 1_000], *every) == whole, event


@pytest.mark.slow
def test_workers_never_show(town: Ground) -> None:
    """With queues and everybody about, which a study of parking alone does not ask for."""
    every = tuple(placed(kind, town) for kind in solutions().values())
    when = dataclasses.replace(TWO_DAYS, everybody=True)
    study = Study(
        town.city, {"base": (), "all": every}, resolve("city", town.city), when=when, queues=True
    )
    wanted = [Job(name, "weekday", r) for r in range(2) for name in study.alternatives]
    alone = conduct(study, wanted, workers=1)
    assert [one.job for one in alone] == wanted
    for workers in (2, 8):
        assert conduct(study, wanted, workers=workers) == alone
