"""How good it must be to pay: the curve in the report, as a chart and in a terminal."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tests.viz.examples import results
from viz.charts import curves
from viz.report import write_report
from viz.terminal import show
from viz.words import Lang


def asked(*points: tuple[float, float | None], **more: Any) -> dict[str, Any]:
    """Return a curve as ``results.json`` holds it: B/C with an interval of 0.2 either way."""
    effect = {"mean": 8.0, "diff": -2.0, "low": -2.5, "high": -1.5, "n": 3, "variance_ratio": 0.1}
    made = [
        {"value": x, "bc": bc, "low": None if bc is None else bc - 0.2,
         "high": None if bc is None else bc + 0.2, "alternative": f"fare-{x:g}",
         "effect": effect, "met": 100.0 * x}
        for x, bc in points
    ]  # fmt: skip
    switch = {"value": 736.0, "low": None, "high": 987.0, "rises": False, "met": 196.0}
    return {
        "parameters": ["fare"], "english": "Fare", "korean": "운임", "unit": "KRW",
        "headline": {"name": "drt.wait_all", "unit": "min", "better": "less"},
        "met": {"name": "drt.riders", "unit": "rides/day"}, "points": made,
        "switches": [switch], **more,
    }  # fmt: skip


CURVE = asked((0.0, 1.26), (600.0, 1.04), (1_800.0, 0.72))


@pytest.mark.parametrize(("lang", "what"), [("en", "Fare, KRW"), ("ko", "운임, 원")])
def test_a_sweep_has_a_report_of_its_curves(tmp_path: Path, lang: Lang, what: str) -> None:
    values = results() | {"curves": [CURVE]}
    page = write_report(values, {}, tmp_path / "r.html", lang=lang).read_text("utf-8")
    title = {"en": "How good must it be to pay?", "ko": "얼마나 좋아야 이득인가"}[lang]
    assert f"<h2>{title}</h2>" in page
    assert f'aria-label="{title}"' in page
    assert f'<th class="n">{what}</th>' in page
    cells = re.findall(r'<td class="n">([^<]*)<small>', page)
    assert cells[:4] == ["0", "1.26", "-2.00", "0"]
    assert "subsidy" not in page.split("<main>")[1].split("</h2>")[1]
    assert page.count("<h2>") < write_report(
        results(), {}, tmp_path / "all.html", lang=lang
    ).read_text("utf-8").count("<h2>")


def test_a_report_without_a_sweep_asks_nothing(tmp_path: Path) -> None:
    page = write_report(results(), {}, tmp_path / "r.html").read_text("utf-8")
    assert "How good must it be" not in page
    assert curves([]) == ""


def test_what_is_not_known_is_not_drawn() -> None:
    nowhere = asked((0.0, None), (1.0, None), switches=[])
    assert "<svg" in curves([nowhere])
    alone = asked((0.0, 0.5), (1.0, 0.9), switches=[], met=None)
    assert curves([alone, CURVE]) != curves([CURVE, alone])


def test_a_terminal_shows_the_curve_and_what_it_says() -> None:
    out = StringIO()
    values = results() | {"curves": [CURVE], "verdict": ["Fare: it pays up to 736 KRW."]}
    show(values, Console(file=out, width=100))
    lines = [" ".join(line.split()) for line in out.getvalue().splitlines()]
    assert "0 1.26 -2.00 ✓ 0" in lines
    assert "1,800 0.720 -2.00 ✓ 180,000" in lines
    assert lines[-1] == "• Fare: it pays up to 736 KRW."
