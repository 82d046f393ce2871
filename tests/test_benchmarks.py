"""The benchmarks: their table, what they measure, and that they fail where sides differ."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import city_day, networks, parking_day, sumo
from benchmarks.laps import Laps
from benchmarks.plots import Panel, plot
from benchmarks.table import Result, Row, show, store
from tests.twin.streets import grid


def row(**more: Any) -> Row:
    return Row("parking day", 0.5, "naive", 10.0, "identical", "< 1 s", **{"met": True, **more})


@pytest.mark.parametrize(("alike", "code"), [(False, 1), (True, None)])
def test_two_sides_that_differ_fail(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, alike: bool, code: int | None
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(parking_day, "report", lambda: Result([row(alike=alike)]))
    monkeypatch.setattr(sys, "argv", ["benchmarks", "parking_day"])
    try:
        runpy.run_module("benchmarks", run_name="__main__")
        found = None
    except SystemExit as stop:
        found = stop.code
    assert found == code
    assert list(json.loads(Path("out/bench/results.json").read_text())["benchmarks"]) == [
        "parking_day"
    ]


def test_the_table_shows_ratio_and_whether_the_goal_is_met(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show([row(), row(met=False), row(alike=False), Row("day", 0.025)])
    lines = capsys.readouterr().out.splitlines()[-4:]
    assert "20.0" in lines[0]
    assert [line.split("< 1 s")[-1].strip() for line in lines[:3]] == [
        "met",
        "NOT MET",
        "DIFFERENT",
    ]
    assert lines[3].split() == ["day", "25.0", "ms"]


def test_results_of_other_benchmarks_stay(tmp_path: Path) -> None:
    path = tmp_path / "new" / "results.json"
    store({"one": Result([row()]), "two": Result([])}, path)
    store({"two": Result([row(met=None)], [{"size": 3}])}, path)
    kept = json.loads(path.read_text())["benchmarks"]
    assert list(kept) == ["one", "two"]
    assert kept["one"]["rows"][0]["theirs_s"] == 10.0
    assert kept["two"]["figures"] == [{"size": 3}]


def test_a_lap_is_what_was_computed_since_the_one_before() -> None:
    laps = Laps()
    laps("nothing")
    sum(range(1_000_000))
    laps("work")
    assert list(laps.seconds) == list(laps.peak_gb) == ["nothing", "work"]
    assert laps.seconds["work"] > laps.seconds["nothing"] >= 0
    assert laps.peak_gb["work"] >= laps.peak_gb["nothing"] > 0


def test_a_plot_is_a_picture(tmp_path: Path) -> None:
    panels = [
        Panel("CPU seconds", {"day": [1, 9], "trees": [2, 3]}, goal=60),
        Panel("GB", {"run": [1, 2]}),
    ]
    path = plot(tmp_path / "new" / "plot.png", [1_000, 100_000], "residents", panels)
    assert path.read_bytes().startswith(b"\x89PNG")


def test_a_stopwatch_changes_nothing_and_its_stages_are_all_of_the_day(tmp_path: Path) -> None:
    assert list(city_day.make(2_000, tmp_path)["seconds"]) == list(city_day.MADE)
    kept = set(tmp_path.iterdir())
    day = city_day.measure(tmp_path)
    assert list(day["seconds"]) == [
        *city_day.OPENED, city_day.FIGURE[0], city_day.WARM_UP, *city_day.FIGURE[1:]
    ]  # fmt: skip
    assert city_day.figure(day) < sum(day["seconds"].values())
    kpis = day["kpis"]
    assert kpis["persons"] == 2_000
    assert kpis["car trips"] > 2_000
    assert kpis["not over"] == 0
    assert 10 < kpis["km/h"] < 60
    assert any(path.name.startswith("ways-") for path in kept)  # solved there, not found elsewhere
    assert set(tmp_path.iterdir()) - kept == {tmp_path / "trace.parquet"}  # and not solved again


def day(seconds: float, peak_gb: float) -> dict[str, Any]:
    named = city_day.COUNTED, city_day.WARM_UP
    stages = (*city_day.MADE, *city_day.OPENED, *named, *city_day.FIGURE)
    kpis = {"car trips": 3, "other trips": 2, "km/h": 30.0, "squeezes": 0, "events": 9}
    return {
        "residents": 388_000, "gap": 0.01, "kpis": kpis,
        "seconds": dict.fromkeys(stages, seconds), "peak_gb": dict.fromkeys(stages, peak_gb),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "peak_gb", "met"), [(11.9, 3.9, True), (12.1, 3.9, False), (11.9, 4.1, False)]
)
def test_the_goal_of_the_day_is_of_time_and_memory(
    seconds: float, peak_gb: float, met: bool
) -> None:
    first, second, *apart = city_day.rows(day(seconds, peak_gb))
    assert first.met is met
    assert first.ours_s == pytest.approx(5 * seconds)
    assert second.ours_s == pytest.approx(8 * seconds)
    assert second.met is False
    assert [found.ours_s for found in apart] == [seconds] * len(city_day.MADE + city_day.OPENED)


@pytest.mark.parametrize("name", city_day.PACKAGES)
def test_the_day_with_a_package_has_a_goal_of_its_own(name: str) -> None:
    goal_s = city_day.PACKAGES[name].goal_s
    tried = day(goal_s / 5.0 - 0.1, 3.9)
    tried["seconds"][city_day.COUNTED] = 50.0
    *_, row, survey = city_day.rows({**day(11.9, 3.9), name: tried})
    assert (row.met, row.ours_s) == (True, pytest.approx(goal_s - 0.5))
    assert survey.ours_s == 50.0
    tried["seconds"]["day"] += 1.0
    assert city_day.tried_rows(name, tried)[0].met is False


def test_a_day_that_does_not_end_fails_its_goal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def in_child(_: str, what: str, *place_and_size: object, **__: float) -> dict[str, Any]:
        if place_and_size[1:] == (20_000,):
            raise subprocess.TimeoutExpired(what, 1)
        return {**day(1.0, 1.0), "file_mb": 1.0}

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(city_day, "in_child", in_child)
    assert [row.met for row in city_day.report([2_000, 20_000]).rows] == [False]
    assert [row.met for row in city_day.report([20_000, 2_000]).rows][:2] == [True, True]


def test_trees_are_as_scipy_has_them_and_traffic_is_as_dense_in_a_larger_net() -> None:
    small, large = networks.measure(6), networks.measure(12)
    assert small["largest difference (s)"] <= networks.ROUNDING_S
    for net in (small, large):
        assert net["links driven"] == net["cars"] * networks.STEPS
        assert net["cars"] == net["links"] * networks.CARS_A_LINK
    assert large["mean travel (s)"] == pytest.approx(small["mean travel (s)"], rel=0.1)


def test_who_wanders_turns_where_it_is_allowed() -> None:
    net = networks.turning_of(*grid(5))
    routes = networks.wander(net, np.arange(len(net.tails)), steps=9)
    turns = {*zip(net.source.tolist(), net.target.tolist(), strict=True)}
    assert {
        *zip(routes[:, :-1].ravel().tolist(), routes[:, 1:].ravel().tolist(), strict=True)
    } <= turns
    assert len(np.unique(routes[:, -1])) > len(routes) / 4


def found(mean: float, seconds: float) -> sumo.Drive:
    return sumo.Drive(seconds, np.array([mean, mean]), links=8, joined_s=0.0, squeezed=0)


@pytest.mark.parametrize(
    ("mean", "seconds", "met"), [(104, 1.0, True), (106, 1.0, False), (104, 1.1, False)]
)
def test_a_ratio_without_the_same_travel_times_does_not_count(
    mean: float, seconds: float, met: bool
) -> None:
    assert sumo.compare("meso", found(mean, seconds), found(100, 20.0)).met is met


def test_without_a_network_one_line_tells_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        failed = int("pip" in command)
        return subprocess.CompletedProcess(command, failed, "", "WARNING: no\nERROR: no network\n")

    monkeypatch.setattr(sumo.subprocess, "run", run)
    monkeypatch.setattr(sumo, "PEERS", tmp_path)
    (told,) = sumo.report().rows
    assert capsys.readouterr().out.splitlines()[1:] == [
        "  SUMO cannot be installed or run here: "
        "eclipse-sumo==1.28.0, uxsim==1.15.1: ERROR: no network"
    ]
    assert told.ours_s is None
    assert told.alike
