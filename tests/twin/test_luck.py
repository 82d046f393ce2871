"""The law of luck: one number per situation, whatever else is drawn; and its quality."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from tests.source import ROOT
from twin import elementary, luck
from twin.luck import Luck, at, gumbel, normal, philox, poisson, purpose_code, u01

THINGS = np.arange(100_000)
LUCK = Luck(seed=7, purpose="test", replication=3)
DRAWS = {
    "uniform": (LUCK.uniform, ()),
    "gumbel": (LUCK.gumbel, ()),
    "normal": (LUCK.normal, ()),
    "exponential": (LUCK.exponential, (90.0,)),
    "lognormal": (LUCK.lognormal, (40.0, 0.6)),
    "poisson": (LUCK.poisson, (4.2,)),
}
SIGMA = math.sqrt(math.log1p(0.36))
LAWS = {
    "uniform": stats.uniform(),
    "gumbel": stats.gumbel_r(),
    "normal": stats.norm(),
    "exponential": stats.expon(scale=90.0),
    "lognormal": stats.lognorm(SIGMA, scale=40.0 * math.exp(-SIGMA * SIGMA / 2)),
}

# Random123 1.14, tests/kat_vectors, "philox4x32 10": counter, key, answer.
KNOWN_ANSWERS = [
    (
        (0x00000000, 0x00000000, 0x00000000, 0x00000000),
        (0x00000000, 0x00000000),
        (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8),
    ),
    (
        (0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF),
        (0xFFFFFFFF, 0xFFFFFFFF),
        (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
    ),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


# Whatever machine made them first: plain arithmetic gives the same bits on all.
GOLDEN = {
    "uniform": "0x1.b0e00bc506153p-1",
    "gumbel": "0x1.c8d73ee508d8ep+0",
    "normal": "0x1.04640ba206fc8p+0",
    "exponential": "0x1.c026ca3d44a94p+6",
    "lognormal": "0x1.5b140118f5251p+6",
    "poisson": 1_001_017,
}


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN_ANSWERS)
def test_philox_gives_random123s_known_answers(counter, key, answer):
    assert philox(*counter, *key) == answer


def test_the_bit_layout_is_the_one_documented():
    code = purpose_code("parking/choice")
    high, low, _, _ = philox(11, 5, (2 << 16) | 9, code, 42, 4)
    expected = ((high << 20 | low >> 12) + 0.5) / 2**52
    choice = Luck(42, "parking/choice", replication=3)
    assert choice.key == (42, 4, code)
    assert choice.uniform(11, day=2, trip=9, look=5) == expected
    assert u01(*choice.key, 11, at(2, 9), 5) == expected


@pytest.mark.parametrize("name", [name for name in DRAWS if name != "uniform"])
def test_a_kernel_gets_the_number_that_the_class_gives(name):
    draw, parameters = DRAWS[name]
    in_kernel = getattr(luck, name)(u01(*LUCK.key, 11, at(2, 9), 5), *parameters)
    assert in_kernel == draw(11, *parameters, day=2, trip=9, look=5)


def test_lasting_luck_has_an_epoch_of_its_own():
    assert Luck(42, "homes").key[1] == 0
    assert Luck(42, "homes", replication=0).key[1] == 1


def test_the_numbers_are_the_same_on_every_machine():
    golden = Luck(1, "golden", replication=0)
    assert golden.uniform(0).hex() == GOLDEN["uniform"]
    assert golden.gumbel(0).hex() == GOLDEN["gumbel"]
    assert golden.normal(0).hex() == GOLDEN["normal"]
    assert golden.exponential(0, 60.0).hex() == GOLDEN["exponential"]
    assert golden.lognormal(0, 60.0, 0.5).hex() == GOLDEN["lognormal"]
    assert golden.poisson(0, 1e6) == GOLDEN["poisson"]


@pytest.mark.parametrize("name", DRAWS)
def test_same_situation_same_number_whatever_is_drawn_before(name):
    draw, parameters = DRAWS[name]
    first = draw(17, *parameters, day=1, trip=2, look=3)
    draw(np.arange(1000), *parameters, day=1)
    LUCK.of("else").uniform(17, day=1, trip=2, look=3)
    assert draw(17, *parameters, day=1, trip=2, look=3) == first


@pytest.mark.parametrize("name", DRAWS)
def test_a_column_is_its_scalars_bit_for_bit(name):
    draw, parameters = DRAWS[name]
    things = np.arange(2000) * 37
    column = draw(things, *parameters, day=4, trip=1, look=things % 7)
    scalars = [draw(int(i), *parameters, day=4, trip=1, look=int(i) % 7) for i in things]
    assert column.tolist() == scalars


@pytest.mark.parametrize("name", DRAWS)
def test_order_and_company_do_not_matter(name):
    draw, parameters = DRAWS[name]
    things = np.arange(500)
    column = draw(things, *parameters)
    assert np.array_equal(draw(things[::-1], *parameters)[::-1], column)
    assert np.array_equal(draw(np.arange(501), *parameters)[:500], column)  # one person more


def test_one_alternative_more_moves_only_those_who_take_it():
    value = np.array([0.0, 0.3, -0.2])
    three = value + LUCK.gumbel(THINGS[:, None], look=np.arange(3))
    four = np.append(value, -2.5) + LUCK.gumbel(THINGS[:, None], look=np.arange(4))
    before, after = three.argmax(axis=1), four.argmax(axis=1)
    moved = before != after
    assert (after[moved] == 3).all()
    share = math.exp(-2.5) / (np.exp(value).sum() + math.exp(-2.5))
    assert moved.mean() == pytest.approx(share, abs=4 * math.sqrt(share / THINGS.size))


def test_words_and_parameters_broadcast_together():
    grid = LUCK.uniform(np.arange(3)[:, None], look=np.arange(4))
    assert grid.shape == (3, 4)
    assert grid[2, 1] == LUCK.uniform(2, look=1)
    counts = LUCK.poisson(np.arange(3), np.array([0.0, 5.0, 1e6]))
    assert counts.dtype == np.int64
    assert counts.tolist() == [LUCK.poisson(i, m) for i, m in enumerate((0.0, 5.0, 1e6))]
    assert LUCK.exponential(5, np.array([1.0, 2.0])).tolist() == [
        LUCK.exponential(5, 1.0),
        LUCK.exponential(5, 2.0),
    ]


def test_an_empty_column_gives_an_empty_column():
    assert LUCK.normal(np.array([], dtype=int)).shape == (0,)
    assert LUCK.poisson([], 3.0).dtype == np.int64


def test_scalars_give_plain_numbers():
    assert type(LUCK.uniform(1)) is float
    assert type(LUCK.poisson(1, 2.0)) is int
    assert type(LUCK.normal(np.int32(1))) is float


@pytest.mark.parametrize("name", LAWS)
def test_each_distribution_is_the_one_it_says(name):
    draw, parameters = DRAWS[name]
    sample = draw(THINGS, *parameters, day=2)
    assert stats.kstest(sample, LAWS[name].cdf).pvalue > 0.001
    mean, variance, skew = (float(x) for x in LAWS[name].stats("mvs"))
    standard = math.sqrt(variance / THINGS.size)
    assert sample.mean() == pytest.approx(mean, abs=4 * standard)
    assert sample.var() == pytest.approx(variance, rel=0.05)
    assert stats.skew(sample) == pytest.approx(skew, abs=0.15 if name != "lognormal" else 0.5)


@pytest.mark.parametrize("mean", [0.05, 1.0, 4.2, 30.0, 166.0, 175.0, 5000.0])
def test_poisson_counts_pass_chi_square(mean):
    counts = LUCK.poisson(THINGS, mean, look=1)
    law = stats.poisson(mean)
    cuts = np.unique(law.ppf(np.linspace(0.0, 1.0, 25)[1:-1]))
    edges = np.concatenate(([-np.inf], cuts, [np.inf]))
    observed = np.histogram(counts, bins=edges + 0.5)[0]
    expected = THINGS.size * np.diff(np.concatenate(([0.0], law.cdf(cuts), [1.0])))
    assert stats.chisquare(observed, expected).pvalue > 0.001
    assert counts.mean() == pytest.approx(mean, abs=4 * math.sqrt(mean / THINGS.size))


@pytest.mark.parametrize("mean", [1e-9, 0.3, 12.0, 167.0, 168.0, 180.0, 300.0, 12345.6, 1e6])
def test_poisson_inverts_the_distribution_function(mean):
    for u in (2.0**-53, 1e-9, 0.01, 0.25, 0.5, 0.75, 0.99, 1 - 1e-9):
        n = poisson(u, mean)
        assert stats.poisson.cdf(n, mean) >= u * (1 - 1e-8) - 1e-13
        assert n == 0 or stats.poisson.cdf(n - 1, mean) < u * (1 + 1e-8) + 1e-13


def test_poisson_ends_at_both_extremes():
    assert poisson(0.5, 0.0) == 0
    for mean in (0.0, 3.0, 1e4, 1e6):
        spread = 9 * math.sqrt(mean) + 40
        assert mean - spread < poisson(2.0**-53, mean) <= poisson(1 - 2.0**-53, mean)
        assert poisson(1 - 2.0**-53, mean) < mean + spread


@pytest.mark.parametrize("name", DRAWS)
def test_each_distribution_rises_with_the_uniform(name):
    draw, parameters = DRAWS[name]
    order = np.argsort(LUCK.uniform(THINGS))
    assert (np.diff(draw(THINGS, *parameters)[order]) >= 0).all()


def test_the_ends_of_the_uniform_stay_finite():
    for u in (2.0**-53, 1 - 2.0**-53):
        assert math.isfinite(gumbel(u))
        assert normal(u) == pytest.approx(stats.norm.ppf(u), rel=1e-14)
    assert normal(0.5) == 0.0
    assert normal(0.3) == -normal(0.7)


def test_the_inverse_normal_is_exact_to_1e_minus_15():
    u = np.concatenate((np.logspace(-15, -0.302, 4000), LUCK.uniform(THINGS[:4000])))
    ours = np.array([normal(x) for x in u])
    assert np.allclose(ours, stats.norm.ppf(u), rtol=3e-15, atol=1e-16)


@pytest.mark.parametrize(
    ("name", "low", "high", "places"),
    [("log", 1e-17, 1e6, 1), ("log1p", -0.999, 9.0, 2), ("exp", -740.0, 709.0, 1)],
)
def test_elementary_functions_are_right_to_the_last_place(name, low, high, places):
    x = np.linspace(low, high, 20_001)
    ours = np.array([getattr(elementary, name)(v) for v in x.tolist()])
    exact = np.array([getattr(math, name)(v) for v in x.tolist()])
    assert (np.abs(ours - exact) <= places * np.spacing(np.abs(exact))).all()


def test_exp_ends_in_zero_and_infinity():
    assert elementary.exp(-800.0) == 0.0
    assert elementary.exp(800.0) == math.inf


def _neighbours() -> Iterator[tuple[str, NDArray[np.float64], NDArray[np.float64]]]:
    own = LUCK.uniform(THINGS)
    yield "thing", own, LUCK.uniform(THINGS + 1)
    yield "far thing", own, LUCK.uniform(THINGS + 2**31)
    yield "day", own, LUCK.uniform(THINGS, day=1)
    yield "trip", own, LUCK.uniform(THINGS, trip=1)
    yield "look", own, LUCK.uniform(THINGS, look=1)
    yield "look as thing", LUCK.uniform(0, look=THINGS), own
    yield "purpose", own, LUCK.of("tesu").uniform(THINGS)
    yield "replication", own, Luck(7, "test", 4).uniform(THINGS)
    yield "lasting", own, Luck(7, "test").uniform(THINGS)
    yield "seed", own, Luck(8, "test", 3).uniform(THINGS)
    yield "seed as replication", own, Luck(4, "test", 6).uniform(THINGS)


@pytest.mark.parametrize("pair", list(_neighbours()), ids=lambda pair: pair[0])
def test_neighbouring_situations_are_independent(pair):
    _, a, b = pair
    assert not np.array_equal(a, b)
    limit = 4 / math.sqrt(a.size)
    assert abs(np.corrcoef(a, b)[0, 1]) < limit
    assert abs(np.corrcoef(np.abs(a - 0.5), np.abs(b - 0.5))[0, 1]) < limit
    cells = np.histogram2d(a, b, bins=16, range=((0, 1), (0, 1)))[0]
    assert stats.chisquare(cells.ravel()).pvalue > 0.0005


def test_every_bit_of_the_uniform_is_fair():
    bits = (LUCK.uniform(THINGS) * 2.0**52).astype(np.uint64)
    ones = np.array([((bits >> np.uint64(i)) & np.uint64(1)).mean() for i in range(52)])
    assert (np.abs(ones - 0.5) < 4.5 * 0.5 / math.sqrt(THINGS.size)).all()


@pytest.mark.parametrize("word", range(6))
def test_each_bit_of_each_word_moves_half_the_answer(word):
    mean = np.empty(32)
    for bit in range(32):
        flips = 0
        for i in range(60):
            words = [i * 2_654_435_761 % 2**32, i, i << 16, 77, 5, i + 1]
            before = philox(*words)
            words[word] ^= 1 << bit
            flips += sum(
                (int(a) ^ int(b)).bit_count() for a, b in zip(before, philox(*words), strict=True)
            )
        mean[bit] = flips / 60
    assert (np.abs(mean - 64) < 4.5 * math.sqrt(128 / 4 / 60)).all()


def test_no_two_of_a_million_situations_share_a_number():
    numbers = LUCK.uniform(np.arange(1000)[:, None], look=np.arange(1000))
    assert np.unique(numbers).size == numbers.size


def test_a_purpose_within_a_purpose_is_a_path():
    assert LUCK.of("choice") == Luck(7, "test/choice", 3)
    assert LUCK.of("choice").uniform(1) != LUCK.uniform(1)


def _named(source: str) -> Iterator[tuple[str, str]]:
    """Yield (what is called, name) of each literal purpose: ``luck``, ``Luck`` or ``of``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            function = node.func
            called = getattr(function, "attr", getattr(function, "id", ""))
            if called in {"luck", "Luck", "of"}:
                arguments = [*node.args, *(k.value for k in node.keywords if k.arg == "purpose")]
                texts = (a.value for a in arguments if isinstance(a, ast.Constant))
                yield from ((called, text) for text in texts if isinstance(text, str))


def _purposes(named: Iterable[tuple[str, str]]) -> set[str]:
    """Return every name, and every one that a name within another could make."""
    found = set(named)
    inner = {name for called, name in found if called == "of"}
    names = {name for _, name in found}
    return names | {f"{outer}/{name}" for outer in names - inner for name in inner}


def _collisions(names: set[str]) -> list[tuple[str, str]]:
    coded = sorted((purpose_code(name), name) for name in names)
    return [(a[1], b[1]) for a, b in pairwise(coded) if a[0] == b[0]]


def test_purpose_names_in_the_code_do_not_collide():
    files = [f for package in ("gis", "twin", "scenarios") for f in (ROOT / package).rglob("*.py")]
    named = [pair for f in files for pair in _named(f.read_text(encoding="utf-8"))]
    assert _collisions(_purposes(named)) == []


def test_a_collision_of_purpose_names_would_be_seen():
    named = list(_named("sim.luck('plumless'); Luck(1, purpose='buckeroo').of('choice')"))
    assert sorted(named) == [("Luck", "buckeroo"), ("luck", "plumless"), ("of", "choice")]
    names = _purposes(named)
    assert names == {"plumless", "buckeroo", "choice", "plumless/choice", "buckeroo/choice"}
    assert ("buckeroo", "plumless") in _collisions(names)


BAD = [
    (lambda: Luck(-1, "x"), r"Luck.seed must be in \[0, 4294967295\], got -1"),
    (lambda: Luck(2**32, "x"), r"Luck.seed must be in \[0, 4294967295\], got 4294967296"),
    (lambda: Luck(1, "x", -1), r"Luck.replication must be in \[0, 4294967294\], got -1"),
    (lambda: Luck(1, ""), "Luck.purpose must be a name, got ''"),
    (lambda: LUCK.uniform(-1), r"Luck thing must be in \[0, 4294967295\], got -1"),
    (lambda: LUCK.uniform([3, -2]), r"Luck thing must be in \[0, 4294967295\], got -2"),
    (lambda: LUCK.uniform(1, day=65536), r"Luck day must be in \[0, 65535\], got 65536"),
    (lambda: LUCK.uniform(1, trip=-1), r"Luck trip must be in \[0, 65535\], got -1"),
    (lambda: LUCK.uniform(1, look=2**32), r"Luck look must be in \[0, 4294967295\]"),
    (lambda: LUCK.exponential(1, -3.0), "Luck.exponential mean must be a finite number >= 0, got"),
    (lambda: LUCK.exponential(1, math.nan), "must be a finite number >= 0, got nan"),
    (lambda: LUCK.lognormal(1, 3.0, math.inf), r"Luck.lognormal cv must be in \[0, 1e\+06\]"),
    (lambda: LUCK.poisson(1, 2e6), r"Luck.poisson mean must be in \[0, 1e\+06\], got 2e\+06"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_a_word_or_parameter_out_of_range_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("thing", [1.5, "car", True, np.array([0.5])])
def test_a_word_that_is_no_integer_is_refused(thing):
    with pytest.raises(TypeError, match="Luck thing must be an integer or integers, got"):
        LUCK.uniform(thing)
