"""What people remember and are told: against a naive reference, limit cases, and bad input."""

from __future__ import annotations

import numpy as np
import pytest

from twin.luck import Luck
from twin.memory import KNOWN_BY, Learning, Memory, Met, remembered, settled, spread

PERSONS = 40
LASTING, DAILY = Luck(1, "memory"), Luck(1, "memory", 0)


def met_on(day: int) -> Met:
    """Return what a dozen persons met, some of them more than once, some refused."""
    who = np.arange(30) * 7 % 13 + day
    served = np.asarray(DAILY.of("served").uniform(who, day=day, look=np.arange(30))) < 0.7
    return Met(who, served, 60.0 + 10.0 * np.arange(30))


def naive(expected: list[float], met: list[tuple[int, float]], rule: Learning) -> list[float]:
    """Return expectations after a day, person by person."""
    after = []
    for person, value in enumerate(expected):
        mine = [what for who, what in met if who == person]
        everybody = [what for _, what in met]
        weight, heard = (rule.own, mine) if mine else (rule.told, everybody)
        now = value if not heard else sum(heard) / len(heard)
        after.append(value + weight * (now - value))
    return after


def test_memory_is_that_of_the_naive_reference() -> None:
    rule = Learning(own=0.2, told=0.05)
    memory = Memory.of(PERSONS, 600.0, rule, LASTING)
    wait, share, lost = memory.wait_s.tolist(), memory.served.tolist(), memory.lost_s.tolist()
    for day in range(5):
        met = met_on(day)
        rows = list(zip(met.who.tolist(), met.served.tolist(), met.seconds.tolist(), strict=True))
        wait = naive(wait, [(who, seconds) for who, fine, seconds in rows if fine], rule)
        share = naive(share, [(who, float(fine)) for who, fine, _ in rows], rule)
        lost = naive(lost, [(who, seconds) for who, fine, seconds in rows if not fine], rule)
        memory = remembered(memory, met, rule)
        np.testing.assert_allclose(memory.wait_s, wait, rtol=1e-12)
        np.testing.assert_allclose(memory.served, share, rtol=1e-12)
        np.testing.assert_allclose(memory.lost_s, lost, rtol=1e-12)
    assert 0 < memory.served.min() < memory.served.max() < 1


def test_nothing_met_or_no_weight_moves_nothing() -> None:
    nobody = Met(np.zeros(0, np.int64), np.zeros(0, bool), np.zeros(0))
    for rule, met in ((Learning(own=0.5, told=0.5), nobody), (Learning(own=0, told=0), met_on(0))):
        before = Memory.of(PERSONS, 600.0, rule, LASTING)
        after = remembered(before, met, rule)
        assert all((b == a).all() for b, a in zip(before, after, strict=True))


def test_who_forgets_at_once_knows_the_last_day_alone() -> None:
    rule, met = Learning(own=1.0, told=0.0), met_on(3)
    memory = remembered(Memory.of(PERSONS, 600.0, rule, LASTING), met, rule)
    asked = np.unique(met.who)
    for person in asked.tolist():
        mine = met.served[met.who == person]
        assert memory.served[person] == pytest.approx(mine.mean())
    others = np.setdiff1d(np.arange(PERSONS), asked)
    assert (memory.served[others] == 1).all()


def test_a_day_that_stands_for_a_week_is_seven_alike() -> None:
    daily, weekly = Learning(own=0.2, told=0.05), Learning(own=0.2, told=0.05, days=7)
    memory = Memory.of(PERSONS, 600.0, daily, LASTING)
    once = remembered(memory, met_on(0), weekly)
    for _ in range(7):
        memory = remembered(memory, met_on(0), daily)
    np.testing.assert_allclose(once.wait_s, memory.wait_s, rtol=1e-12)
    np.testing.assert_allclose(once.served, memory.served, rtol=1e-12)


@pytest.mark.parametrize(("imitation", "days"), [(0.0, 1), (12.7, 1), (0.0, 4), (4.0, 4)])
def test_as_many_know_it_after_sixty_days_as_is_told(imitation: float, days: int) -> None:
    rule = Learning(own=0, told=0, known=0, reached=0.4, imitation=imitation, days=days)
    memory = Memory.of(20_000, 0.0, rule, LASTING)
    could = np.arange(20_000) % 2 == 0
    for day in range(0, int(KNOWN_BY), days):
        memory = spread(memory, day + 1, rule, DAILY, could)
    error = 3 * np.sqrt(0.24 / could.sum()) + 0.02 * days * (imitation > 0)
    assert memory.knows[could].mean() == pytest.approx(0.4, abs=error)


def test_who_knows_it_never_forgets_it_and_nobody_tells_nobody() -> None:
    rule = Learning(own=0, told=0, known=0.3)
    before = Memory.of(1_000, 0.0, rule, LASTING)
    assert before.knows.mean() == pytest.approx(0.3, abs=0.05)
    after = spread(before, 1, rule, DAILY, np.ones(1_000, bool))
    assert (after.knows == before.knows).all()
    assert not spread(before, 1, rule, DAILY, np.zeros(1_000, bool)).knows.all()


def test_a_series_settles_where_it_stays() -> None:
    falling = np.concatenate([np.linspace(20, 10, 11), np.full(20, 10.0)])
    assert settled(falling, within=0.05, days=5) == pytest.approx(8, abs=1)
    assert settled(np.full(20, 3.0), within=0.05, days=5) == 0
    assert settled(np.linspace(1, 2, 20), within=0.01, days=5) is None
    assert settled(np.ones(9), within=0.05, days=5) is None


@pytest.mark.parametrize(
    ("setting", "value", "rule"),
    [
        ("own", 1.2, r"Learning\.own must be in \[0, 1\], got 1\.2"),
        ("told", -0.1, r"Learning\.told must be in \[0, 1\], got -0\.1"),
        ("known", 2.0, r"Learning\.known must be in \[0, 1\], got 2\.0"),
        ("reached", 1.0, r"Learning\.reached must be in \[0, 1\), for all never know it, got 1"),
        ("imitation", -1.0, r"Learning\.imitation must be 0 or more, got -1\.0"),
        ("days", 0, r"Learning\.days must be 1 or more, got 0"),
    ],
)
def test_bad_rates_are_named(setting: str, value: float, rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        Learning(**{"own": 0.2, "told": 0.0, setting: value})  # type: ignore[arg-type]
