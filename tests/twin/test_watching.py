"""What patrols see: loops, random search, gaps and fires keep to their closed forms."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from twin.luck import Luck
from twin.world import watching
from twin.world.watching import (
    Fire,
    Spells,
    aged,
    chances,
    fires,
    fresh_share,
    gaps,
    presence,
    spells,
)

H = 3_600.0
FIRE = Fire(growth=2e-5, largest=50.0, attack_s=300.0)


def passed(times_s: list[float], *, stays_s: float = 0.0, chance: float = 1.0) -> Spells:
    """Return one place that is passed at some times."""
    begin = np.array(times_s, float)
    one = np.ones(len(begin))
    return spells(
        1, np.zeros(len(begin), np.int64), begin, begin + stays_s, chance=chance * one,
        strength=0.01 * one,
    )  # fmt: skip


def some(trial: int, places: int = 5, visits: int = 40) -> Spells:
    """Return places passed at times of luck, for times of luck, by those of different eyes."""
    luck, row = Luck(4, "spells", trial), np.arange(visits)
    begin = np.asarray(luck.uniform(row)) * 10 * H
    return spells(
        places, (np.asarray(luck.uniform(row, look=1)) * places).astype(np.int64), begin,
        begin + np.asarray(luck.uniform(row, look=2)) * 900.0,
        chance=np.asarray(luck.uniform(row, look=3)),
        strength=0.01 * np.asarray(luck.uniform(row, look=4)),
    )  # fmt: skip


def test_spells_are_in_the_order_of_places_and_times() -> None:
    found = some(1)
    assert found.first[0] == 0
    assert found.first[-1] == len(found.begin)
    for place in range(5):
        assert (np.diff(found.begin[found.first[place] : found.first[place + 1]]) >= 0).all()


@pytest.mark.parametrize("fixed", [False, True])
@pytest.mark.parametrize("trial", range(3))
def test_the_kernels_sum_what_the_plain_loops_sum(trial: int, fixed: bool) -> None:
    """Bit for bit, by the same functions as Python runs them and by loops as one would write."""
    seen, starts = some(trial), np.linspace(0.0, 11 * H, 50)
    found, naive = chances(seen, starts, 600.0, fixed=fixed), np.zeros((2, 5, 50))
    for place in range(5):
        for i, start in enumerate(starts.tolist()):
            naive[:, place, i] = naive_chance(seen, place, start, 600.0, fixed=fixed)
    assert (found == naive).all()


def naive_chance(
    seen: Spells, place: int, start: float, lasts_s: float, *, fixed: bool
) -> tuple[float, float]:
    """Return chance and chance times time of one start, spell by spell."""
    missed, sees, waits = 1.0, 0.0, 0.0
    for k in range(seen.first[place], seen.first[place + 1]):
        after = max(seen.begin[k] - start, 0.0)
        over = after > lasts_s if fixed else after > watching.LONG * lasts_s
        if seen.end[k] >= start and not over:
            now = missed * seen.chance[k] * (1.0 if fixed else watching.exp(-after / lasts_s))
            sees, waits, missed = sees + now, waits + now * after, missed * (1.0 - seen.chance[k])
    return sees, waits


@pytest.mark.parametrize("kernel", ["_presence", "_fires"])
def test_kernels_and_their_plain_python_agree_bit_for_bit(kernel: str) -> None:
    seen, starts = some(7), np.linspace(0.0, 11 * H, 40)
    own = {"_presence": (1_800.0, 900.0), "_fires": (np.full(40, 700.0), FIRE)}[kernel]
    found, plain = np.zeros((2, 5, 40)), np.zeros((2, 5, 40))
    function = getattr(watching, kernel)
    first = (found[0], plain[0]) if kernel == "_presence" else (found, plain)
    function(seen, starts, *own, first[0])
    function.py_func(seen, starts, *own, first[1])
    assert found.any()
    assert (found == plain).all()


@pytest.mark.parametrize(("loop_min", "lasts_min"), [(10, 5), (30, 5), (30, 20), (20, 60)])
def test_a_loop_sees_what_its_closed_form_says(loop_min: float, lasts_min: float) -> None:
    """O32: (1 - exp(-L / tau)) / (L / tau), and min(1, D / L) for what lasts exactly D."""
    loop_s, lasts_s = 60.0 * loop_min, 60.0 * lasts_min
    seen = passed(list(np.arange(0.0, 60 * loop_s, loop_s)))
    starts = (np.arange(20_000) + 0.5) / 20_000 * 10 * loop_s
    share, waits = chances(seen, starts, lasts_s).mean(axis=2)[:, 0]
    ratio = loop_s / lasts_s
    assert share == pytest.approx((1.0 - math.exp(-ratio)) / ratio, rel=1e-4)
    mean_s = lasts_s - loop_s * math.exp(-ratio) / (1.0 - math.exp(-ratio))
    assert waits / share == pytest.approx(mean_s, rel=1e-3)
    fixed, _ = chances(seen, starts, lasts_s, fixed=True).mean(axis=2)[:, 0]
    assert fixed == pytest.approx(min(1.0, lasts_s / loop_s), rel=1e-3)


def test_who_misses_some_sees_by_a_geometric_series() -> None:
    """Each round with chance p: sum p (1 - p)^k exp(-k L / tau) of the first pass's chance."""
    loop_s, lasts_s, p = 600.0, 900.0, 0.3
    seen = passed(list(np.arange(0.0, 200 * loop_s, loop_s)), chance=p)
    starts = (np.arange(10_000) + 0.5) / 10_000 * 10 * loop_s
    share = chances(seen, starts, lasts_s)[0].mean()
    ratio = loop_s / lasts_s
    first = (1.0 - math.exp(-ratio)) / ratio
    assert share == pytest.approx(p * first / (1.0 - (1.0 - p) * math.exp(-ratio)), rel=1e-3)


def test_random_search_sees_as_koopman_says() -> None:
    """O33: passes at random times with rate theta: 1 - exp(-theta D), exactly for fixed D."""
    theta, lasts_s, places = 1.0 / 1_500.0, 900.0, 400
    luck, visits = Luck(6, "passes", 0), 120
    between = np.asarray(luck.exponential(np.arange(visits)[None, :], 1 / theta,
                                          look=np.arange(places)[:, None]))  # fmt: skip
    begin = np.cumsum(between, axis=1)
    place = np.repeat(np.arange(places), visits)
    one = np.ones(len(place))
    seen = spells(places, place, begin.ravel(), begin.ravel(), chance=one, strength=one)
    starts = np.linspace(0.0, 10 * H, 60)
    each = chances(seen, starts, lasts_s, fixed=True)[0].mean(axis=1)
    error = 3.0 * each.std() / math.sqrt(places)
    assert error < 0.03
    assert each.mean() == pytest.approx(1.0 - math.exp(-theta * lasts_s), abs=error)
    each = chances(seen, starts, lasts_s)[0].mean(axis=1)
    error = 3.0 * each.std() / math.sqrt(places)
    assert each.mean() == pytest.approx(theta * lasts_s / (1 + theta * lasts_s), abs=error)


def test_nobody_on_watch_sees_nothing_and_who_always_looks_sees_at_once() -> None:
    starts = np.linspace(0.0, 10 * H, 100)
    none = spells(3, np.zeros(0, np.int64), *(np.zeros(0),) * 2, chance=np.zeros(0),
                  strength=np.zeros(0))  # fmt: skip
    assert not chances(none, starts, 600.0).any()
    assert fresh_share(none, (0.0, H), 900.0) == 0.0
    always = chances(passed([0.0], stays_s=20 * H, chance=0.4), starts, 600.0)
    assert (always[0] == 0.4).all()
    assert not always[1].any()


def test_gaps_and_what_was_seen_a_while_ago_add_up() -> None:
    seen = passed([600.0, 1_800.0, 2_000.0], stays_s=300.0)
    assert gaps(seen, (0.0, 3_600.0)).tolist() == [600.0, 900.0, 1_300.0]
    fresh = 300.0 + 500.0 + 300.0 + 200.0 + 500.0
    assert fresh_share(seen, (0.0, 3_600.0), 500.0) == pytest.approx(fresh / 3_600.0)
    assert gaps(seen, (700.0, 1_900.0)).tolist() == [900.0]


def test_the_time_since_a_regular_pass_is_uniform() -> None:
    every = gaps(passed(list(np.arange(0.0, 100 * 600.0, 600.0))), (0.0, 99 * 600.0))
    assert aged(every, 0.95) == pytest.approx(0.95 * 600.0, rel=1e-6)
    assert aged(every, 0.5) == pytest.approx(300.0, rel=1e-6)


def test_the_time_since_random_passes_is_exponential() -> None:
    times = np.cumsum(np.asarray(Luck(8, "gaps", 0).exponential(np.arange(40_000), 600.0)))
    every = gaps(passed(times.tolist()), (0.0, float(times[-1])))
    assert aged(every, 0.95) == pytest.approx(600.0 * math.log(20.0), rel=0.03)


def test_presence_fades_and_counts_a_stay_up_to_its_most() -> None:
    seen = passed([0.0], stays_s=1_800.0)
    moments = np.array([600.0, 1_800.0, 3_600.0])
    told = presence(seen, moments, 1_800.0, 900.0)[0]
    assert told == pytest.approx([0.1, 0.15, 0.15 * math.exp(-1.0)])


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_fires_burn_as_the_integral_over_time_says(chance: float) -> None:
    """E[A(T)] and E[T], with S(t) = exp(-t / noticed) times the misses so far, by quadrature."""
    times = [400.0, 1_000.0, 1_700.0]
    seen, noticed = passed(times, chance=chance), 900.0

    def unknown(t: float) -> float:
        return math.exp(-t / noticed) * (1.0 - chance) ** sum(at <= t for at in times)

    last = math.sqrt(FIRE.largest / FIRE.growth) - FIRE.attack_s
    mean = sum(quad(unknown, a, b)[0] for a, b in pairwise([0.0, *times, 30_000.0]))
    inside = sorted({0.0, *(t for t in times if t < last), last})
    grown = sum(
        quad(lambda t: 2 * FIRE.growth * (t + FIRE.attack_s) * unknown(t), a, b)[0]
        for a, b in pairwise(inside)
    )
    area, time = fires(seen, np.zeros(1), np.full(1, noticed), FIRE)[:, 0, 0]
    assert time == pytest.approx(mean, rel=1e-6)
    assert area == pytest.approx(FIRE.growth * FIRE.attack_s**2 + grown, rel=1e-9)


def test_a_fire_seen_sooner_never_burns_more() -> None:
    starts, noticed = np.linspace(0.0, 8 * H, 60), np.full(60, 900.0)
    seen = some(3)
    areas = [
        fires(seen._replace(chance=seen.chance * share), starts, noticed, FIRE)[0]
        for share in (0.0, 0.5, 1.0)
    ]
    assert (areas[0] >= areas[1]).all()
    assert (areas[1] >= areas[2]).all()
    assert (areas[0] > areas[2]).any()
