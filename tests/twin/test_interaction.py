"""The same luck where cars get in one another's way: in queues, at crossings, in full lots.

Times change where somebody is held up; what was drawn for a driver does not.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from benchmarks.one_car import with_another
from gis.newtown import newtown
from scenarios import solutions
from tests.twin.streets import jammed
from twin.area import resolve
from twin.experiment.compare import Comparison, compare
from twin.experiment.runner import Job
from twin.experiment.simulate import Study
from twin.experiment.study import conduct
from twin.sim import Sim, When
from twin.trace import Trace
from twin.world.columns import SEARCH_CAP_MS, World
from twin.world.ground import Ground, ground

DAY = When(everybody=True)
MS_PER_H = 3_600_000
DRAWN = ("key", "guided", "informed", "patience_ms", "aversion_krw")
"""What is drawn for a car once and for all."""


@pytest.fixture(scope="module")
def jam() -> Ground:
    return jammed(ground(newtown(residents=2_000), queues=True))


@pytest.fixture(scope="module")
def before(jam: Ground) -> tuple[Trace, World]:
    return lived(Sim(jam, DAY))


def lived(sim: Sim, trips: pd.DataFrame | None = None) -> tuple[Trace, World]:
    trace = sim.run(trips=trips)
    sim.close()
    assert sim.world is not None
    return trace, sim.world


def liked(trace: Trace) -> pd.DataFrame:
    """Return search_ms and liking (KRW) of each trip and the lot where it ended.

    What a space was worth, less the search: that leaves the taste for it, the walk and the unease.
    """
    lots = trace.frame("lot").set_index("lot")[["kind", "value_of_time"]]
    park = trace.frame("park").query("trip >= 0").join(lots, on="lot")
    park, value_of_time = park.set_index(["trip", "lot", "kind"]), lots["value_of_time"].iloc[0]
    counted_ms = park["search_ms"].clip(upper=SEARCH_CAP_MS)
    return park.assign(liking=park["worth_krw"] + value_of_time * counted_ms / MS_PER_H)


def same_likings(one: Trace, other: Trace) -> pd.DataFrame:
    """Return the trips that ended on one lot in both; each liked it as much."""
    names = ["trip", "lot", "kind"]
    both = liked(one).merge(liked(other), on=names, suffixes=("_one", "_other"))
    assert len(both) > 1_000
    # both worths are rounded to whole won
    assert (both["liking_one"] - both["liking_other"]).abs().max() <= 1.0 + 1e-6
    return both


def test_one_car_more_holds_others_up_and_changes_no_draw(
    jam: Ground, before: tuple[Trace, World]
) -> None:
    trace, world = before
    more, trips = with_another(jam, Sim(jam, DAY).trips())
    after, crowded = lived(Sim(more, DAY), trips)
    both = same_likings(trace, after)
    assert (both["time_ms_one"] != both["time_ms_other"]).sum() > 10, "queues pass it on"
    cars = len(jam.people.cars)
    for name in DRAWN:
        assert (world.cars[name][:cars] == crowded.cars[name][:cars]).all(), name
    assert (world.walking.persons.mps == crowded.walking.persons.mps).all()
    for event in ("leg", "weather", "incident"):
        assert trace[event].equals(after[event]), event


@pytest.mark.parametrize("name", solutions())
def test_a_solution_changes_no_draw(name: str, jam: Ground, before: tuple[Trace, World]) -> None:
    trace, world = before
    cars = len(jam.people.cars)
    sim = Sim(jam, DAY)
    solutions()[name](area=resolve("city", jam.city)).install(sim)
    after, other = lived(sim)
    same_likings(trace, after)
    for column in DRAWN:
        if column != "informed":  # who uses an app that there is
            assert (world.cars[column][:cars] == other.cars[column][:cars]).all(), column
    assert (world.cars.informed[:cars] <= other.cars.informed[:cars]).all()
    for event in ("weather", "incident"):
        assert trace[event].equals(after[event]), event
    gone = set(trace.column("trip", "trip")) - set(after.column("trip", "trip"))
    new = set(after.column("leg", "leg")) - set(trace.column("leg", "leg"))
    assert len(gone) == len(new), "who leaves the car goes otherwise"
    for event, left_out in (("trip", gone), ("leg", new)):
        one, other_day = (each.frame(event).set_index(event) for each in (trace, after))
        how = [name for name in one.columns if name != "mode"]
        one, other_day = (
            rows.drop(index=[*left_out & {*rows.index}])[how] for rows in (one, other_day)
        )
        pd.testing.assert_frame_equal(one, other_day)


def test_one_walker_more_changes_no_draw(jam: Ground, before: tuple[Trace, World]) -> None:
    """Somebody who makes the first walk of the day once more lives in the town besides."""
    trace, world = before
    legs = Sim(jam, DAY).legs()
    assert legs is not None
    residents = jam.people.residents
    number = len(residents)
    another = legs[legs["person"] == legs["person"].iloc[0]].assign(person=number)
    people = replace(
        jam.people, residents=pd.concat([residents, residents.iloc[[0]]], ignore_index=True)
    )
    sim = Sim(replace(jam, people=people, drawn=dict(jam.drawn)), DAY)
    after = sim.run(legs=pd.concat([legs, another], ignore_index=True))
    sim.close()
    assert sim.world is not None
    same_likings(trace, after)
    assert (world.cars.key == sim.world.cars.key).all()
    for name in ("key", "mps", "margin_s"):
        mine, theirs = world.walking.persons[name], sim.world.walking.persons[name]
        assert (mine == theirs[:number]).all(), name
        assert len(theirs) == number + 1


def test_doing_nothing_has_no_variance(jam: Ground) -> None:
    area = resolve("city", jam.city)
    idle = {name: (kind(area=area, **kind.nothing),) for name, kind in solutions().items()}
    when = replace(DAY, hours=12.0)
    study = Study(jam.city, {"base": (), **idle}, area, when=when, queues=True, _ground=jam)
    for row in compared(study, 2).rows:
        for name, effect in row.alternatives.items():
            assert effect.diff in (0.0, None), (name, row.kpi.name)
            assert effect.variance_ratio in (0.0, None), (name, row.kpi.name)


def compared(study: Study, replications: int) -> Comparison:
    names = list(study.alternatives)
    wanted = [Job(name, "weekday", r) for r in range(replications) for name in names]
    done = conduct(study, wanted, workers=1)
    return compare(done, alternatives=names, day_weights={"weekday": 1.0}, kpis=study.kpis)
