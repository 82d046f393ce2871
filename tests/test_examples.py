"""Every example runs and prints what is stored beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.conftest import DATA
from tests.source import ROOT

FOLDER = ROOT / "examples"
LONG = {
    "06_ai_crosswalk", "08_drt_bus", "10_three_together", "11_doan_three", "12_gongdeok_three",
    "14_drone_safety_net",
    "16_quarantine_robot", "17_patrol_robot", "18_gongdeok_park", "19_everything",
}  # fmt: skip
"""Those that take more than a quarter of a minute: `make verify` runs them."""
SKIPPED = "skipped: "  # how an example begins its only line where real data is missing


def scripts(folder: Path) -> list[Path]:
    """Return the numbered examples of a folder."""
    return sorted(folder.glob("[0-9][0-9]_*.py"))


def unpaired(folder: Path) -> list[str]:
    """Return each script without stored output, each output without a script, each misnamed."""
    numbered = {path.stem for path in scripts(folder)}
    stored = {path.stem for path in folder.glob("*.out")}
    misnamed = {path.stem for path in folder.glob("*.py")} - numbered
    return sorted((numbered ^ stored) | misnamed)


def printed(script: Path, folder: Path) -> str:
    """Return what an example prints, run in an empty folder as a person would run it."""
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=folder,
        env={**os.environ, "DONGNE_DATA": str(DATA), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def why_skipped(output: str) -> str | None:
    """Return the reason an example gives for printing nothing else, None where it ran."""
    lines = output.splitlines()
    alone = len(lines) == 1 and lines[0].startswith(SKIPPED)
    return lines[0].removeprefix(SKIPPED) if alone else None


def names(paths: Iterable[Path]) -> list[str]:
    return [path.stem for path in paths]


def test_there_are_examples_and_each_has_its_output() -> None:
    assert scripts(FOLDER)
    assert unpaired(FOLDER) == []


@pytest.mark.data
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.verify] * (name in LONG))
        for name in names(scripts(FOLDER))
    ],
)
def test_an_example_prints_what_is_stored(name: str, tmp_path: Path) -> None:
    output = printed(FOLDER / f"{name}.py", tmp_path)
    reason = why_skipped(output)
    if reason is not None:
        (pytest.fail if os.environ.get("DONGNE_VERIFY") else pytest.skip)(reason)
    assert output == (FOLDER / f"{name}.out").read_text(encoding="utf-8")


def test_a_missing_output_is_seen(tmp_path: Path) -> None:
    for name in ("01_a.py", "01_a.out", "02_b.py", "03_c.out", "four.py"):
        (tmp_path / name).touch()
    assert unpaired(tmp_path) == ["02_b", "03_c", "four"]


def test_a_failing_example_is_seen(tmp_path: Path) -> None:
    script = tmp_path / "01_fails.py"
    script.write_text("print(1)\nraise ValueError('no city')\n")
    with pytest.raises(AssertionError, match="no city"):
        printed(script, tmp_path)


def test_only_a_lone_line_skips() -> None:
    assert why_skipped("skipped: no data\n") == "no data"
    assert why_skipped("skipped: no data\nmore\n") is None
    assert why_skipped("a result\n") is None
