"""Nobody is lost: cars and people of a whole town are counted at every step of a day."""

from __future__ import annotations

import pandas as pd
import pytest

from gis.newtown import newtown
from tests.page.collect import Page, Panel
from tests.twin.books import Books
from twin.sim import Process, Sim, When
from twin.trace import Trace
from twin.world.columns import AT, Phase
from twin.world.ground import ground

PEAK_H = 8.0
SERVED = ("walk", "ride", "travel")
"""The events by which a leg is made."""
PRESENT = Panel(
    "conservation", "Who is where in a day", "하루 동안 누가 어디에 있나", "hour", "cars or people",
    "A new town in which cars queue and everybody is about, stopped every minute, and every "
    "second for ten minutes of the morning peak; means of five minutes are drawn.",
)  # fmt: skip
COUNTED = Panel("conservation", "What was counted", "센 것")
TWICE = Panel("conservation", "Nobody is in two places", "한 사람이 두 곳에 있지 않다")


def audited(residents: int, step_s: int, peak_s: int) -> Books:
    """Live a day, auditing every ``step_s``, and every second in ``peak_s`` of the morning peak."""
    sim = Sim(ground(newtown(residents=residents), queues=True), When(everybody=True, warm_up=0))
    books = Books(sim)

    def closely() -> Process:
        yield sim.wait(PEAK_H * 3_600 - sim.now)
        for _ in range(peak_s):
            books.audit()
            yield sim.wait(1.0)

    sim.every(step_s, books.audit, key=(0, 0))
    sim.start(closely(), key=(1, 0))
    sim.run()
    books.audit()
    return books


def shown(books: Books, page: Page) -> None:
    log = books.log
    page.add(
        COUNTED,
        rows=[
            {
                "residents": len(books.sim.ground.people.residents), "stops": len(books.seen),
                "car trips": log[AT.DEPART], "parked": log[AT.PARK, "trip"],
                "left town": log[AT.EXIT], "without a space": log[AT.FAIL, "trip"],
                "walked": log[AT.WALK],
                "by bus": log[AT.RIDE], "walked, as no bus saves steps": log["walked instead"],
                "found no bus": log["no bus"], "gave up": log["gave up"],
                "otherwise": log[AT.TRAVEL], "unserved": log[AT.UNSERVED],
                "squeezed in": log[AT.SQUEEZE],
            }
        ],
    )  # fmt: skip


def test_nobody_is_lost_at_any_step_of_a_day(page: Page) -> None:
    books = audited(2_000, step_s=300, peak_s=120)
    shown(books, page)
    assert books.log[AT.DEPART] > 2_000
    assert books.log[AT.BOARD] >= books.log[AT.RIDE] > 50
    assert books.log[AT.WALK] > 500
    assert max(row["cars queued"] for row in books.seen) > 3


@pytest.mark.verify
def test_nobody_is_lost_in_a_larger_town(page: Page) -> None:
    books = audited(10_000, step_s=60, peak_s=600)
    shown(books, page)
    table = pd.DataFrame(books.seen)
    table = table.groupby((table["h"] * 12).round() / 12).mean()
    page.add(PRESENT, curves={name: (table.index, table[name]) for name in table if name != "h"})
    assert len(books.seen) > 24 * 60 + 580
    assert books.log[AT.DEPART] > 10_000
    assert books.log[AT.BOARD] > 50


@pytest.mark.verify
def test_hardly_anybody_drives_and_goes_without_a_car_at_once(page: Page) -> None:
    """A leg knows nothing of a drive that takes longer than planned: it must be rare."""
    where = ground(newtown(residents=10_000), queues=True)
    trace = Sim(where, When(everybody=True, warm_up=0)).run()
    both = drives(trace, where.people.cars).merge(legs(trace), on="person")
    at_once = both[(both["from_ms"] < both["end_ms"]) & (both["start_ms"] < both["to_ms"])]
    people, found = both["person"].nunique(), at_once["person"].nunique()
    page.add(TWICE, rows=[{"drive and go without a car in a day": people, "at once": found}])
    assert people > 500
    assert found <= 0.005 * people


def drives(trace: Trace, cars: pd.DataFrame) -> pd.DataFrame:
    """Return person, from_ms and to_ms of the trips of residents' cars that ended."""
    ends = pd.concat([trace.frame(name) for name in ("park", "exit", "fail")])
    ends = ends.loc[ends["trip"] >= 0, ["trip", "time_ms"]].rename(columns={"time_ms": "to_ms"})
    made = trace.frame("depart").rename(columns={"time_ms": "from_ms"}).merge(ends, on="trip")
    driver = cars["driver"].where(cars["resident"], -1).to_numpy()
    made = made.assign(person=driver[made["car"]])
    return made.loc[made["person"] >= 0, ["person", "from_ms", "to_ms"]]


def legs(trace: Trace) -> pd.DataFrame:
    """Return person, start_ms and end_ms of the legs that were made."""
    made = [trace.frame(name)[["person", "start_ms", "time_ms"]] for name in SERVED]
    return pd.concat(made).rename(columns={"time_ms": "end_ms"})


def test_the_audit_sees_a_car_that_is_not_where_it_counts() -> None:
    books = Books(
        Sim(ground(newtown(residents=2_000), queues=True), When(everybody=True, warm_up=0))
    )

    def lose_one() -> None:
        world = books.sim.world
        assert world is not None
        car = int((world.cars.phase == Phase.PARKED).argmax())
        world.cars.phase[car] = Phase.AWAY

    books.sim.every(3_600, lose_one, key=(0, 0))
    books.sim.every(3_600, books.audit, key=(1, 0))
    with pytest.raises(AssertionError):
        books.sim.run()
