"""A whole day with all parts, beside the naive city: event by event, bit for bit, in one order."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import pytest

import scenarios.drt_bus
from gis.newtown import newtown
from scenarios.drt_bus import DrtBus
from tests.twin.naive.city import City
from tests.twin.streets import jammed, more_cars
from tests.twin.test_walkers import prepared
from tests.twin.told import Recorded, Told, naively, same
from twin.area import resolve
from twin.sim import When
from twin.world.columns import AT, EVENTS
from twin.world.crossings.crossings import Crossings
from twin.world.fleet.columns import Lost
from twin.world.fleet.fleet import Fleet
from twin.world.ground import Ground, ground

CALLED: dict[str, Any] = {
    "fleet": 4, "seats": 2, "constant": 2.0, "app_share": 1.0, "no_answer_share": 0.05,
    "breakdown_h": 10.0, "repair_h": 2.0, "hold_s": 60.0, "max_wait_min": 3.0,
}  # fmt: skip
"""Buses that many call, that break down and are late; and people without much patience."""
PATIENCE_S = 240.0


@cache
def town(*, queues: bool) -> Ground:
    return ground(newtown(residents=2_000), queues=queues)


def with_everything(where: Ground, patch: pytest.MonkeyPatch) -> tuple[Told, Recorded]:
    """Return a day lived by everybody, with signs at all crossings and buses that are called."""
    made: list[Recorded] = []

    def recorded(*promise: Any, **more: Any) -> Recorded:
        made.append(Recorded(*promise, **more))
        return made[-1]

    patch.setitem(scenarios.drt_bus.POLICIES, "insertion", recorded)
    sim = Told(where, When(everybody=True, warm_up=0))
    sim.parts[Crossings] = prepared(where, "signs")
    sim.part(Fleet).patience_s = PATIENCE_S
    DrtBus(area=resolve("city", where.city), **CALLED).install(sim)
    sim.run()
    return sim, made[0]


def counted(city: City) -> Counter[str]:
    return Counter(EVENTS[row[1]][0] for row in city.told)


@pytest.mark.parametrize("streets", ["jammed", pytest.param("free flow", marks=pytest.mark.verify)])
def test_a_day_with_all_parts_is_the_naive_one(
    streets: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = town(queues=False) if streets == "free flow" else jammed(town(queues=True))
    sim, dispatcher = with_everything(where, monkeypatch)
    city = naively(sim, dispatcher.said)
    same(sim.told, city.told)
    count = counted(city)
    some = "park exit full call board ride walk access travel cross encounter lit alarm hailed stop"
    assert min(count[name] for name in some.split()) > 10
    lost = {row[4] for row in city.told if row[1] == AT.LOST}
    assert {Lost.NOT_THERE, Lost.NO_ANSWER} <= lost
    if streets == "jammed":
        assert {Lost.REFUSED, Lost.GAVE_UP} <= lost
        assert count["squeeze"] > 10
        assert city.streets.turned_aside > 1_000


def test_a_town_that_locks_up_is_the_naive_one() -> None:
    """Twice the cars on streets that hold a car or two: some are kept out of what is packed."""
    where, trips = more_cars(jammed(town(queues=True)), 2)
    sim = Told(where, When(everybody=True, warm_up=0, hours=4.0))
    sim.run(trips=trips)
    city = naively(sim)
    same(sim.told, city.told)
    assert counted(city)["squeeze"] > 100
    assert city.streets.kept_out > 50
    assert sim.world is not None
    links, cars = sim.world.links, sim.world.cars
    assert (links.entered - links.left).sum() == (cars.on == 1).sum() > 50, "nobody vanishes"
    streets = [street for street in city.streets.links if street.storage > 0]
    assert all(street.most <= city.streets.packed(street) for street in streets)
    assert any(street.most == city.streets.packed(street) for street in streets)
