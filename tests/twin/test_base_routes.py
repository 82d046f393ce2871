"""Base routes of a city: greens, capacities and demand against what can be worked out by hand."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gis.newtown import newtown
from scenarios import solutions
from twin import kept
from twin.experiment.study import prepare
from twin.results import study_key
from twin.scenario import read, write
from twin.sim import Sim, When
from twin.world.ground import ground
from twin.world.streets.routes import PERIODS


def test_a_town_settles_and_nobody_squeezes() -> None:
    """The day of the new town: the gap is below 1 %, streets flow, nobody is stuck."""
    town = ground(newtown(residents=5_000), queues=True)
    ways = town.ways("weekday")
    assert (ways.gap < 0.01).all()
    assert ways.set_first[-1] == len(ways.next_slot)
    assert len(ways.set_first) == len(PERIODS) + 1
    sim = Sim(town, When())
    trace = sim.run()
    sim.close()
    assert len(trace["squeeze"]) == 0
    flow = trace.frame("flow")
    metres = town.city["streets"]["length_m"].to_numpy()[flow["link"]] * flow["cars"]
    speed_kmh = 3.6 * metres.sum() / flow["spent_s"].sum()
    assert 25 < speed_kmh < 45


def test_base_routes_are_kept_and_found_again() -> None:
    made, again = (ground(newtown(residents=2_000), queues=True).ways("weekday") for _ in range(2))
    for name, values in made._asdict().items():
        np.testing.assert_array_equal(values, getattr(again, name), err_msg=name)
        assert values.dtype == getattr(again, name).dtype


def test_signals_are_timed_for_their_traffic_and_given_ones_stay() -> None:
    city = newtown(residents=2_000)
    laid = ground(city, queues=True).city
    plain, timed = city.tables["signal_greens"], laid.tables["signal_greens"]
    assert not plain.equals(timed)
    given = {
        name: city.tables[name].assign(origin="found") for name in ("signal_plans", "signal_greens")
    }
    kept = ground(replace(city, tables={**city.tables, **given}), queues=True)
    pd.testing.assert_frame_equal(kept.city.tables["signal_greens"], given["signal_greens"])


def test_a_scenario_asks_for_queues_and_its_runs_are_kept_apart(tmp_path: Path) -> None:
    file = tmp_path / "q.yaml"
    file.write_text(
        "name: Q\ncity: {newtown: {residents: 2000}}\n"
        "alternatives: {a: [{new_car_park: {area: city}}]}\n",
        encoding="utf-8",
    )
    free = read(file, solutions())
    asked = replace(free, queues=True)
    write(asked, file)
    assert read(file, solutions()).queues
    town = newtown(residents=2_000)
    keys = {study_key(prepare(scenario, town)) for scenario in (free, asked)}
    assert len(keys) == 2


def test_what_is_kept_has_the_order_that_kernels_are_compiled_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(kept, "folder", lambda: tmp_path)
    made = np.arange(6).reshape(2, 3)
    (found,) = kept.kept("made", lambda: {"turned": made.T}).values()
    assert found.flags.c_contiguous
    assert (found == made.T).all()


def test_what_was_used_longest_ago_makes_room_for_more(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(kept, "folder", lambda: tmp_path)
    values = np.arange(1_000)
    monkeypatch.setattr(kept, "ROOM_GB", 2.5 * values.nbytes / kept.BYTES_PER_GB)
    for moment, name in enumerate(("first", "second", "first", "third")):
        kept.kept(name, lambda: {"values": values})
        os.utime(tmp_path / name, (moment, moment))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first", "third"]
