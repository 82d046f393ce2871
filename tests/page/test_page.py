"""The page of ``make verify``: kept by checks that never meet, drawn whole, no address in it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from tests.page.collect import Page, Panel, parts
from tests.page.draw import Check, draw

DELAY = Panel("signals", "Delay", "지체", "saturation", "s")


def kept(folder: Path, test: str, x: float, **more: object) -> Page:
    page = Page(folder, test, ("a.py", 1))
    curve = np.linspace(0, 1, 3), np.linspace(0, 2, 3)
    page.add(DELAY, curves={"theory": curve}, points={"twin": [(x, 2 * x, 0.1)]}, **more)  # type: ignore[arg-type]
    return page


def drawn(folder: Path, **checks: Check) -> str:
    return draw(parts(folder), checks, folder / "index.html").read_text(encoding="utf-8")


def test_checks_share_a_panel(tmp_path: Path) -> None:
    kept(tmp_path, "two", 0.8, rows=[{"x": 0.8, "delay (s)": np.float64(12_345.6), "none": None}])
    kept(tmp_path, "one", 0.2, text="told <as it is>")
    text = drawn(tmp_path, one=Check("passed", 1.0), two=Check("passed", 2.0))
    assert text.count("<article") == 1
    assert text.count("<svg") == 1
    assert "지체" in text
    assert "<td>12,346</td><td>–</td>" in text
    assert "told &lt;as it is&gt;" in text
    assert "2 checks, none failed" in text
    assert [part["test"] for part in parts(tmp_path)] == ["one", "two"]


def test_a_failed_check_is_named_where_it_shows(tmp_path: Path) -> None:
    kept(tmp_path, "one", 0.2)
    text = drawn(tmp_path, one=Check("failed", 1.0), other=Check("passed", 2.0))
    assert "1 of 2 checks failed" in text
    assert '<p class="note bad">✗ one</p>' in text


def test_the_page_works_without_a_network(tmp_path: Path) -> None:
    kept(tmp_path, "one", 0.2)
    text = drawn(tmp_path)
    links = re.findall(r'(?:src|href)\s*=\s*"(?!#)([^"]*)', text)
    assert links == []


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    Page(None, "one", ("a.py", 1)).add(DELAY)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_section_is_refused(tmp_path: Path) -> None:
    Page(tmp_path, "one", ("a.py", 1)).add(Panel("sky", "Clouds", "구름"))
    with pytest.raises(KeyError, match="no section 'sky': signals, walkers"):
        drawn(tmp_path)
