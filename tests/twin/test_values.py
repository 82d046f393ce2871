"""The dated data of the appraisal: whole, sourced, and read strictly."""

from __future__ import annotations

from pathlib import Path

import pytest

from twin.appraisal.values import procedure, programmes, read_values
from twin.datafile import TAGS, DataFileError


def test_every_figure_has_a_source_a_tag_and_a_price_year_where_it_is_money() -> None:
    values = read_values()
    for unit in values.units.entries.values():
        assert unit.tag in TAGS
        assert unit.source
        if unit.unit != "KRW/KRW":  # a ratio, or money of the year that the entry names
            assert (unit.price_year is not None) == unit.unit.startswith("KRW/"), unit.name


def test_the_rate_and_the_programmes_are_data() -> None:
    assert read_values().number("discount_rate") == 0.045
    base = programmes()["base_2024"]
    assert (base.national_max, base.national_share, base.years) == (16e9, 0.5, 3)
    assert programmes()["diffusion_2025"].national_max == 1.2e9


@pytest.mark.parametrize(
    ("total", "national", "name"),
    [
        (1.9e9, 0.0, "none"),
        (2e9, 1e9, "local_review"),
        (6e9, 0.0, "province_review"),
        (49e9, 49e9, "central_review"),
        (60e9, 29e9, "local_feasibility"),
        (50e9, 30e9, "pre_feasibility"),
    ],
)
def test_the_size_of_a_project_decides_its_procedure(
    total: float, national: float, name: str
) -> None:
    assert procedure(total, national).name == name


def test_a_city_brings_its_own_values(tmp_path: Path) -> None:
    path = tmp_path / "values.yaml"
    path.write_text("sources: {}\nvalues:\n  krw: {value: 1, low: 2, high: 3}\n", encoding="utf-8")
    with pytest.raises(DataFileError, match=r"values.yaml: krw: key 'unit' is missing"):
        read_values(path)
    path.write_text(
        "sources: {}\nvalues:\n  krw: {value: 1, low: 2, high: 3, unit: KRW/KRW, "
        "price_year: null, source: city, tag: GK}\n",
        encoding="utf-8",
    )
    with pytest.raises(DataFileError, match=r"krw: value must be in \[2, 3\], got 1"):
        read_values(path)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("national_share", "1.5", r"base_2024: national_share must be in \[0, 1\], got 1.5"),
        ("years", "0", "base_2024: years must be at least 1, got 0"),
        ("years", "3.5", "base_2024: years must be int, got 3.5"),
        ("title", "[]", r"base_2024: title must be str, got \[\]"),
    ],
)
def test_a_programme_that_makes_no_sense_is_refused(
    tmp_path: Path, key: str, value: str, message: str
) -> None:
    entry = {"title": "Base", "title_ko": "거점", "valid_from": "2024", "valid_to": "null"}
    entry |= {"cities": "one", "national_max": "1000000000", "national_share": "0.5", "years": "3"}
    entry |= {"source": "call", "tag": "GK", key: value}
    lines = [f"    {name}: {text}" for name, text in entry.items()]
    path = tmp_path / "programmes.yaml"
    path.write_text(
        "\n".join(["sources: {}", "programmes:", "  base_2024:", *lines]), encoding="utf-8"
    )
    with pytest.raises(DataFileError, match=rf"programmes\.yaml: {message}"):
        programmes(path)
