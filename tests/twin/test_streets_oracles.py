"""Street traffic against queueing and kinematic wave theory, through the production kernel."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.page.collect import Page, Panel
from tests.twin.streets import arrivals, chain, crossing, events, signalled
from twin.luck import Luck
from twin.world.columns import AT, World
from twin.world.loop import advance
from twin.world.streets.gaps import next_arrival
from twin.world.streets.layout import Flow
from twin.world.streets.queues import hold
from twin.world.streets.routed import routed

H = 2.0
STEADY = Flow(
    headway_s=H, jam_headway_s=H, startup_s=H / 2, yellow_use_s=0, wave_m_s=5, manoeuvre_s=0
)
"""A car crosses in the middle of its headway, so that the flow is that of a fluid."""
CYCLE_S, GREEN_S = 60.0, 30.0
SHARE = GREEN_S / CYCLE_S
SATURATION = "degree of saturation"
REGULAR = Panel(
    "signals", "Regular arrivals at a signal", "신호 대기: 고른 도착", SATURATION, "mean delay (s)",
    "Cycle 60 s, green 30 s, 1,800 cars an hour of green. Each car comes at its own even time.",
)  # fmt: skip
RANDOM = Panel(
    "signals", "Random arrivals at a signal", "신호 대기: 무작위 도착", SATURATION,
    "mean delay (s)",
    "The same signal; mean of four days of 85,000 s, and three standard errors. Webster's formula "
    "is an approximation, known to lie some 5 % over simulations.",
)  # fmt: skip
BOTTLENECK = Panel(
    "signals", "A queue spills back", "병목에서 뒤로 자라는 대기행렬", "time (s)",
    "end of the queue before the bottleneck (m)",
    "900 cars an hour meet a bottleneck of 450: the jam's end runs back as a kinematic wave "
    "(Lighthill & Whitham 1955; Newell 1993). Links of 100 m, one lane.",
)  # fmt: skip
STORED = Panel(
    "signals", "Cars held before a bottleneck", "병목 앞에 쌓이는 차량", "time (s)",
    "cars that have set out and not passed",
)  # fmt: skip
FLOWS = Panel(
    "signals", "Capacity and conservation laws", "용량과 법칙",
    note="Little: cars present on average are arrivals times their time on the links.",
)  # fmt: skip
GAPS = Panel(
    "signals", "Capacity of who gives way", "양보하는 회전의 용량",
    "cars an hour with the right of way", "cars an hour that pass",
    "Critical gap 4.5 s, follow-up 2.5 s; cars of the stream come at random (Harders 1968), or a "
    "headway apart (Tanner 1962).",
)  # fmt: skip
LEVELS = np.linspace(0.02, 0.95, 60)


def poisson(rate: float, seconds: float, purpose: str) -> NDArray[Any]:
    """Return times of a Poisson stream."""
    n = int(rate * seconds * 1.1) + 100
    gaps = Luck(1, purpose).exponential(np.arange(n), mean=1 / rate)
    times = np.cumsum(gaps)
    return times[times < seconds]


def delay_s(world: World) -> float:
    """Mean delay (s) beside the free-flow time of a route of two links of 1 ms."""
    return float(arrivals(world)["travel_ms"].mean() - 2) / 1000


def uniform(x: Any) -> Any:
    """Mean delay (s) of a fluid at the signal, by its degree of saturation."""
    return CYCLE_S * (1 - SHARE) ** 2 / (2 * (1 - SHARE * x))


def webster(x: Any) -> Any:
    """Mean delay (s) of Poisson arrivals at the signal: Webster 1958."""
    rate = x * SHARE / H
    random = x**2 / (2 * rate * (1 - x))
    return uniform(x) + random - 0.65 * (CYCLE_S / rate**2) ** (1 / 3) * x ** (2 + 5 * SHARE)


@pytest.mark.parametrize(("x", "rel"), [(0.4, 5e-3), (0.6, 2e-3), (0.8, 1e-3)])
def test_regular_arrivals_at_a_signal_wait_as_a_fluid_does(
    x: float, rel: float, page: Page
) -> None:
    """The few cars of a cycle (6, 9, 12) are no fluid: the more, the nearer to it."""
    times = (np.arange(1_200) + 0.5) * H / (x * SHARE)
    route = [np.array([0, 1], np.int32)] * 1_200
    wait = delay_s(routed(signalled(CYCLE_S, GREEN_S), times, route, STEADY))
    page.add(REGULAR, curves={"D/D/1": (LEVELS, uniform(LEVELS))}, points={"twin": [(x, wait)]})
    assert wait == pytest.approx(uniform(x), rel=rel)


@pytest.mark.verify
@pytest.mark.parametrize("x", [0.3, 0.5, 0.7, 0.8, 0.9])
def test_random_arrivals_at_a_signal_wait_as_webster_says(x: float, page: Page) -> None:
    waits = []
    for day in range(4):
        times = poisson(x * SHARE / H, 85_000, f"webster {day}")
        route = [np.array([0, 1], np.int32)] * len(times)
        waits.append(delay_s(routed(signalled(CYCLE_S, GREEN_S), times, route, STEADY)))
    half = 3 * np.std(waits, ddof=1) / np.sqrt(len(waits))
    curves = {"Webster 1958": webster(LEVELS), "D/D/1": uniform(LEVELS)}
    page.add(
        RANDOM, curves={name: (LEVELS, y) for name, y in curves.items()},
        points={"twin": [(x, np.mean(waits), half)]},
    )  # fmt: skip
    assert np.mean(waits) == pytest.approx(webster(x), rel=0.1)


def test_a_queue_behind_a_bottleneck_grows_and_spills_back_as_a_kinematic_wave(page: Page) -> None:
    """Flow q meets a bottleneck c: the jam holds k(c) and its end runs back at (q - c)/(k_q - k_c).

    Links of 100 m store 14 cars each: density at jam is 0.14 a metre, in a jam that moves with
    flow c it is 0.14 - c/w, before it q/v.
    """
    links, length, free_s, q, c = 12, 100.0, 10.0, 1 / 4, 1 / 8
    times = np.arange(400) / q
    layout = chain(links, length, free_s)
    world = routed(layout, times, [np.arange(links, dtype=np.int32)] * 400, STEADY)
    world.traffic.lanes.headway_ms[links - 2] = round(1000 / c)
    world.traffic.lanes.jam_headway_ms[links - 2] = round(1000 / c)
    jam = 0.14 - c / STEADY.wave_m_s
    shock_m_s = (q - c) / (jam - q * free_s / length)
    begins_s = (links - 1) * free_s
    full, held = [0.0] * links, []
    for second in range(0, 1_000):
        assert advance(world, second * 1000)
        present = world.links.entered - world.links.left
        held.append(int(min(second * q + 1, 400) - world.links.left[links - 2]))
        for link in range(links - 1):
            if not full[link] and present[link] >= round(jam * length):
                full[link] = second
    reached = np.array(full[1 : links - 1])[::-1]
    before = np.arange(1, links - 1) * length
    theory = begins_s + before / shock_m_s
    page.add(
        BOTTLENECK,
        curves={"theory": (theory, before)},
        points={"twin": zip(reached.tolist(), before.tolist(), strict=True)},
    )
    clock = np.arange(0, 1_000, 25)
    grown = np.where(clock < begins_s, clock * q, begins_s * q + (clock - begins_s) * (q - c))
    page.add(
        STORED,
        curves={"theory": (clock, grown)},
        points={"twin": [(s, held[s]) for s in clock.tolist()]},
    )
    assert reached == pytest.approx(theory, rel=0.06, abs=8)
    stored = (world.links.entered - world.links.left)[2 : links - 1]
    assert stored == pytest.approx(jam * length, abs=1)


def test_a_bottleneck_lets_through_its_capacity(page: Page) -> None:
    times = np.zeros(900) + np.arange(900) * 0.5
    layout = chain(4, 200.0, 10.0)
    world = routed(layout, times, [np.arange(4, dtype=np.int32)] * 900, STEADY)
    ends = np.sort(arrivals(world)["time_ms"].to_numpy())
    apart = float(np.diff(ends[100:800]).mean())
    page.add(FLOWS, rows=[law("capacity of a lane (cars an hour)", 3.6e6 / apart, 3_600 / H)])
    assert apart == pytest.approx(1000 * H, rel=1e-3)


def law(name: str, found: float, theory: float) -> dict[str, Any]:
    return {
        "what": name,
        "twin": found,
        "theory": theory,
        "difference %": 100 * (found / theory - 1),
    }


def test_lost_capacity_and_cars_that_stand_illegally_slow_a_lane() -> None:
    layout, times = chain(4, 200.0, 10.0), np.arange(600) * 0.5
    world = routed(layout, times, [np.arange(4, dtype=np.int32)] * 600, STEADY)
    world.links.lost[1] = 0.5
    world.links.standing[1] = 1
    ends = np.sort(arrivals(world)["time_ms"].to_numpy())
    assert np.diff(ends[100:500]).mean() == pytest.approx(1000 * H / (0.5 * 0.9), rel=1e-3)


@pytest.mark.verify
@pytest.mark.parametrize("headway", [0.001, Flow().headway_s])
@pytest.mark.parametrize("major", [0.1, 0.2, 0.3])
@pytest.mark.parametrize("control", ["minor", "permissive"])
def test_gaps_let_through_what_theory_says(
    major: float, control: str, headway: float, page: Page
) -> None:
    """Harders where the major stream is Poisson; Tanner where its cars keep a headway."""
    gap, follow, seconds = Flow().gap_s, Flow().follow_s, 40_000.0
    flow = Flow(headway_s=headway, jam_headway_s=headway)
    first = poisson(major, seconds, "major")
    second = np.arange(0, seconds, 1.0)
    times = np.concatenate([first, second])
    routes = [np.array([0, 2], np.int32)] * len(first) + [np.array([1, 3], np.int32)] * len(second)
    world = routed(crossing(permissive=control == "permissive"), times, routes, flow)
    advance_to(world, int(seconds * 1000))
    passed = int(world.links.entered[3]) / seconds
    theory = tanner(major, gap, follow, headway)
    spread = 3 / np.sqrt(theory * seconds)
    flows = np.linspace(0.01, 0.4, 60)
    point = 3_600 * major, 3_600 * passed, 3_600 * spread * theory
    page.add(
        GAPS,
        curves={
            f"theory, headway {headway:g} s": (
                3_600 * flows, 3_600 * tanner(flows, gap, follow, headway)
            )
        },
        points={f"twin, {control}, headway {headway:g} s": [point]},
    )  # fmt: skip
    assert passed == pytest.approx(theory, rel=0.02 + spread)


def tanner(major: Any, gap: float, follow: float, headway: float) -> Any:
    """Cars a second that pass through the gaps of a stream whose cars keep a headway.

    Tanner 1962, Biometrika 49:163-170; at no headway that of Harders 1968.
    """
    through = major * (1 - headway * major) * np.exp(-major * (gap - headway))
    return through / (1 - np.exp(-major * follow))


def advance_to(world: World, until_ms: int) -> None:
    """Advance, throwing the log away."""
    while not advance(world, until_ms):
        world.calendar.logged[0] = 0


def test_littles_law_holds_on_every_link(page: Page) -> None:
    times = poisson(0.22, 20_000, "little")
    layout = signalled(60.0, 30.0, length_m=3_000.0, free_s=100.0)
    world = routed(layout, times, [np.array([0, 1], np.int32)] * len(times), STEADY)
    area = 0
    for second in range(0, 21_000, 5):
        advance_to(world, second * 1000)
        area += 5 * (world.links.entered - world.links.left).sum()
    spent = float(world.traffic.spent_ms.sum()) / 1000
    page.add(FLOWS, rows=[law("Little, cars at a signal", area / 20_000, spent / 20_000)])
    assert area == pytest.approx(spent, rel=2e-3)


def test_no_car_is_lost_in_a_gridlock_and_squeezing_ends_it() -> None:
    """A ring of four short links, each full of cars that want the next one but two."""
    ring = chain(4, 30.0, 3.0, closed=True)
    routes = [np.arange(start, start + 9) % 4 for start in range(4) for _ in range(40)]
    times = np.tile(np.arange(40) * 1.0, 4)
    flow = Flow(headway_s=H, jam_headway_s=H, squeeze_s=60)
    world = routed(ring, times, [r.astype(np.int32) for r in routes], flow)
    for second in range(0, 40_000, 50):
        advance(world, second * 1000)
        present = world.links.entered - world.links.left
        on = np.bincount(world.cars.arc[world.cars.on == 1], minlength=4)
        assert (present == on).all()
    found = events(world)
    assert (found[:, 1] == AT.SQUEEZE).any()
    assert (found[:, 1] == AT.ARRIVE).sum() == len(routes)
    assert (world.links.entered == world.links.left).all()


def test_who_waits_at_a_crossing_sees_moving_and_queued_cars_and_holds_both() -> None:
    layout = signalled(60.0, 30.0, free_s=10.0)
    world = routed(layout, [0.0, 4.0], [np.array([0, 1], np.int32)] * 2, STEADY)
    assert next_arrival.py_func(world, 0, -1) == (-1, -1)
    advance(world, 5_000)
    assert next_arrival.py_func(world, 0, -1) == (10_000, 0), "the first moves"
    advance(world, 12_000)
    green = 31_000
    assert next_arrival.py_func(world, 0, -1) == (14_000, 1), "the other comes before green"
    advance(world, 20_000)
    assert next_arrival.py_func(world, 0, -1) == (green, 0), "the head of the queue stands"
    assert next_arrival.py_func(world, 0, 1) == (green, 0)
    assert next_arrival.py_func(world, 0, 7) == (-1, -1), "nobody turns there"
    hold.py_func(world, 0, 40_000)
    advance(world, 39_999)
    assert world.links.left[0] == 0
    advance(world, 40_000)
    assert world.links.left[0] == 1
    assert world.links.passed_ms[0] == 40_000
    assert next_arrival.py_func(world, 0, -1) == (42_000, 1), "the headway"
