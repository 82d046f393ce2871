"""The results in a terminal: what is shown, in what unit, and what is left out."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from viz.terminal import show
from viz.words import Lang

BALANCE = {"pv_benefit": 0.0, "pv_cost": 0.0, "npv": 0.0}


def effect(mean: float | None, diff: float | None, half: float | None) -> dict[str, Any]:
    low, high = (None, None) if diff is None or half is None else (diff - half, diff + half)
    return {
        "mean": mean, "diff": diff, "low": low, "high": high, "n": 10, "variance_ratio": 0.25,
    }  # fmt: skip


def kpi(name: str, unit: str, base: float | None, change: dict[str, Any]) -> dict[str, Any]:
    ends = {} if base is None else {"low": base - 1, "high": base + 1}
    return {
        "name": name, "unit": unit, "better": "less", "definition": "",
        "base": {"mean": base, "low": None, "high": None, **ends}, "alternatives": {"new": change},
    }  # fmt: skip


def results(*kpis: dict[str, Any], **case: Any) -> dict[str, Any]:
    parties = ("national", "local", "users", "owners", "operator")
    social = {"pv_benefit": 2e9, "pv_cost": 1e9, "npv": 1e9}
    money = {
        "npv": 1e9, "bc": 2.0, "bc_noise": {"low": 1.5, "high": 2.5}, "payback_year": None,
        "rate": 0.045, "horizon": 10, "price_year": 2025, "after_subsidy": None,
        "benefits": {"parking.ease_time": 2.5e9, "parking.ease_choice": -5e8},
        "accounts": {"social": social, **dict.fromkeys(parties, BALANCE)}, **case,
    }  # fmt: skip
    return {
        "area": "here", "replications": 10, "level": 0.95, "kpis": list(kpis),
        "appraisal": {"new": money}, "verdict": ["So it is."],
    }  # fmt: skip


def shown(values: dict[str, Any], lang: Lang = "en", *, details: bool = False) -> list[str]:
    """Return the printed lines, runs of spaces as one."""
    file = io.StringIO()
    show(values, Console(file=file, width=100), lang=lang, details=details)
    return [" ".join(line.split()) for line in file.getvalue().splitlines() if line.strip()]


@pytest.mark.parametrize(
    ("change", "cells"),
    [
        (effect(8.0, -2.0, 0.5), "10.0 -2.00 ✓"),
        (effect(12.0, 2.0, 0.5), "10.0 +2.00 ✗"),
        (effect(10.1, 0.1, 0.5), "10.0 +0.100 ~"),
        (effect(10.0, 0.0, 0.0), "10.0 0 ="),
    ],
)
def test_a_change_says_whether_it_is_good_and_sure(change: dict[str, Any], cells: str) -> None:
    lines = shown(results(kpi("parking.search_time", "min", 10.0, change)))
    assert f"Time to find a space {cells}" in lines


def test_money_of_a_day_is_in_millions() -> None:
    change = effect(2e6, 5e5, 1e5)
    row = kpi("parking.fees_public", "KRW/day", 1.5e6, change)
    row["base"] |= {"low": 1.4e6, "high": 1.6e6}
    lines = shown(results(row))
    place = lines.index("Fees on public spaces 1.50 +0.500 ✗")
    assert lines[place + 1] == "M KRW/day 1.40 to 1.60 +0.400 to +0.600"


def test_what_is_nothing_everywhere_is_left_out() -> None:
    nothing = kpi("parking.failed", "veh/day", 0.0, effect(0.0, 0.0, 0.0))
    unknown = kpi("parking.walk", "m", None, effect(None, None, None))
    lines = shown(
        results(nothing, unknown, kpi("parking.ease_time.ring", "h", 1.0, effect(2, 1, 0.1)))
    )
    assert not [line for line in lines if "Found nothing" in line or "Walk" in line]
    assert lines[0] == "here: in the ring around it (runs: 10, intervals: 95%)"


def test_a_level_that_today_has_not_is_shown_itself() -> None:
    lines = shown(results(kpi("parking.share_util", "%", None, effect(42.0, None, None))))
    assert "Use of shared spaces – 42.0" in lines


def test_details_tell_pairs_and_variance_ratio() -> None:
    row = kpi("parking.walk", "m", 10.0, effect(8.0, -2.0, 0.5))
    assert "n 10, VR 0.25" in shown(results(row), details=True)
    assert "n 10, VR 0.25" not in shown(results(row))


def test_the_money_table_ends_with_the_years_after_the_subsidy() -> None:
    after = {
        "sustained": False, "local_net_per_year": -3e8, "operator_net_per_year": 1e8,
    }  # fmt: skip
    lines = shown(results(after_subsidy=after, payback_year=4))
    for line in (
        "benefit-cost ratio 2.00", "1.50 to 2.50", "benefits 2,000",
        "of which: Ease of parking: time +2,500", "of which: Ease of parking: choice -500",
        "costs 1,000", "net present value +1,000",
        "payback year 4", "after the subsidy not sustained", "a year: local -300",
        "a year: operator +100", "• So it is.",
    ):  # fmt: skip
        assert line in lines


def test_counts_of_the_city_stand_beside_the_twin() -> None:
    count = {"place": "A", "hour": 14.5, "quantity": "illegal", "observed": 40.0}
    row = {**count, "mean": 35.0, "low": 30.0, "high": 40.0}
    known = {**row, "place": "Korea", "hour": None, "quantity": "tickets_per_car_year"}
    fitted = {**known, "place": "Seoul 1991", "fitted": True}
    values = {
        **results(kpi("parking.walk", "m", 10.0, effect(8.0, -2.0, 0.5))),
        "observed": [row, fitted, known],
    }
    lines = shown(values)
    place = lines.index("A, 14:30, cars parked illegally 40.0 35.0")
    assert lines[place + 1] == "30.0 to 40.0"
    assert "Korea, tickets per car and year 40.0 35.0" in lines
    apart = lines.index("Fitted to these counts, which prove nothing")
    assert lines.index("Korea, tickets per car and year 40.0 35.0") < apart
    assert apart < lines.index("Seoul 1991, tickets per car and year 40.0 35.0")
    korean = shown(values, "ko")
    assert "A, 14:30, 불법주차 차량 40.0 35.0" in korean
    assert "서울 1991년, 차량당 연간 주차단속 40.0 35.0" in korean


def test_the_people_stand_beside_what_they_aim_at() -> None:
    aimed = {
        "name": "cars a person", "value": 0.379, "aim": 0.4, "published": 0.4, "unit": "cars",
        "source": "K",
    }  # fmt: skip
    beside = {**aimed, "name": "speed of cars", "value": 24.0, "aim": None, "published": 25.7}
    counted = {**aimed, "name": "jobs", "value": 8_000.0, "aim": None, "published": None}
    row = kpi("parking.walk", "m", 10.0, effect(8.0, -2.0, 0.5))
    values = {**results(row), "population": [aimed, beside, counted]}
    assert not any("published" in line for line in shown(values))
    lines = shown(values, details=True)
    assert "The people and their day beside published figures" in lines
    assert "cars a person 0.400 0.400 0.379" in lines
    assert "speed of cars – 25.7 24.0" in lines
    assert not any(line.startswith("jobs") for line in lines)
    assert "1인당 승용차 0.400 0.400 0.379" in shown(values, "ko", details=True)


def test_korean_has_every_word() -> None:
    row = kpi("parking.walk", "KRW/day", 1e6, effect(8e5, -2e5, 1e5))
    text = "\n".join(shown(results(row), "ko"))
    assert "주차 후 보행" in text
    assert "백만 원/일" in text
    assert "보조금이 끝난 뒤" in text


def test_how_many_shared_spaces_were_offered_stands_in_the_table() -> None:
    row = kpi("sharing.offered", "spaces", 0.0, effect(101.0, 101.0, 0.0)) | {"better": "more"}
    assert "Shared spaces offered 0 +101 ✓" in shown(results(row))
    assert "실제 제공된 공유면 0 +101 ✓" in shown(results(row), "ko")
