"""Nobody is lost: cars and people of a whole town are counted at every step of a day."""

from __future__ import annotations

import pandas as pd
import pytest

from gis.newtown import newtown
from tests.page.collect import Page, Panel
from tests.twin.books import Books
from twin.sim import Sim, When
from twin.world.columns import AT, Phase
from twin.world.ground import ground

PEAK_H = 8.0
PRESENT = Panel(
    "conservation", "Who is where in a day", "하루 동안 누가 어디에 있나", "hour", "cars or people",
    "A new town in which cars queue and everybody is about, stopped every minute, and every "
    "second for ten minutes of the morning peak; means of five minutes are drawn.",
)  # fmt: skip
COUNTED = Panel("conservation", "What was counted", "센 것")


def audited(residents: int, step_s: int, peak_s: int) -> Books:
    """Live a day, auditing every ``step_s``, and every second in ``peak_s`` of the morning peak."""
    sim = Sim(ground(newtown(residents=residents), queues=True), When(everybody=True, warm_up=0))
    books = Books(sim)

    def look() -> None:
        if sim.now % step_s == 0 or 0 <= sim.now - PEAK_H * 3_600 < peak_s:
            books.audit()

    sim.every(1.0, look, key=(0, 0))
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
                "left town": log[AT.EXIT], "without a space": log[AT.FAIL, "trip"], "walked": log[AT.WALK],
                "by bus": log[AT.RIDE], "otherwise": log[AT.TRAVEL], "unserved": log[AT.UNSERVED],
                "squeezed in": log[AT.SQUEEZE],
            }
        ],
    )  # fmt: skip


def test_nobody_is_lost_at_any_step_of_a_day(page: Page) -> None:
    books = audited(2_000, step_s=300, peak_s=120)
    shown(books, page)
    assert books.log[AT.DEPART] > 2_000
    assert books.log[AT.RIDE] > 50
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
