"""Batteries and breakdowns of machines: availability, energy, and what is not allowed."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from gis.newtown import newtown
from twin.machines import Battery, Machine, Wear
from twin.sim import Process, Sim, When
from twin.world.ground import Ground, ground

DAY = When(warm_up=0, hours=24.0)
ANY = Battery(1.0, 1.0)
S_PER_H = 3_600.0


@cache
def town() -> Ground:
    return ground(newtown(residents=2_000))


def test_availability_is_the_mean_time_up_over_the_whole() -> None:
    """O36: MTBF / (MTBF + MTTR), of many machines at the start and at the end of a day."""
    sim, wear, machines = Sim(town(), DAY), Wear(6.0, 2.0), 4_000
    fleet = [
        Machine(sim, k, battery=ANY, wear=wear, luck=sim.luck("test")) for k in range(machines)
    ]
    found = []

    def look() -> Process:
        for _ in range(2):
            found.append(np.mean([machine.works() for machine in fleet]))
            yield sim.wait(23.9 * S_PER_H)

    sim.start(look(), key=(20, 0))
    sim.run()
    theory = wear.availability
    assert theory == pytest.approx(0.75)
    error = np.sqrt(theory * (1 - theory) / machines)
    assert np.abs(np.array(found) - theory).max() <= 3 * error + 0.005 * theory


def test_repair_waits_until_it_works() -> None:
    sim = Sim(town(), DAY)
    machine = Machine(sim, 7, battery=ANY, wear=Wear(1.0, 1.0), luck=sim.luck("test"))
    waited = []

    def life() -> Process:
        for _ in range(20):
            was, since = machine.works(), sim.now
            yield from machine.repair()
            assert machine.works()
            waited.append((was, sim.now - since))
            yield sim.wait(0.5 * S_PER_H)

    sim.start(life(), key=(20, 0))
    sim.run()
    assert all((seconds == 0) == was for was, seconds in waited)
    assert any(not was for was, _ in waited)


def test_energy_in_is_energy_out() -> None:
    sim = Sim(town(), DAY)
    battery = Battery(500.0, 250.0, 0.2)
    machine = Machine(sim, 0, battery=battery, wear=Wear(), luck=sim.luck("test"))
    used, charged_h = 0.0, 0.0

    def life() -> Process:
        nonlocal used, charged_h
        for wh in (100.0, 250.0, 50.0, 399.0):
            if not machine.can(wh):
                since = sim.now
                yield from machine.charge()
                charged_h += (sim.now - since) / S_PER_H
            machine.use(wh)
            used += wh
            yield sim.wait(60.0)

    sim.start(life(), key=(20, 0))
    sim.run()
    assert used - charged_h * battery.charge_w == pytest.approx(500.0 - machine.left_wh)
    assert not machine.can(2.0)
    assert battery.usable_wh == 400.0


def test_bad_batteries_are_answered() -> None:
    for battery in ((0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (1.0, 1.0, 1.0)):
        with pytest.raises(ValueError, match="a battery must hold more than 0 Wh"):
            Battery(*battery)
