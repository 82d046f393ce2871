"""Stop lines: waits and capacities against Webster, Tanner and the overflow of a queue."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.twin.streets import links, signalled, slots, turns
from twin.world.streets.columns import Control
from twin.world.streets.delays import RELIED, stop_lines
from twin.world.streets.layout import Flow, Layout

NOON, NOBODY = 12.0, np.zeros(1)


def minor(gap_s: float = 4.5, follow_s: float = 2.5) -> tuple[Layout, Flow]:
    """Return a minor turn from link 0 that yields to the one from link 1."""
    made = turns([0, 1], [2, 2], [Control.MINOR, Control.NONE])
    yields = pd.DataFrame({"turn": [0], "foe": [1]})
    return Layout(links([100.0] * 3, 1, 5.0), made, yields=yields), Flow(
        gap_s=gap_s, follow_s=follow_s
    )


def test_the_mean_wait_for_green_is_websters_uniform_term() -> None:
    """C (1 - g / C)^2 / 2: with 20 of 60 s green, 60 (2/3)^2 / 2 s."""
    lines = stop_lines(signalled(60.0, 20.0), NOON)
    assert lines.share(NOBODY).tolist() == pytest.approx([1 / 3])
    assert lines.seconds(NOBODY).tolist() == pytest.approx([60 * (2 / 3) ** 2 / 2])


def test_a_stop_line_lets_through_its_saturation_flow_in_its_share_of_green() -> None:
    """One lane at 1.9 s a car, a third of the time: 5.7 s from car to car."""
    pass_s = stop_lines(signalled(60.0, 20.0), NOON).pass_s(2, np.array([0]), NOBODY)
    assert pass_s.tolist() == pytest.approx([5.7, 1.9])


def even_s(x: float) -> float:
    """Return Webster's wait of cars that come evenly at x times the capacity, 20 of 60 s green."""
    return 60 * (2 / 3) ** 2 / 2 / (1 - min(x, 1) / 3)


@pytest.mark.parametrize("over", [1.2, 2.0])
def test_more_than_fits_waits_half_of_what_is_too_much(over: float) -> None:
    """A queue that grows for T = 1 h at x times the capacity: (x - 1) T / 2 on average."""
    capacity_h = RELIED * 3_600 / 1.9 / 3
    lines = stop_lines(signalled(60.0, 20.0), NOON)
    wait_s = lines.seconds(np.array([over * capacity_h])) - even_s(over)
    assert wait_s.item() == pytest.approx(1_800 * (over - 1), rel=0.07)
    assert wait_s.item() > 1_800 * (over - 1)


def test_little_flow_at_random_waits_as_in_a_queue_with_one_server() -> None:
    """Far below capacity and for long: x / (2 c (1 - x)) where services are alike (M/D/1)."""
    capacity_h, x = RELIED * 3_600 / 1.9 / 3, 0.3
    lines = stop_lines(signalled(60.0, 20.0), NOON)
    wait_s = lines.seconds(np.array([x * capacity_h])) - even_s(x)
    assert wait_s.item() == pytest.approx(3_600 / capacity_h * x / (2 * (1 - x)), rel=0.02)


@pytest.mark.parametrize("stream_h", [200.0, 600.0, 1_000.0])
def test_who_yields_finds_gaps_as_tanner_says(stream_h: float) -> None:
    layout, flow = minor()
    q, apart = stream_h / 3_600, flow.headway_s
    capacity = q * (1 - apart * q) * np.exp(-q * (4.5 - apart)) / (1 - np.exp(-q * 2.5))
    share = stop_lines(layout, NOON, flow).share(np.array([0.0, stream_h]))
    assert share.tolist() == pytest.approx([capacity * flow.headway_s, 1.0])


@pytest.mark.parametrize("stream_h", [200.0, 600.0, 1_000.0])
def test_the_first_who_yields_looks_for_a_gap_for_the_time_of_one_service(stream_h: float) -> None:
    layout, flow = minor()
    lines, flows = stop_lines(layout, NOON, flow), np.array([0.0, stream_h])
    first_s = flow.headway_s / lines.share(flows)[0] - flow.headway_s
    assert lines.seconds(flows).tolist() == pytest.approx([first_s, lines.seconds(flows)[1]])
    assert first_s > 0


def test_right_on_red_waits_for_those_with_the_right_of_way_only() -> None:
    made = turns([0, 1], [2, 2], [Control.SIGNAL, Control.NONE], signal=[0, -1])
    made["on_red"] = [1, 0]
    green = {"turn": [0], "slot": [0], "from_s": [0.0], "to_s": [15.0], "permissive": [0]}
    foes = pd.DataFrame({"turn": [0], "foe": [1]})
    layout = Layout(
        links([100.0] * 3, 1, 5.0), made, slots(60.0), pd.DataFrame(green), yields_on_red=foes
    )
    lines = stop_lines(layout, NOON)
    free, busy = (lines.share(np.array([0.0, stream_h]))[0] for stream_h in (0.0, 3_000.0))
    assert lines.wait_s.tolist() == [0.0, 0.0]
    assert free == pytest.approx(0.25 + 0.75 * 1.9 / 2.5, rel=1e-5)
    assert 0.25 < busy < 0.35


def test_lanes_that_turns_share_are_full_for_both() -> None:
    """A turn from the kerb lane alone waits for those straight on in it, not for the other lane."""
    made = turns([0, 0], [1, 2], [Control.NONE, Control.NONE])
    made["lane_last"] = [0, 1]
    lines = stop_lines(Layout(links([100.0] * 3, 2, 5.0), made), NOON)
    alone, beside = (lines.seconds(np.array([900.0, straight])) for straight in (0.0, 1_500.0))
    assert beside[0] > 2 * alone[0]
    assert alone[1] < alone[0]


def test_slopes_are_the_derivative_by_those_in_the_same_lanes() -> None:
    """Two turns from one lane slow each other down, one from another link neither."""
    made = turns([0, 0, 1], [2, 3, 3], Control.NONE)
    lines = stop_lines(Layout(links([100.0] * 4, 1, 5.0), made), NOON)
    flow, step = np.array([700.0, 800.0, 900.0]), 1e-3
    more = [(lines.seconds(flow + step * row) - lines.seconds(flow)) / step for row in np.eye(3)]
    slopes = lines.slopes(flow).toarray()
    np.testing.assert_allclose(slopes, more, rtol=1e-4, atol=1e-9)
    assert (slopes > 0).tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 1]]
