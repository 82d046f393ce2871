"""Walkers at a crossing without signal beside SUMO's, who give way to cars."""

from __future__ import annotations

import math
import subprocess
from functools import cache

import numpy as np
import pytest

from benchmarks.crossing import DELAY_GOAL, FITTED, FLOWS, critical_gap, make, ours, theirs
from benchmarks.sumo import PEERS, Sumo
from tests.page.collect import Page, Panel

DELAY = Panel(
    "peer", "Walkers' wait beside SUMO", "SUMO 보행자와의 대기 시간 비교", "cars an hour",
    "mean wait (s)",
    "The critical gap is fitted at 360 cars an hour alone, and nothing else.",
)  # fmt: skip


def test_the_critical_gap_is_the_one_of_adams() -> None:
    for flow, gap in ((0.05, 8.0), (0.2, 6.0)):
        mean_s = (math.exp(flow * gap) - flow * gap - 1.0) / flow
        assert critical_gap(flow, mean_s) == pytest.approx(gap, rel=1e-9)


@cache
def peer() -> Sumo:
    try:
        found = Sumo(PEERS.resolve())
        make(found)
    except (subprocess.CalledProcessError, OSError) as why:
        pytest.fail(f"SUMO cannot be installed or run here (DONGNE_PEERS={PEERS}): {why}")
    return found


@cache
def gap_s() -> float:
    return critical_gap(FITTED, theirs(peer(), FITTED).mean_s)


@pytest.mark.verify
@pytest.mark.xdist_group("sumo")
@pytest.mark.parametrize("flow", [flow for flow in FLOWS if flow != FITTED])
def test_walkers_wait_as_long_as_those_of_sumo(flow: float, page: Page) -> None:
    twin, sumo = ours(flow, gap_s()), theirs(peer(), flow)
    flows = np.linspace(0.01, 0.22, 50)
    adams = [(math.exp(q * gap_s()) - q * gap_s() - 1.0) / q for q in flows]
    page.add(
        DELAY, curves={"Adams, fitted at 360": (3_600 * flows, adams)},
        points={"twin": [(3_600 * flow, twin.mean_s, 0.0)],
                "SUMO": [(3_600 * flow, sumo.mean_s, 0.0)]},
    )  # fmt: skip
    assert twin.mean_s == pytest.approx(sumo.mean_s, rel=DELAY_GOAL)
