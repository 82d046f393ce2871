"""What a package gives beside its parts: by hand, and which alternatives are packages."""

from __future__ import annotations

import pytest

from scenarios.drt_bus import DrtBus
from scenarios.enforcement import Enforcement
from twin.experiment.compare import Comparison, compare
from twin.experiment.package import parts_of, together
from twin.experiment.runner import Finished, Job
from twin.solution import KPI

FOUND = {"base": (10, 12, 11), "a": (11, 14, 12), "b": (9, 12, 8), "ab": (11, 15, 12)}
NONE = {"base": (None, 1, 1), "a": (1, 2, 1), "b": (1, 1, None), "ab": (1, 4, 1)}


def compared() -> Comparison:
    runs = [
        Finished(Job(name, "weekday", r), {"x": FOUND[name][r], "y": NONE[name][r]}, (), {})
        for name in FOUND
        for r in range(3)
    ]
    kpis = [KPI(name, "1", "less", name) for name in "xy"]
    return compare(runs, alternatives=["a", "b", "ab"], day_weights={"weekday": 1.0}, kpis=kpis)


def test_the_interaction_is_the_package_less_its_parts_run_by_run() -> None:
    x, y = together(compared(), "ab", ("a", "b"))
    assert (x.package.mean, x.parts.mean) == pytest.approx((5 / 3, 0.0))
    assert x.interaction.mean == pytest.approx(((1 - 0) + (3 - 2) + (1 + 2)) / 3)
    assert x.interaction.n == 3
    assert not x.clear, "1, 1 and 3 are not above zero beyond noise"
    assert (y.interaction.n, y.interaction.mean) == (1, 2.0)
    assert y.as_dict()["interaction"] == 2.0


def test_an_alternative_that_was_not_compared_is_named() -> None:
    with pytest.raises(ValueError, match="there is no alternative 'c' in a package; there are: a"):
        together(compared(), "ab", ("a", "c"))


def test_a_package_is_made_of_alternatives() -> None:
    bus, patrol = DrtBus(fleet=8), Enforcement()
    alternatives = {"bus": (bus,), "patrol": (patrol,), "both": (bus, patrol)}
    assert parts_of(alternatives) == {"both": ("bus", "patrol")}
    other = {**alternatives, "more": (DrtBus(fleet=9), patrol)}
    assert set(parts_of(other)) == {"both"}
    assert parts_of({"bus": (bus,)}) == {}
