"""The benchmarks fail where two sides that must be alike are not."""

from __future__ import annotations

import runpy
import sys

import pytest

from benchmarks import parking_day


@pytest.mark.parametrize(("alike", "code"), [(False, 1), (True, None)])
def test_two_sides_that_differ_fail(
    monkeypatch: pytest.MonkeyPatch, alike: bool, code: int | None
) -> None:
    monkeypatch.setattr(parking_day, "report", lambda: alike)
    monkeypatch.setattr(sys, "argv", ["benchmarks", "parking_day"])
    try:
        runpy.run_module("benchmarks", run_name="__main__")
        found = None
    except SystemExit as stop:
        found = stop.code
    assert found == code
