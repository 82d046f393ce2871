"""Drones against theory, through the production dispatch: pass if |sim - theory| <= 3 SE + bias."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from scenarios.drone_safety_net.drone import Trust
from scenarios.drone_safety_net.indicators import ready_share
from scenarios.drone_safety_net.net import Rules
from tests.page.collect import Page, Panel
from tests.scenarios.drones import HOUR_MS, PLAIN, called, eye_s, flown_net, random_spots, town
from tests.twin.test_oracles import agrees, erlang_b
from twin.area import resolve
from twin.luck import Luck
from twin.machines import Wear
from twin.sim import When
from twin.solution import Run
from twin.world.crews import GRID_MEAN, drive_s, services

Floats = NDArray[np.float64]

LUCK = Luck(11, "drone oracles", 0)
DAY_MS, APART_M = 86_400_000, 1e6
DISTANCE = Panel(
    "drones", "How far the nearest drone flies", "가장 가까운 드론까지의 거리", "km",
    "share of calls nearer than that",
    "Docks of a Poisson field, 0.05 a km2: 1 - exp(-g pi r2).",
)  # fmt: skip


def fields(number: int, docks: int, side_m: float, calls: int) -> tuple[Floats, Floats]:
    """Return docks and calls of fields far from one another: calls in the middle ninth of each.

    The number of docks of each field is Poisson, as theory has it.
    """
    found_docks, found_calls = [], []
    for field in range(number):
        away = np.array((field * APART_M, 0.0))
        sent = int(LUCK.of("number").poisson(field, float(docks)))
        found_docks.append(random_spots(sent, side_m, LUCK.of("docks"), field) + away)
        found_calls.append(random_spots(calls, side_m / 3, LUCK.of("calls"), field) + away)
    return np.concatenate(found_docks), np.concatenate(found_calls)


def metres_flown(number: int, docks: int, side_m: float, calls: int) -> Floats:
    """Return how far the drone flew to each call of each field [field, call] (m)."""
    spots, wanted = fields(number, docks, side_m, calls)
    cases = called(wanted, np.arange(len(wanted)) * (DAY_MS // len(wanted)))
    trace, _ = flown_net(spots, cases)
    seconds = eye_s(trace, cases)
    assert len(seconds) == len(cases), "every call is answered"
    return np.asarray(seconds.to_numpy() * PLAIN.speed).reshape(number, calls)


def test_the_nearest_of_random_docks_is_as_far_as_the_square_root_law_says(page: Page) -> None:
    """O11: 0.5 / sqrt(g), and O15: the distribution of the distance."""
    side_m, docks = 40_000.0, 80
    g = docks / side_m**2
    found = metres_flown(50, docks, side_m, 40)
    agrees(found.mean(axis=1), 0.5 / math.sqrt(g), precision=0.05)
    reached = np.array([1_000.0, 2_000.0, 3_000.0, 5_000.0])
    shares = (found[:, :, None] <= reached).mean(axis=1)
    theory = 1.0 - np.exp(-g * math.pi * reached**2)
    error = shares.std(axis=0, ddof=1) / math.sqrt(len(shares))
    assert (np.abs(shares.mean(axis=0) - theory) <= 3.0 * error).all()
    points = [(r / 1_000.0, s, 3.0 * e) for r, s, e in
              zip(reached, shares.mean(axis=0), error, strict=True)]  # fmt: skip
    near = np.linspace(0.0, 8_000.0, 60)
    curve = near / 1_000.0, 1.0 - np.exp(-g * math.pi * near**2)
    page.add(DISTANCE, curves={"theory": curve}, points={"twin, 50 fields": points})


def test_regular_docks_are_nearer_than_random_ones() -> None:
    """O12: 0.3826 of the side of the square that each serves; a lone dock anywhere 0.5214."""
    side_m, across = 3_000.0, 12
    steps = (np.arange(across) + 0.5) * side_m
    docks = np.array([(x, y) for x in steps for y in steps])
    middle = np.array((across / 2 * side_m,) * 2)
    calls = random_spots(4_000, 6 * side_m, LUCK.of("regular")) + middle
    cases = called(calls, np.arange(4_000) * 20_000)
    seconds = eye_s(flown_net(docks, cases)[0], cases).to_numpy()
    agrees(seconds * PLAIN.speed, 0.3826 * side_m, precision=0.01)


def test_a_lone_dock_anywhere_in_a_square_is_half_its_side_away() -> None:
    """O12: 0.5214 sqrt(A) for two random points."""
    number, side_m = 2_500, 5_000.0
    away = np.column_stack((np.arange(number) * APART_M, np.zeros(number)))
    docks = random_spots(number, side_m, LUCK.of("lone")) + away
    calls = random_spots(number, side_m, LUCK.of("call")) + away
    cases = called(calls, np.arange(number) * 30_000)
    seconds = eye_s(flown_net(docks, cases)[0], cases).to_numpy()
    agrees(seconds * PLAIN.speed, 0.5214 * side_m, precision=0.02)


def hypercube(first: float, second: float) -> tuple[float, float]:
    """Return loss and the share of dispatches to the other's district, N = 2 (Larson 1974; O16).

    Rates are offered to each district in units of the service rate; states are none, 1, 2, both.
    """
    both = first + second
    moves = np.array(
        [
            [-both, 1.0, 1.0, 0.0],
            [first, -(both + 1.0), 0.0, 1.0],
            [second, 0.0, -(both + 1.0), 1.0],
            [0.0, both, both, -2.0],
        ]
    )
    moves[3] = 1.0
    none, one, two, full = np.linalg.solve(moves, np.array([0.0, 0.0, 0.0, 1.0]))
    assert none + one + two + full == pytest.approx(1.0)
    return float(full), float((first * one + second * two) / (both * (1.0 - full)))


@pytest.mark.verify
def test_two_drones_lose_and_swap_calls_as_the_hypercube_says(page: Page) -> None:
    """O16, and O2 on the loss; probes meet the same state as calls do (Wolff 1982)."""
    mean_s, first, second = 20.0, 0.5, 0.3
    craft = replace(PLAIN, speed=1e9)
    docks = np.array([(0.0, 0.0), (1_000.0, 0.0)])
    losses, swaps, probed = [], [], []
    for which in range(12):
        luck = LUCK.of(f"hypercube/{which}")
        rate_ms = (first + second) / mean_s / 1_000.0
        gaps = np.asarray(luck.exponential(np.arange(4_000), 1.0 / rate_ms))
        moments = np.cumsum(gaps).astype(np.int64)
        moments = moments[moments < DAY_MS]
        own = np.asarray(luck.of("district").uniform(np.arange(len(moments)))) < first / (
            first + second
        )
        spots = np.where(own[:, None], (1.0, 0.0), (999.0, 0.0))
        calls = called(spots, moments, probe=0)
        probes = called(np.zeros((4_000, 2)), np.arange(4_000) * 21_601 + 7, probe=1)
        probes = [one._replace(case=one.case + 100_000) for one in probes]
        rules = Rules(stay_s=mean_s, least_stay_s=0.0)
        trace, _ = flown_net(docks, [*calls, *probes], rules, craft=craft)
        lost = trace.column("no_drone", "case")
        missions = trace.frame("mission")
        district = np.where(own, 0, 1)[missions["case"].to_numpy()]
        losses.append((lost < 100_000).sum() / len(calls))
        probed.append((lost >= 100_000).sum() / len(probes))
        swaps.append((missions["machine"].to_numpy() != district).mean())
    loss, swap = hypercube(first, second)
    assert loss == pytest.approx(erlang_b(2, first + second))
    agrees(np.array(losses), loss, precision=0.03)
    agrees(np.array(probed), loss, precision=0.03)
    agrees(np.array(swaps), swap, precision=0.03)


@pytest.mark.verify
def test_busy_drones_stretch_the_way_by_the_square_root_of_those_that_are_idle() -> None:
    """O13: E[D] = 0.5 sqrt(A / (N - busy)), good while seldom all are busy: 10 %."""
    side_m, docks, mean_s, busy, hours = 30_000.0, 150, 600.0, 60.0, 6
    craft = replace(PLAIN, speed=300.0)
    ways, idle = [], []
    for which in range(40):
        luck = LUCK.of(f"busy/{which}")
        number = int(busy / mean_s * hours * 3_600)
        end_ms = hours * 3_600_000
        moments = np.sort(np.asarray(luck.uniform(np.arange(number)) * end_ms).astype(np.int64))
        spots = random_spots(number, side_m, luck.of("calls"))
        calls = called(spots, moments, probe=0)
        rules = Rules(stay_s=mean_s, least_stay_s=0.0)
        stand = random_spots(docks, side_m, luck.of("docks"))
        when = When(start_h=0.0, hours=float(hours), warm_up=0)
        trace, _ = flown_net(stand, calls, rules, craft=craft, when=when)
        missions = trace.frame("mission").set_index("case")
        late = (moments > HOUR_MS) & (np.abs(spots).max(axis=1) < side_m / 3)
        core = np.flatnonzero(late)
        metres = missions["out_s"] * craft.speed
        ways.append(float(metres[missions.index.isin(core)].mean()))
        begun = np.maximum(missions["time_ms"], HOUR_MS)
        away = (missions["free_ms"].clip(upper=end_ms) - begun).clip(lower=0).sum()
        idle.append(docks - away / (end_ms - HOUR_MS))
    theory = 0.5 * side_m / math.sqrt(float(np.mean(idle)))
    agrees(np.array(ways), theory, bias=0.10, precision=0.03)
    assert np.mean(ways) > 0.5 * side_m / math.sqrt(docks), "farther than if none were busy"


@pytest.mark.parametrize(("outage", "theory"), [(Wear(), 6 / 9), (Wear(0.4, 0.1), 6 / 9 * 0.8)])
def test_ready_is_mtbf_over_mtbf_and_mttr(outage: Wear, theory: float) -> None:
    """O36, and drones in series with their network: the product."""
    rules, found = Rules(trust=Trust(wear=Wear(6.0, 3.0), outage=outage)), []
    for which in range(8):
        docks = random_spots(60, 1_000.0, LUCK.of("ready"), which)
        when = When(start_h=0.0, warm_up=0, replication=which)
        trace, _ = flown_net(docks, [], rules, when=when)
        area = resolve("city", town().city)
        run = Run(town().city, trace, area, (0.0, 86_400.0), "weekday", which)
        found.append(ready_share(run, np.ones(24, bool)))
    agrees(np.array(found), 100.0 * theory, precision=0.03)


@pytest.mark.parametrize("name", ["fire", "ambulance", "police"])
def test_crews_are_as_long_on_the_way_as_is_published(name: str) -> None:
    """O14 over the distances of a Poisson field of crews, whose mean is by the square-root law."""
    service = services()[name]
    u = (np.arange(200_000) + 0.5) / 200_000
    km = np.sqrt(-np.log(1.0 - u) / (2.0 * service.crews_per_km2))
    assert km.mean() == pytest.approx(service.mean_km, rel=1e-3)
    assert service.mean_km == pytest.approx(GRID_MEAN / math.sqrt(service.crews_per_km2))
    assert service.fixed_s + drive_s(km, service).mean() == pytest.approx(service.mean_s, rel=0.02)


def test_a_drive_is_by_the_square_root_of_the_way_and_then_even() -> None:
    """O14: T = 2 sqrt(D / a), then v / a + D / v; both meet with one slope (RAND R-1449)."""
    service = services()["fire"]
    v = service.cruise_kmh / 3_600.0
    edge = v * service.lost_s
    near, at, far = (float(drive_s(np.array([edge * k]), service)[0]) for k in (0.25, 1.0, 3.0))
    assert at == pytest.approx(2.0 * service.lost_s)
    assert near == pytest.approx(at / 2.0), "a quarter of the way takes half the time"
    assert far - at == pytest.approx(2.0 * edge / v)
    step = edge * 1e-6
    slopes = np.diff(drive_s(np.array([edge - step, edge, edge + step]), service)) / step
    assert slopes == pytest.approx([1.0 / v, 1.0 / v], rel=1e-4)
