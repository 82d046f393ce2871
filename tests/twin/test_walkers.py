"""Walkers among cars: the kernel against the naive reference, the laws, conservation."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from gis.newtown import newtown
from tests.twin import reference
from tests.twin.reference import Day, Happened
from tests.twin.test_reference import rows
from tests.twin.walkers import strolls
from tests.twin.walkers_reference import walkers as naive_walkers
from twin.sim import Sim, When
from twin.trace import Trace
from twin.world.behaviour import Behaviour
from twin.world.crossings.behaviour import GivingWay
from twin.world.crossings.columns import Outcome
from twin.world.crossings.crossings import Crossings
from twin.world.day import build
from twin.world.ground import Ground, ground
from twin.world.parking import Parking
from twin.world.walking.behaviour import Gait
from twin.world.walking.day import walkers

ON_FOOT = ("encounter", "cross", "walk")


@cache
def town(residents: int = 2_000) -> Ground:
    return ground(newtown(residents=residents))


def prepared(where: Ground, setting: str) -> Crossings:
    """Return the crossings of a town in one of the settings that the tests compare."""
    if setting == "everybody yields":
        return Crossings(where, GivingWay(share_30=0.95, share_50=0.9, share_turning=0.9))
    crossings = Crossings(where)
    if setting == "signs":
        crossings.places["sign"] = True
        crossings.places["recall"] = 0.9
        crossings.places["night_recall"] = 0.5
        crossings.places["latency_s"] = 0.7
    if setting == "refuges, no signals":
        crossings.places["refuge"] = True
        crossings.places["signal"] = False
    return crossings


def lived(where: Ground, setting: str, legs: pd.DataFrame, **more: tuple[float, ...]) -> Trace:
    sim = Sim(where, When())
    sim.parts[Crossings] = prepared(where, setting)
    trace = sim.run(legs=legs, **more)
    sim.close()
    return trace


def naively(where: Ground, setting: str, legs: pd.DataFrame) -> Happened:
    sim = Sim(where, When())
    luck = sim.luck("walking")
    ages = where.people.residents["age"].to_numpy(np.int64)
    on_foot = (
        walkers(where.walks, ages, legs, Gait(), luck),
        prepared(where, setting).start(luck),
    )
    parking = Parking(where, Behaviour())
    world = build(where, parking, sim.trips(), sim.luck("day"), sim.span, on_foot)
    day = Day(world, sim.span.start_ms)
    homes = where.people.cars["home"].tolist()
    return reference.live(day, homes, sim.span.end_ms, naive_walkers(day))


SETTINGS = ("as it is", "everybody yields", "signs", "refuges, no signals")


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_town_with_walkers_lives_the_same_day(setting: str) -> None:
    legs = strolls(town())
    kernel, naive = rows(lived(town(), setting, legs)), naively(town(), setting, legs)
    assert kernel.keys() == naive.keys()
    for event in kernel:
        assert kernel[event] == naive[event], event
