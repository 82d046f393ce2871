"""What a Korean reader is shown is Korean: names, units and addresses alone keep Latin letters."""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from gis.figures import FIGURES, TABLES
from twin.experiment.movement import UNITS
from viz.report import write_report
from viz.terminal import show
from viz.totals import because, source, total, total_unit
from viz.words import place, shown_in

SCENARIO = """\
name: 작은 신도시의 세 정책
city: {newtown: {residents: 2000, seed: 1}}
start: 04:00
everybody: true
day_types: {weekday: 250}
alternatives:
  bus: [{drt_bus: {fleet: 1}}]
  shared: [{shared_parking: {spaces: 28}}]
  all: [{drt_bus: {fleet: 1}}, {shared_parking: {spaces: 28}}]
replications: 2
"""
ALLOWED = {
    *("bus", "shared", "all"),  # the alternatives, as the scenario calls them
    *("drt_bus", "shared_parking"),  # the solutions, as a scenario calls them
    *("m", "km", "km/h", "L", "t"),  # units
    *("B/C", "NPV", "CO2", "n", "VR"),  # keys of the tables
    *("Dongne", "OpenStreetMap", "Synthetic"),  # names and marks
}
"""Every Latin word that a Korean page may hold."""
OWN_WORDS = ("공표된 성과와의 대조", "가정", "모든 지표와 정의", "자료 출처", "산출 이력")
"""Sections that quote definitions, notes, titles and versions as they were written."""
LATIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:/[A-Za-z]+)?")


def latin(text: str) -> set[str]:
    """Return the Latin words of a text that are neither allowed nor an address in brackets."""
    return set(LATIN.findall(re.sub(r"\([^()]*\.[a-z]{2,}[^()]*\)", "", text))) - ALLOWED


def page_text(page: str) -> str:
    """Return what a page shows, without the sections that quote."""
    body = re.sub(r"(?s)<(style|script|title|svg).*?</\1>", "", page[page.index("<body") :])
    shown = [
        section
        for section in body.split("<section")
        if not any(
            f"{tag}{name}<" in section for name in OWN_WORDS for tag in ("<h2>", "<summary>")
        )
    ]
    return html.unescape(re.sub(r"<[^>]+>", " ", " ".join(f"<p {part}" for part in shown)))


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        ("trips by car from 07:00", "승용차 통행 비율, 7시대"),
        ("all by bus, outside", "수단분담률: 버스, 시외"),
        ("busiest hour: school", "통행이 가장 많은 시각: 등교"),
        ("trips by bus: walked, as no ride saves steps", "버스 통행: 타도 덜 걷지 않아 도보"),
        ("speed of cars", "차량 속도"),
    ],
)
def test_a_total_is_put_together_from_its_parts(english: str, korean: str) -> None:
    assert total(english, "ko") == korean
    assert total(english) == english


def test_how_a_day_moved_is_korean() -> None:
    said = [
        word for name, unit in UNITS.items() for word in (total(name, "ko"), total_unit(unit, "ko"))
    ]
    assert not latin(" ".join(said))


def test_why_a_solution_is_trusted_is_korean() -> None:
    text = "car_parks 100% synthetic; bus_stops missing; streets 40% derived"
    assert because(text, "ko") == "주차장 합성 100%; 정류장 없음; 도로 추정 40%"
    assert because(text) == text


def test_where_a_published_figure_is_from_is_korean() -> None:
    figures = (FIGURES[name] for name in ("mode_bus", "street_morning_kmh", "before_seven"))
    tables = TABLES["cars_by_hour"], TABLES["trips_by_hour"]
    for text, unit in [(one.source, one.unit) for one in figures] + [
        (one.source, one.unit) for one in tables
    ]:
        assert not latin(f"{source(text, 'ko')} {total_unit(unit, 'ko')}")


def test_a_price_of_a_ride_is_not_in_millions() -> None:
    assert shown_in("KRW/ride", "ko") == (1.0, "원/회")
    assert shown_in("KRW/day", "ko") == (1e-6, "백만 원/일")


def test_a_new_town_is_named_in_korean() -> None:
    town = "새론시 (new town of 2,000, seed 1)"
    assert place(town, "ko") == "새론시 (가상 신도시, 인구 2,000명, 시드 1)"
    assert place(town) == town


@pytest.mark.slow
def test_a_study_is_korean_from_end_to_end(
    told: Callable[[list[str]], str], tmp_path: Path
) -> None:
    file, out = tmp_path / "small.yaml", tmp_path / "out"
    file.write_text(SCENARIO, encoding="utf-8")
    told(["run", str(file), "--lang", "ko", "--no-pictures", "--workers", "1", "--out", str(out)])
    values: dict[str, Any] = json.loads((out / "results.json").read_text("utf-8"))
    printed = io.StringIO()
    show(values, Console(file=printed, width=200), lang="ko", details=True)
    page = write_report(values, {}, tmp_path / "r.html", lang="ko").read_text("utf-8")
    assert not latin(printed.getvalue())
    assert not latin(page_text(page))
    names = re.findall(r"<td>([^<]*시대)</td>", page)
    assert len(names) == len(set(names))
