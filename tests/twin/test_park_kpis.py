"""What a run tells of a park: legs become spells in sight, and settings are what was installed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from twin.elementary import exp, exps
from twin.park_kpis import Legs, passes

LEG = {"machine": 0, "from_ms": 10_000, "until_ms": 110_000, "x": 0.0, "y": 0.0, "to_x": 100.0,
       "to_y": 0.0, "arc": 3, "met": 2}  # fmt: skip
STAND = {**LEG, "from_ms": 110_000, "until_ms": 700_000, "x": 100.0, "arc": -1}


def legs(*rows: dict[str, float]) -> Legs:
    return Legs(pd.DataFrame(list(rows)), (0, 7_200_000))


def test_who_goes_past_has_a_point_in_sight_along_a_chord() -> None:
    """A point 3 m off a way is within 5 m of it for 4 m before and after."""
    found = passes(legs(LEG), np.array([[50.0, 3.0], [50.0, 6.0], [2.0, 0.0]]), 5.0)
    assert found["point"].tolist() == [0, 2]
    assert found["begin_s"].tolist() == pytest.approx([10.0 + 46.0, 10.0])
    assert found["end_s"].tolist() == pytest.approx([10.0 + 54.0, 10.0 + 7.0])


def test_who_stands_has_it_in_sight_all_the_time() -> None:
    found = passes(legs(LEG, STAND), np.array([[104.0, 0.0]]), 5.0)
    assert found["begin_s"].tolist() == pytest.approx([10.0 + 99.0, 110.0])
    assert found["end_s"].tolist() == pytest.approx([110.0, 700.0])


def test_the_same_way_twice_is_two_passes() -> None:
    again = {**LEG, "from_ms": 1_000_000, "until_ms": 1_100_000}
    found = passes(legs(LEG, again), np.array([[50.0, 0.0]]), 5.0)
    assert sorted(found["begin_s"]) == pytest.approx([10.0 + 45.0, 1_000.0 + 45.0])
    assert not len(passes(legs(LEG), np.array([[50.0, 99.0]]), 5.0))


def test_no_legs_see_nothing() -> None:
    none = Legs(pd.DataFrame({name: [] for name in LEG}), (0, 1))
    assert not len(passes(none, np.zeros((3, 2)), 5.0))


def test_legs_are_summed_by_the_hour_they_begin_in() -> None:
    late = {**LEG, "from_ms": 3_600_000, "until_ms": 3_700_000}
    both = legs(LEG, late)
    assert both.hourly(both.metres).tolist() == [100.0, 100.0]
    assert both.seconds.tolist() == [100.0, 100.0]


def test_a_column_of_exponentials_is_the_scalar_one_by_one() -> None:
    column = np.linspace(-30.0, 30.0, 101)
    assert exps(column).tolist() == [exp(value) for value in column.tolist()]
