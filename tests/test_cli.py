"""The command line: what it prints, what it writes, and how it stops."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import pytest

from gis.newtown import newtown
from tests.gis.test_bad_input_gis import save, streets
from tests.source import ROOT
from twin.cli import main

SCENARIO = """\
name: Parking in a small new town
city: {newtown: {residents: 2000, seed: 1}}
hours: 24
start: 04:00
day_types: {weekday: 250}
alternatives:
  build: [{new_car_park: {area: DISTRICT, spaces: 40}}]
  shared: [{shared_parking: {area: DISTRICT, spaces: 60}}]
replications: 2
"""
HEAVY = ("geopandas", "mesa", "numba", "pandas", "pyvista", "rich", "scipy", "simpy", "matplotlib")
FILES = {"report.html", "results.gpkg", "results.json", "runs"}
LIMIT_S = 300


def dongne(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "twin.cli", *map(str, words)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


@pytest.fixture(scope="session")
def district() -> str:
    return str(newtown(residents=2_000)["districts"]["name"].iloc[0])


@pytest.fixture(scope="session")
def scenario(tmp_path_factory: pytest.TempPathFactory, district: str) -> Path:
    path = tmp_path_factory.mktemp("scenarios") / "small.yaml"
    path.write_text(SCENARIO.replace("DISTRICT", district), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def done(scenario: Path) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Run the small scenario once; return its folder and what it printed."""
    folder = scenario.parent / "done"
    return folder, dongne("run", scenario, "--out", folder, "--no-pictures", "--workers", 1)


@pytest.fixture
def typed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Return what types a command here and gives what it prints on stdout."""

    def command(*words: object) -> str:
        monkeypatch.setattr(sys, "argv", ["dongne", *map(str, words)])
        main()
        return capsys.readouterr().out

    return command


def results(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "results.json").read_text(encoding="utf-8")))


def runs(folder: Path) -> dict[str, int]:
    """Return the time at which each stored run was written."""
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("runs/*/*.parquet")}


def test_help_comes_at_once() -> None:
    assert dongne("--help").returncode == 0  # the first one may write bytecode
    times = []
    for _ in range(5):
        began = time.perf_counter()
        text = dongne("--help").stdout
        times.append(time.perf_counter() - began)
    assert min(times) < 0.3
    for command in ("city", "demo", "doctor", "run", "solutions", "sweep"):
        assert re.search(rf"^  {command} +\w", text, re.MULTILINE)


def test_help_imports_nothing_heavy() -> None:
    code = f"import sys, twin.cli; print([m for m in {HEAVY!r} if m in sys.modules])"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout == "[]\n"


def test_solutions_are_listed_with_their_parameters(typed: Callable[..., str]) -> None:
    names = [line.split()[0] for line in typed("solutions").splitlines()]
    assert {"enforcement", "new_car_park", "shared_parking"} <= set(names)
    assert names == sorted(names)
    text = typed("solutions", "shared_parking")
    assert "  spaces = 280 spaces, in [0, 5000] spaces [BUC2]\n" in text
    assert "  price_per_hour = 600 KRW/h, in [0, 10000] KRW/h [assumption]\n" in text


@pytest.mark.parametrize(("typed_as", "meant"), [("shraed", "shared_parking"),
                                                 ("new_car_prak", "new_car_park")])  # fmt: skip
def test_a_misspelt_solution_is_guessed(typed_as: str, meant: str) -> None:
    said = dongne("solutions", typed_as)
    words = f"dongne: there is no solution '{typed_as}'; did you mean '{meant}'? There are: "
    assert said.returncode == 1
    assert said.stderr.startswith(words)


def test_a_city_is_built_and_told(tmp_path: Path, typed: Callable[..., str]) -> None:
    text = typed("city", "build", save(streets(), tmp_path), "--out", tmp_path / "made")
    assert text == typed("city", "info", tmp_path / "made")
    assert re.search(r"^streets +required +found +\d+ +100%", text, re.MULTILINE)
    assert "note: buildings: none in the files, " in text
    report = json.loads(typed("city", "info", tmp_path / "made", "--json"))
    levels = {trust["solution"]: trust["level"] for trust in report["solutions"]}
    assert levels["shared_parking"] == "illustration only"


def test_a_city_can_be_cut_to_an_area(tmp_path: Path, typed: Callable[..., str]) -> None:
    whole = newtown(residents=2_000)
    folder = whole.save(tmp_path / "whole")
    name = whole["districts"]["name"].iloc[-1]
    typed("city", "build", folder, "--out", tmp_path / "part", "--clip", name, "--margin", 100)
    part = json.loads(typed("city", "info", tmp_path / "part", "--json"))
    count = {row["layer"]: row["count"] for row in part["layers"]}
    assert 0 < count["buildings"] < len(whole["buildings"])


def test_results_hold_what_is_promised(
    done: tuple[Path, subprocess.CompletedProcess[str]], scenario: Path, district: str
) -> None:
    folder, command = done
    assert command.returncode == 0, command.stderr
    assert {path.name for path in folder.iterdir()} == FILES
    values = results(folder)
    assert (values["scenario"], values["area"]) == ("Parking in a small new town", district)
    assert values["replications"] == 2
    kpi = next(kpi for kpi in values["kpis"] if kpi["name"] == values["headline"])
    assert set(kpi) == {"name", "unit", "better", "definition", "base", "alternatives"}
    assert set(kpi["base"]) == {"mean", "low", "high"}
    for effect in kpi["alternatives"].values():
        assert set(effect) == {"mean", "diff", "low", "high", "n", "variance_ratio"}
    assert list(values["appraisal"]) == list(kpi["alternatives"]) == ["build", "shared"]
    assert [claim["claim"][:3] for claim in values["claims"]] == ["T01", "T01", "T02", "T03", "T04"]
    assert "T04" in values["claims"][0]["contradicts"]
    totals = {row["name"]: row for row in values["population"]}
    assert set(totals["residents"]) == {"name", "value", "aim", "published", "unit", "source"}
    assert totals["residents"]["value"] == 2_000
    assert totals["residents"]["aim"] is None
    assert totals["trips a person"]["value"] == pytest.approx(
        totals["trips a person"]["aim"], rel=0.1
    )
    source = values["provenance"]
    assert source["seed"] == 1
    assert source["started_by"].startswith(f"dongne run {scenario} --out ")
    assert {"version", "python", "platform", "packages", "key", "city_hash"} <= set(source)


def test_results_are_on_the_map(
    done: tuple[Path, subprocess.CompletedProcess[str]], district: str
) -> None:
    path = done[0] / "results.gpkg"
    values = results(done[0])
    assert {name for name, _ in pyogrio.list_layers(path)} == {"area", "districts", "kpis", "ring"}
    by_name = {kpi["name"]: kpi for kpi in values["kpis"]}
    column = "parking_illegal_daily__build"
    for layer, suffix in (("area", ""), ("ring", ".ring")):
        row = gpd.read_file(path, layer=layer).iloc[0]
        effect = by_name[f"parking.illegal_daily{suffix}"]["alternatives"]["build"]
        assert row[column] == effect["diff"]
        assert row[f"{column}__low"] == effect["low"]
        assert row["attribution"] == " | ".join(values["attributions"])
    places = gpd.read_file(path, layer="districts").set_index("name")
    inside = by_name["parking.illegal_daily"]["base"]["mean"]
    assert places.loc[district, "parking_illegal_daily__base"] == inside


def test_the_table_fits_and_has_no_colour_where_nobody_looks(
    done: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    lines = done[1].stdout.splitlines()
    assert max(map(len, lines)) <= 100
    assert "\x1b" not in done[1].stdout + done[1].stderr
    assert not [line for line in lines if re.match(r"^ \S.*( [–0]){4,}$", line)]
    for place in ("inside the area", "in the ring around it"):
        assert sum(place in line and "traffic" not in line for line in lines) == 1
        assert sum(f"{place}: traffic, walking and buses" in line for line in lines) == 1
    assert any(line.split()[:2] == ["benefit-cost", "ratio"] for line in lines)
    found = results(done[0])
    told = len(found["verdict"]) + len(found["readiness"]["solutions"])
    told += bool(found["readiness"]["gaps"])
    assert sum(line.startswith("• ") for line in lines) == told


def test_progress_goes_to_stderr_in_plain_lines(
    done: tuple[Path, subprocess.CompletedProcess[str]], district: str
) -> None:
    said = done[1].stderr.splitlines()
    assert said[0].startswith("Parking in a small new town: ")
    assert said[0].endswith(f"area {district}")
    cars = r"2,000 residents with [\d,]+ cars; [\d,]+ more cars of commuters and possible visitors"
    assert re.fullmatch(cars, said[1])
    assert said[-1] == "6 of 6 runs"


def test_the_same_command_finds_its_runs_again(
    done: tuple[Path, subprocess.CompletedProcess[str]], scenario: Path
) -> None:
    folder, before = done[0], runs(done[0])
    old = results(folder)
    command = ("run", scenario, "--out", folder, "--no-pictures", "--quiet", "--json")
    again = dongne(*command, "--workers", 2)
    assert (again.returncode, again.stderr) == (0, "")
    assert runs(folder) == before
    printed = json.loads(again.stdout)
    assert printed["kpis"] == old["kpis"]
    assert printed["appraisal"] == old["appraisal"]


def test_two_workers_find_the_same(
    done: tuple[Path, subprocess.CompletedProcess[str]], scenario: Path, tmp_path: Path
) -> None:
    command = ("run", scenario, "--out", tmp_path, "--no-pictures", "--workers", 2)
    assert dongne(*command).returncode == 0
    old, new = results(done[0]), results(tmp_path)
    for values in (old, new):
        values["provenance"].pop("started_by")
    assert new == old


def test_a_sweep_asks_from_where_on_it_pays(scenario: Path, tmp_path: Path) -> None:
    command = ("sweep", scenario, "--of", "build", "--parameter", "spaces", "--values", "10,40")
    said = dongne(*command, "--out", tmp_path, "--workers", 1, "--quiet", "--lang", "ko")
    assert said.returncode == 0, said.stderr
    (curve,) = results(tmp_path)["curves"]
    assert [point["value"] for point in curve["points"]] == [10, 40]
    assert curve["unit"] == "spaces"
    assert {path.name for path in tmp_path.iterdir()} == FILES | {"curves.svg"}
    assert re.search("spaces: .*이득", said.stdout)
    assert results(tmp_path)["verdict"][0].startswith("spaces: ")


@pytest.mark.parametrize(
    ("words", "wording"),
    [
        (["--values", "1,2"], "--parameter and --values go together"),
        (["--parameter", "spaces"], "--parameter and --values go together"),
        (["--parameter", "spaces", "--values", "1,x"], "--values must be numbers, 0,0.5,1, got"),
        ([], "no solution of 'build' says what is in doubt about it; name a parameter"),
    ],
)
def test_what_a_sweep_cannot_ask_is_told(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch, words: list[str], wording: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(
        sys, "argv", ["dongne", "sweep", str(scenario), "--out", str(tmp_path), *words]
    )
    with pytest.raises(SystemExit):
        main()
    assert wording in capsys.readouterr().err


def test_korean_and_details(
    done: tuple[Path, subprocess.CompletedProcess[str]], scenario: Path
) -> None:
    command = ("run", scenario, "--out", done[0], "--no-pictures", "--lang", "ko", "-v")
    said = dongne(*command, "--workers", 1)
    assert said.returncode == 0, said.stderr
    assert "하루 불법주차 대수" in said.stdout
    assert "비용편익비" in said.stdout
    assert "모의 인구와 하루" in said.stdout
    assert re.search(r"n 2, VR \d\.\d\d", said.stdout)
    assert re.search(r"^runs: \d+\.\d s$", said.stderr, re.MULTILINE)
    assert 'lang="ko"' in (done[0] / "report.html").read_text(encoding="utf-8")


def test_ctrl_c_keeps_what_is_done_and_the_same_command_goes_on(
    scenario: Path, tmp_path: Path
) -> None:
    words = ["run", scenario, "--out", tmp_path, "--no-pictures", "--replications", 8]
    command = [sys.executable, "-m", "twin.cli", *map(str, words), "--workers", "2"]
    started = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + LIMIT_S
    while len(runs(tmp_path)) < 3 and started.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    started.send_signal(signal.SIGINT)
    printed, said = started.communicate(timeout=60)
    assert started.returncode == 130, said
    assert said.splitlines()[-1] == (
        "dongne: stopped; what was finished is kept, and the same command goes on from there"
    )
    assert "Traceback" not in said
    assert printed == ""
    kept = runs(tmp_path)
    assert 3 <= len(kept) < 24
    assert {path.name for path in tmp_path.iterdir()} == {"runs"}
    assert dongne(*words, "--workers", 2).returncode == 0
    assert runs(tmp_path).items() >= kept.items()
    assert len(runs(tmp_path)) == 24
    assert not list(tmp_path.rglob("*.tmp"))


def test_the_demo_leaves_its_file_and_respects_a_changed_one(
    tmp_path: Path, scenario: Path
) -> None:
    own = tmp_path / "demo.yaml"
    own.write_bytes(scenario.read_bytes())
    said = dongne("demo", "--out", tmp_path, "--no-pictures", "--workers", 1)
    assert said.returncode == 0, said.stderr
    assert said.stderr.startswith(f"{own} was changed: it is run as it is\n")
    assert own.read_bytes() == scenario.read_bytes()
    assert said.stdout.endswith(f"run it again:\n  dongne run {own} --out {tmp_path}\n")


def test_doctor_reports_as_json() -> None:
    said = dongne("doctor", "--json", PYTHONDONTWRITEBYTECODE="1")
    report = json.loads(said.stdout)
    assert (said.returncode == 0) == report["healthy"]
    assert {"python", "versions", "pictures", "font"} <= {one["what"] for one in report["findings"]}
