"""The report: offline, escaped, complete, with nulls."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

from tests.viz.examples import results
from viz.charts import accounts, cash_flow, effects, judge
from viz.report import write_report
from viz.words import Lang


@pytest.fixture
def pictures(tmp_path: Path) -> dict[str, Path]:
    for name in ("before", "after"):
        Image.new("RGB", (160, 90), (90, 120, 90)).save(tmp_path / f"{name}.png")
    return {name: tmp_path / f"{name}.png" for name in ("before", "after")}


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_report_needs_no_network(pictures: dict[str, Path], tmp_path: Path, lang: Lang) -> None:
    page = write_report(results(), pictures, tmp_path / "r.html", lang=lang).read_text("utf-8")
    outside = [
        v for v in re.findall(r'(?:src|href)="([^"]*)"', page) if not v.startswith(("data:", "#"))
    ]
    assert outside == []
    assert not re.search(r"url\((?!#)|@import|<link|<iframe", page)
    assert page.count("<img") == 2
    assert page.count("<svg") == 1 + 2 * 3
    assert f'<html lang="{lang}">' in page


def test_text_is_escaped(pictures: dict[str, Path], tmp_path: Path) -> None:
    page = write_report(results(), pictures, tmp_path / "r.html").read_text("utf-8")
    assert "<around>" not in page
    assert "Parking &lt;around&gt; the station &amp; market" in page


def test_nulls_are_dashes_and_never_numbers(tmp_path: Path) -> None:
    values = results()
    for case in values["appraisal"].values():
        case |= {"npv": None, "bc": None, "flows": [], "after_subsidy": None, "accounts": {}}
    page = write_report(values, {}, tmp_path / "r.html").read_text("utf-8")
    assert not re.search(r"\bnan\b|\bNone\b|\bnull\b", page)
    assert "not defined" in page
    assert "There is no subsidy to end." in page


def test_an_empty_comparison_still_makes_a_report(tmp_path: Path) -> None:
    bare = {
        "scenario": "s",
        "city": "c",
        "synthetic": False,
        "replications": 1,
        "verdict": [],
        "attributions": [],
    }
    page = write_report(bare, {}, tmp_path / "r.html").read_text("utf-8")
    assert "No alternative was compared." in page


def test_report_says_what_a_mayor_needs(pictures: dict[str, Path], tmp_path: Path) -> None:
    page = write_report(results(), pictures, tmp_path / "r.html", lang="ko").read_text("utf-8")
    for words in (
        "결론",
        "도입 전과 후",
        "누가 내고 누가 얻나",
        "보조금이 끝난 뒤",
        "공표된 성과와의 대조",
        "자료 출처",
    ):
        assert words in page
    assert "합성 도시" in page
    assert "ODbL" in page
    assert page.index("결론") < page.index("무엇이 달라지나")
    assert ">가정</span>" in page


def test_counts_and_people_stand_beside_what_is_known(tmp_path: Path) -> None:
    count = {"hour": None, "quantity": "illegal_per_car_day", "observed": 0.106, "mean": 0.11}
    ends = {"low": 0.1, "high": 0.12, "fitted": True}
    person = {
        "name": "cars a person", "value": 0.379, "aim": 0.4, "published": 0.4, "unit": "cars",
        "source": "<K>",
    }  # fmt: skip
    nothing = {"value": None, "aim": None, "published": None}
    values = {
        **results(), "observed": [{"place": "Seoul 1991", **count, **ends}],
        "population": [person, {**person, "name": "jobs", **nothing}],
    }  # fmt: skip
    page = write_report(values, {}, tmp_path / "r.html").read_text("utf-8")
    assert "Fitted to these counts, which prove nothing" in page
    assert "What was counted beside" not in page
    assert "<td>Seoul 1991, cars parked illegally per registered car and day</td>" in page
    assert page.count("<td>cars a person</td>") == 1  # beside its aim, and not among the others
    assert page.count("<td>jobs</td>") == 1
    assert "&lt;K&gt;" in page


def test_an_unknown_language_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="lang must be one of en, ko, got 'fr'"):
        write_report(results(), {}, tmp_path / "r.html", lang="fr")  # type: ignore[arg-type]
    assert not (tmp_path / "r.html").exists()


@pytest.mark.parametrize(
    ("diff", "low", "high", "better", "verdict"),
    [
        (-5.0, -8.0, -2.0, "less", "better"),
        (-5.0, -8.0, -2.0, "more", "worse"),
        (-5.0, -12.0, 2.0, "less", "not clear"),
        (0.0, 0.0, 0.0, "less", "unchanged"),
        (None, None, None, "less", "not defined"),
        (3.0, None, None, "more", "not defined"),
    ],
)
def test_judgement_is_the_interval_against_zero(
    diff: float | None, low: float | None, high: float | None, better: str, verdict: str
) -> None:
    assert judge({"diff": diff, "low": low, "high": high}, better) == verdict


def test_charts_are_plain_svg_and_the_same_every_time() -> None:
    kpis, case = results()["kpis"], results()["appraisal"]["shared"]
    for chart in (effects(kpis[:6]), cash_flow(case), accounts(case, "ko")):
        assert chart.startswith("<svg")
        assert "<metadata" not in chart
        assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", chart)
    assert effects(kpis[:6]) == effects(kpis[:6])


def test_charts_without_data_are_empty() -> None:
    assert effects([]) == cash_flow({"flows": []}) == accounts({}) == ""


@pytest.mark.parametrize(("lang", "after"), [("en", "After: shared"), ("ko", "도입 후: shared")])
def test_the_picture_names_the_alternative_it_shows(
    pictures: dict[str, Path], tmp_path: Path, lang: Lang, after: str
) -> None:
    page = write_report(results(), pictures, tmp_path / "r.html", lang=lang).read_text("utf-8")
    assert f'<b class="r">{after}</b>' in page


def test_the_verdict_leads_and_the_rest_stands_with_its_alternative(tmp_path: Path) -> None:
    values = results()
    values["verdict"] = [
        "Recommended: shared.",
        "shared: illegal parking falls.",
        "car park does not pay off.",
        "Intervals hold noise only.",
        "car park: 국비 없이는 어렵습니다.",
    ]
    page = write_report(values, {}, tmp_path / "r.html").read_text("utf-8")
    assert '<p class="lead">Recommended: shared.</p>' in page
    said = re.findall(r'<div class="said"><h3>(.*?)</h3><ul>(.*?)</ul>', page, flags=re.DOTALL)
    lines = {name: re.findall("<li>(.*?)</li>", body) for name, body in said}
    assert lines == {
        "shared": ["Illegal parking falls."],
        "car park": ["car park does not pay off.", "국비 없이는 어렵습니다."],
    }
    rest = page[page.index('<ul class="rest">') :]
    assert rest.index("Intervals hold noise only.") < rest.index("</ul>")


def test_the_table_has_money_in_millions_and_what_has_no_today(tmp_path: Path) -> None:
    values = results()
    use = next(k for k in values["kpis"] if k["name"] == "parking.share_util")
    use["alternatives"]["shared"] |= {"mean": 23.4, "diff": None}
    page = write_report(values, {}, tmp_path / "r.html").read_text("utf-8")
    assert '<small>M KRW/day</small></td><td class="n">0.412</td>' in page
    assert '<span class="not-defined"> 23.4</span>' in page


def test_measures_that_nothing_changes_get_no_chart(tmp_path: Path) -> None:
    def charted(values: dict[str, object]) -> int:
        page = write_report(values, {}, tmp_path / "r.html").read_text("utf-8")
        return page[page.index("<svg") : page.index("</svg>")].count('id="axes_')

    values = results()
    before = charted(values)
    walk = next(k for k in values["kpis"] if k["name"] == "parking.walk")
    for entry in walk["alternatives"].values():
        entry |= {"diff": 0.0, "low": 0.0, "high": 0.0}
    assert charted(values) == before - 1


@pytest.mark.parametrize(
    ("lang", "rows"),
    [
        ("en", [("of which: Ease of parking: time", "KRW 3,000 million"),
                ("of which: Ease of parking: choice", "-KRW 600 million")]),
        ("ko", [("그중: 주차 편의: 시간", "30.0억 원"), ("그중: 주차 편의: 선택", "-6.00억 원")]),
    ],
)  # fmt: skip
def test_the_accounts_say_what_the_benefits_are_made_of(
    tmp_path: Path, lang: Lang, rows: list[tuple[str, str]]
) -> None:
    page = write_report(results(), {}, tmp_path / "r.html", lang=lang).read_text("utf-8")
    for name, worth in rows:
        assert page.count(name) == 3
        assert f'<td>&emsp;{name}</td><td class="n">{worth}</td>' in page
